"""The trusted list in force: fetched or brought, never replaced by an older one, closed when no newer one comes."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from accounts.age.issuing import make_certificate
from accounts.age.listing import DEPRECATED, Service, make_trusted_list
from accounts.checks import check_trusted_list
from accounts.enums import AgeMethod, Assurance
from accounts.metrics import TRUSTED_LIST_LEFT, TRUSTED_LIST_REFRESHES
from accounts.models import AgeAssertion, TrustedIssuer, User
from accounts.providers.anchors import list_anchors
from accounts.queries import list_open_methods
from accounts.queries.trustedlist import ListStanding, find_list_standing, measure_list
from accounts.services.ageproofs import record_proof
from accounts.services.trustedlist import EVERY, ListNotTaken, Taken, refresh_trusted_list, refresh_when_due
from accounts.tests.age.house import ISSUER
from accounts.tests.factories import log_in_staff, make_user
from core.hosts import read_host
from core.tests.standin import Reply, Said, StandIn

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC).replace(microsecond=0)
SIGNER = make_certificate("List signer", now=NOW, purposes=())
OTHER = make_certificate("Other CA", now=NOW, is_ca=True, country="DE")
BOTH = [Service(ISSUER.authority.der, organisation="Honest"), Service(OTHER.der, country="DE", organisation="Other")]
HONEST, STRANGE = ISSUER.anchor.fingerprint, OTHER.anchor().fingerprint


def make_list(services: list[Service] = BOTH, *, sequence: int = 1, next_update: datetime = NOW + timedelta(days=30)) -> bytes:
    return make_trusted_list(services, signer=SIGNER, now=NOW, sequence=sequence, next_update=next_update)


@pytest.fixture(autouse=True)
def _signers(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "signers.pem"
    file.write_bytes(SIGNER.certificate.public_bytes(Encoding.PEM))
    settings.TRUSTED_LIST_SIGNERS, settings.TRUSTED_LIST_URL = str(file), ""
    settings.DEMO_WALLET = False


@pytest.fixture
def publish(settings: Any) -> Iterator[Callable[[bytes | Reply], StandIn]]:
    """A server with the list; call it to put another one there."""
    at = {"reply": Reply(404)}

    def answer(_said: Said) -> Reply:
        return at["reply"]

    with StandIn(answer) as server:
        settings.OUTBOUND_HOSTS = [read_host(server.entry)]
        settings.TRUSTED_LIST_URL = server.url("/av-tl.xml")

        def put(what: bytes | Reply) -> StandIn:
            at["reply"] = what if isinstance(what, Reply) else Reply(headers={"Content-Type": "application/xml"}, chunks=[what])
            return server

        yield put


def standing() -> dict[str, bool]:
    return dict(TrustedIssuer.objects.values_list("fingerprint", "granted"))


def outcome(name: str) -> float:
    return float(TRUSTED_LIST_REFRESHES.labels(name)._value.get())


# ---- Taking a list ---------------------------------------------------------------------------------------------------------------
def test_a_fetched_list_opens_the_methods(publish: Callable[[bytes], StandIn]) -> None:
    assert list_open_methods(now=NOW) == []
    server = publish(make_list(sequence=7))
    before = outcome("TAKEN")
    assert refresh_trusted_list(now=NOW) == Taken(sequence=7, granted=2, withdrawn=0, shortened=0)
    assert [said.path for said in server.said] == ["/av-tl.xml"]
    assert list_open_methods(now=NOW) == [AgeMethod.EU_AV_MDOC, AgeMethod.SDJWT_VC]
    assert {(anchor.fingerprint, anchor.country, anchor.granted) for anchor in list_anchors(now=NOW)} == {
        (HONEST, "FR", True),
        (STRANGE, "DE", True),
    }
    assert find_list_standing() == ListStanding(7, NOW + timedelta(days=30), NOW, granted=2, withdrawn=0)
    row = TrustedIssuer.objects.get(fingerprint=STRANGE)
    assert (row.organisation, row.country, bytes(row.certificate)) == ("Other", "DE", OTHER.der)
    assert outcome("TAKEN") == before + 1


def test_the_next_list_takes_the_place_of_the_last() -> None:
    refresh_trusted_list(data=make_list(), now=NOW)
    third = make_certificate("Third CA", now=NOW, is_ca=True)
    services = [Service(OTHER.der, country="AT", organisation="Renamed"), Service(third.der)]
    taken = refresh_trusted_list(data=make_list(services, sequence=2, next_update=NOW + timedelta(days=60)), now=NOW)
    assert taken == Taken(sequence=2, granted=2, withdrawn=1, shortened=0)
    assert standing() == {HONEST: False, STRANGE: True, third.anchor().fingerprint: True}
    assert TrustedIssuer.objects.get(fingerprint=STRANGE).organisation == "Renamed"
    assert set(TrustedIssuer.objects.values_list("list_sequence", "next_update")) == {(2, NOW + timedelta(days=60))}


def test_the_same_list_again_changes_nothing_but_the_hour() -> None:
    refresh_trusted_list(data=make_list(), now=NOW)
    rows = set(TrustedIssuer.objects.values_list("pk", "fingerprint", "granted"))
    refresh_trusted_list(data=make_list(), now=NOW + timedelta(hours=1))
    assert set(TrustedIssuer.objects.values_list("pk", "fingerprint", "granted")) == rows
    assert find_list_standing().loaded_at == NOW + timedelta(hours=1)  # type: ignore[union-attr]


def test_the_sequence_never_goes_back() -> None:
    """An old list that still bears a good signature would let a withdrawn issuer in again."""
    refresh_trusted_list(data=make_list([Service(OTHER.der, status=DEPRECATED)], sequence=8), now=NOW)
    with pytest.raises(ListNotTaken, match="SEQUENCE"):
        refresh_trusted_list(data=make_list(sequence=7), now=NOW)
    assert standing() == {STRANGE: False}


def test_who_lost_standing_may_get_it_back() -> None:
    refresh_trusted_list(data=make_list([Service(OTHER.der, status=DEPRECATED)]), now=NOW)
    refresh_trusted_list(data=make_list(sequence=2), now=NOW)
    assert standing() == {HONEST: True, STRANGE: True}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<html/>", "SIGNATURE"),
        (b"", "XML"),
        (make_list().replace(b">FR<", b">XX<"), "SIGNATURE"),
        (make_trusted_list(BOTH, signer=make_certificate("List signer", now=NOW, purposes=()), now=NOW), "SIGNATURE"),
        (make_list(next_update=NOW - timedelta(days=7, seconds=1)), "STALE"),
    ],
    ids=["other XML", "nothing", "bent", "another signer", "old"],
)
def test_what_is_no_list_leaves_the_last_one_in_force(data: bytes, why: str) -> None:
    refresh_trusted_list(data=make_list(), now=NOW)
    before = outcome(why)
    with pytest.raises(ListNotTaken, match=why):
        refresh_trusted_list(data=data, now=NOW)
    assert standing() == {HONEST: True, STRANGE: True}
    assert outcome(why) == before + 1


def test_without_pinned_signers_no_list_is_taken(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for path in ("", str(tmp_path / "nowhere.pem"), str(tmp_path / "empty.pem"), str(tmp_path)):
        settings.TRUSTED_LIST_SIGNERS = path
        with pytest.raises(ListNotTaken, match="SIGNERS"):
            refresh_trusted_list(data=make_list(), now=NOW)
    assert standing() == {}


def test_a_server_that_fails_is_told(publish: Callable[[Reply], StandIn], settings: Any) -> None:
    publish(Reply(503))
    with pytest.raises(ListNotTaken, match="BadAnswer: status 503"):
        refresh_trusted_list(now=NOW)
    settings.OUTBOUND_HOSTS = []
    with pytest.raises(ListNotTaken, match="NotAllowed"):
        refresh_trusted_list(now=NOW)
    settings.TRUSTED_LIST_URL = ""
    with pytest.raises(ListNotTaken, match="TRUSTED_LIST_URL is empty"):
        refresh_trusted_list(now=NOW)


# ---- An issuer loses its standing ------------------------------------------------------------------------------------------------
def prove(user: User, anchor: str) -> AgeAssertion:
    method = AgeMethod.EU_AV_MDOC
    return record_proof(user=user, method=method, assurance=Assurance.SUBSTANTIAL, issuer_anchor=anchor, now=NOW)


@pytest.mark.parametrize("how", ["said", "left out"])
def test_proofs_of_an_issuer_that_lost_its_standing_end_in_fourteen_days(how: str) -> None:
    refresh_trusted_list(data=make_list(), now=NOW)
    mine, other = (prove(make_user(name, age_method=None), anchor) for name, anchor in (("Amina", STRANGE), ("Ben", HONEST)))
    gone = [Service(OTHER.der, status=DEPRECATED)] if how == "said" else []
    assert refresh_trusted_list(data=make_list([BOTH[0], *gone], sequence=2), now=NOW).shortened == 1
    for proof in (mine, other):
        proof.refresh_from_db()
    assert mine.expires_on == NOW.date() + timedelta(days=14)
    assert other.expires_on == NOW.date() + timedelta(days=365)
    later = NOW + timedelta(days=3)
    assert refresh_trusted_list(data=make_list([BOTH[0], *gone], sequence=3), now=later).shortened == 0
    mine.refresh_from_db()
    assert mine.expires_on == NOW.date() + timedelta(days=14)


# ---- A list grows old ------------------------------------------------------------------------------------------------------------
def test_seven_days_after_the_next_list_was_due_the_methods_close() -> None:
    refresh_trusted_list(data=make_list(), now=NOW)
    last = NOW + timedelta(days=37)
    assert list_open_methods(now=last) == [AgeMethod.EU_AV_MDOC, AgeMethod.SDJWT_VC]
    assert list_open_methods(now=last + timedelta(seconds=1)) == []


def test_the_alarm_counts_down(settings: Any) -> None:
    measure_list(now=NOW)
    assert math.isnan(TRUSTED_LIST_LEFT._value.get())
    settings.TRUSTED_LIST_URL = "https://eidas.example/av-tl.xml"
    measure_list(now=NOW)
    assert TRUSTED_LIST_LEFT._value.get() == 0
    refresh_trusted_list(data=make_list(), now=NOW)
    measure_list(now=NOW)
    assert TRUSTED_LIST_LEFT._value.get() == 37 * 86_400
    measure_list(now=NOW + timedelta(days=40))
    assert TRUSTED_LIST_LEFT._value.get() == 0


# ---- The daily job ---------------------------------------------------------------------------------------------------------------
def test_the_job_asks_once_a_day_and_every_hour_after_a_failure(publish: Callable[[bytes | Reply], StandIn]) -> None:
    server = publish(Reply(500))
    assert refresh_when_due(now=NOW) is None
    publish(make_list())
    assert refresh_when_due(now=NOW) is not None
    assert refresh_when_due(now=NOW + EVERY - timedelta(seconds=1)) is None
    assert len(server.said) == 2
    publish(Reply(500))
    assert refresh_when_due(now=NOW + EVERY) is None
    publish(make_list(sequence=2))
    assert refresh_when_due(now=NOW + EVERY) == Taken(sequence=2, granted=2, withdrawn=0, shortened=0)
    assert len(server.said) == 4


def test_the_job_rests_where_no_list_is_fetched() -> None:
    assert refresh_when_due(now=NOW) is None
    refresh_trusted_list(data=make_list(), now=NOW - timedelta(days=3))
    assert refresh_when_due(now=NOW) is None


def test_a_list_that_does_not_come_is_a_warning_and_then_an_error(
    publish: Callable[[Reply], StandIn], caplog: pytest.LogCaptureFixture
) -> None:
    publish(Reply(500))
    refresh_trusted_list(data=make_list(), now=NOW)
    with caplog.at_level(logging.WARNING, logger="resaka.age"):
        refresh_when_due(now=NOW + timedelta(days=1))
        refresh_when_due(now=NOW + timedelta(days=38))
    told = [
        (record.levelname, record.__dict__["fields"]["closed"]) for record in caplog.records if record.message == "trusted list not taken"
    ]
    assert told == [("WARNING", False), ("ERROR", True)]


# ---- For operators ---------------------------------------------------------------------------------------------------------------
def command(*arguments: str) -> str:
    out = StringIO()
    call_command("trusted_list", *arguments, stdout=out)
    return out.getvalue()


def test_a_list_may_be_brought_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "list.xml"
    file.write_bytes(make_list(sequence=4))
    assert command("refresh", "--file", str(file)) == "list 4: 2 granted, 0 not, 0 proofs shortened\n"
    lines = command("show").splitlines()
    assert lines[0].startswith("list 4, taken ")
    assert lines[1:] == [f"granted DE {STRANGE} Other", f"granted FR {HONEST} Honest"]


def test_the_command_fails_aloud(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no list was taken yet"):
        command("show")
    with pytest.raises(CommandError, match="cannot read"):
        command("refresh", "--file", str(tmp_path / "nowhere.xml"))
    (tmp_path / "list.xml").write_bytes(b"<html/>")
    with pytest.raises(CommandError, match="refused: SIGNATURE"):
        command("refresh", "--file", str(tmp_path / "list.xml"))
    with pytest.raises(CommandError, match="TRUSTED_LIST_URL is empty"):
        command("refresh")


def test_show_fails_when_the_methods_are_closed() -> None:
    refresh_trusted_list(data=make_list(next_update=NOW - timedelta(days=6)), now=NOW)
    TrustedIssuer.objects.update(next_update=NOW - timedelta(days=8))
    with pytest.raises(CommandError, match="closed since"):
        command("show")


@pytest.fixture
def admin(client: Client) -> Client:
    mod = make_user("Modo1", reserved_name=True)
    mod.is_staff = mod.is_superuser = True
    mod.language = "fr"
    mod.save()
    log_in_staff(client, mod)
    return client


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (None, "Aucune liste d’émetteurs"),
        (timedelta(days=-8), "est périmée"),
        (timedelta(days=-1), "tarde. Sans elle"),
        (timedelta(days=1), ""),
    ],
)
def test_staff_see_how_the_list_stands(admin: Client, due: timedelta | None, words: str) -> None:
    if due is not None:
        refresh_trusted_list(data=make_list(), now=NOW)
        TrustedIssuer.objects.update(next_update=NOW + due)
    with translation.override("fr"):
        page = admin.get("/admin/accounts/trustedissuer/").content.decode()
    said = [text for text in ("Aucune liste d’émetteurs", "est périmée", "tarde. Sans elle") if text in page]
    assert said == ([words] if words else [])
    assert (HONEST in page) is (due is not None)


def test_staff_change_nothing(admin: Client) -> None:
    refresh_trusted_list(data=make_list(), now=NOW)
    row = TrustedIssuer.objects.get(fingerprint=STRANGE)
    assert admin.get(f"/admin/accounts/trustedissuer/{row.pk}/change/").status_code == 200
    for path in (f"{row.pk}/change/", f"{row.pk}/delete/", "add/"):
        assert admin.post(f"/admin/accounts/trustedissuer/{path}", {"granted": ""}).status_code == 403
    assert standing() == {HONEST: True, STRANGE: True}


def test_a_list_that_cannot_be_fetched_is_told_at_start(settings: Any) -> None:
    assert check_trusted_list() == []
    settings.TRUSTED_LIST_URL = "https://eidas.example/av-tl.xml"
    assert [found.id for found in check_trusted_list()] == ["accounts.E002"]
    settings.OUTBOUND_HOSTS = [read_host("eidas.example")]
    assert check_trusted_list() == []
    for path in ("/nowhere.pem", ""):
        settings.TRUSTED_LIST_SIGNERS = path
        assert [found.msg for found in check_trusted_list()] == ["RESAKA_TRUSTED_LIST_SIGNERS names no file."]
