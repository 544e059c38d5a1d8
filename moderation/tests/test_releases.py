"""Handing over: two persons or nothing, exactly what was asked, and a package that OpenSSL, unzip and sha256sum open and check."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage

from accounts.enums import ConnectionKind
from accounts.models import CivilIdentity, User
from accounts.services.identity import Identity, give_identity
from accounts.services.recorder import record_connection
from accounts.tests.factories import NOON
from chat.services.messages import delete_message
from chat.tests.factories import join, make_room, say
from core import audit, sealing
from core.envelopes import CertificateUnfit
from core.models import AuditEntry
from core.peers import Peer
from core.sealing import SealingError
from moderation.courts.terms import DataCategory, HoldScope, IdentifierKind, RequestState
from moderation.enums import StaffRole
from moderation.models import LegalRelease, LegalRequest, StaffProfile
from moderation.queries.inventory import Absent, list_inventory
from moderation.queries.requests import count_requests, find_request, list_requests
from moderation.services.approvals import NotApproved, approve
from moderation.services.disclosing import tell_named
from moderation.services.holds import NotOnDesk, place_hold
from moderation.services.registering import ConcernsYou
from moderation.services.releases import AlreadyFetched, PackageGone, Released, fetch_package, release_data
from moderation.services.requests import WrongStep, agree_release, ask_release, close_request
from moderation.services.staff import discharge, enlist
from moderation.tests.courts import GRAVE, collected, desk, named, register
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUDGED = replace(GRAVE, judge=True)
ALL = tuple(DataCategory)


@pytest.fixture
def lea() -> StaffProfile:
    return desk("Modo1")


@pytest.fixture
def sam() -> StaffProfile:
    return desk("Modo2")


@pytest.fixture
def talk(ben: User, amina: User) -> None:
    """What Ben left behind: who he is, from where he came, what he wrote; and what Amina wrote beside him."""
    give_identity(user=ben, identity=Identity(name="Benoît Rakoto", phone="+261 34 12 345 67"), now=NOON)
    for hours in (-2, 0, 48):  # the last lies behind the period
        record_connection(user_id=ben.pk, kind=ConnectionKind.SOCKET, peer=Peer("203.0.113.7", 40123, "wss"), now=NOON + hours * HOUR)
    record_connection(user_id=amina.pk, kind=ConnectionKind.SOCKET, peer=Peer("198.51.100.9", 50123, "wss"), now=NOON)
    room = make_room("marche")
    for person in (ben, amina):
        join(person, room)
    say(ben, room, "Donne-moi l’argent.")
    say(amina, room, "Laisse-moi tranquille.")
    say(ben, room, "=1+1", now=NOON + HOUR)
    taken = say(ben, room, "repris aussitôt", now=NOON + 2 * HOUR).seq
    delete_message(user=ben, room_public_id=room.public_id, seq=taken, now=NOON + 3 * HOUR)


def agreed(first: StaffProfile, second: StaffProfile, *people: User, **changes: Any) -> LegalRequest:
    request = collected(first, *people, **changes)
    asked = ask_release(request=request, by=first, reason="conforme", now=NOON)
    return agree_release(request=request, approval=asked, by=second, reason="relue", now=NOON)


def run(*args: str, cwd: Path) -> str:
    done = subprocess.run(args, cwd=cwd, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def open_outside(data: bytes, key: list[str], folder: Path) -> dict[str, Any]:
    """Open a package as an authority would: no line of ours is used."""
    (folder / "resaka.zip").write_bytes(data)
    run("unzip", "-q", "resaka.zip", cwd=folder)
    check = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "signature-key.pem", "-rawin"]
    assert "Verified" in run(*check, "-in", "package.cms", "-sigfile", "package.cms.sig", cwd=folder)
    run("openssl", "cms", "-decrypt", "-inform", "DER", "-binary", "-in", "package.cms", "-out", "package.zip", *key, cwd=folder)
    run("unzip", "-q", "package.zip", "-d", "opened", cwd=folder)
    manifest: dict[str, Any] = json.loads((folder / "opened" / "manifest.json").read_text("utf-8"))
    sums = "".join(f"{file['sha256']}  {file['path']}\n" for file in manifest["files"])
    (folder / "opened" / "SHA256SUMS").write_text(sums, "ascii")
    run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=folder / "opened")
    listed = {file["path"] for file in manifest["files"]} | {"manifest.json", "README.txt", "SHA256SUMS"}
    assert {str(path.relative_to(folder / "opened")) for path in (folder / "opened").rglob("*") if path.is_file()} == listed
    return manifest


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "opened" / "person-1" / f"{name}.json").read_text("utf-8"))
    return found


# ---- The whole way ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("talk")
def test_a_requisition_from_receipt_to_a_package_that_opens_outside(
    lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path
) -> None:
    request = collected(lea, ben, facts=JUDGED, categories=ALL)
    with pytest.raises(WrongStep):  # nobody has agreed
        release_data(request=request, by=lea, now=NOON)
    asked = ask_release(request=request, by=lea, reason="conforme", now=NOON)
    with pytest.raises(WrongStep):  # one person alone
        release_data(request=request, by=lea, now=NOON)
    agree_release(request=request, approval=asked, by=sam, reason="relue", now=NOON)
    made = release_data(request=request, by=lea, now=NOON)
    assert request.state == RequestState.RELEASED

    data = fetch_package(release=made.release, by=lea, now=NOON)
    manifest = open_outside(data, ["-pwri_password", made.passphrase], tmp_path)
    assert manifest["request"]["reference"] == request.public_id
    assert (manifest["request"]["gate_case"], manifest["request"]["legal_basis"]) == ("GRAVE", "CPP 60-1")
    assert manifest["agreed_by"] == [lea.handle, sam.handle]
    assert manifest["persons"] == [{"number": 1, "from": f"{NOON - DAY:%FT%TZ}", "until": f"{NOON + DAY:%FT%TZ}"}]
    assert [(one["part"], one["why"]) for one in manifest["does_not_exist"]] == [("images", "NONE")]

    assert [row["ip"] for row in rows_of(tmp_path, "connections")] == ["203.0.113.7"] * 2
    assert rows_of(tmp_path, "connections")[0]["source_port"] == 40123
    assert [(row["body"], row["state"]) for row in rows_of(tmp_path, "words")] == [
        ("Donne-moi l’argent.", ""),
        ("=1+1", ""),
        ("repris aussitôt", "DELETED"),
    ]
    assert [row["seq"] for row in rows_of(tmp_path, "traces")] == [row["seq"] for row in rows_of(tmp_path, "words")]
    assert {row["fact"]: row["value"] for row in rows_of(tmp_path, "identity")} == {
        "name": "Benoît Rakoto",
        "phone": "+261 34 12 345 67",
    }
    account = [(row["fact"], row["value"]) for row in rows_of(tmp_path, "account")]
    assert ("email", "ben@example.org") in account
    assert ("pseudonym", "Ben") in account
    everything = b"".join(path.read_bytes() for path in (tmp_path / "opened").rglob("*") if path.is_file())
    for other in (b"Laisse-moi", b"198.51.100.9", b"Amina", b"amina@"):
        assert other not in everything

    assert hashlib.sha256((tmp_path / "package.cms").read_bytes()).hexdigest() == made.release.sha256
    inner = (tmp_path / "opened" / "manifest.json").read_bytes()
    noted = AuditEntry.objects.get(action="legal.release")
    assert noted.reason == f"package {made.release.sha256} manifest {hashlib.sha256(inner).hexdigest()}"
    opened = AuditEntry.objects.filter(action__endswith=".open").order_by("seq").values_list("action", "handle")
    both = [lea.handle, sam.handle]
    assert list(opened) == [("legal.open", lea.handle)] + [
        (f"{what}.open", handle) for what in ("account", "identity", "connections", "traces", "words") for handle in both
    ]
    assert close_request(request=request, receipt="AR 2026-77", by=sam, now=NOON + HOUR).state == RequestState.CLOSED
    assert audit.verify().holds


@pytest.mark.usefixtures("talk")
def test_a_package_for_a_certificate_opens_with_its_key(lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path) -> None:
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=Parquet"]
    run(*new, cwd=tmp_path)
    request = agreed(lea, sam, ben)
    made = release_data(request=request, by=sam, certificate=(tmp_path / "c.pem").read_text("ascii"), now=NOON)
    assert (made.passphrase, len(made.release.certificate)) == ("", 64)
    data = fetch_package(release=made.release, by=sam, now=NOON)
    manifest = open_outside(data, ["-inkey", "k.pem", "-recip", "c.pem"], tmp_path)
    assert {file["path"].split("/")[1].split(".")[0] for file in manifest["files"]} == {"account", "identity", "connections", "traces"}


@pytest.mark.usefixtures("talk")
def test_no_more_is_given_than_was_ticked(lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path) -> None:
    made = release_data(request=agreed(lea, sam, ben, categories=[DataCategory.SUBSCRIBER]), by=lea, now=NOON)
    data = fetch_package(release=made.release, by=lea, now=NOON)
    manifest = open_outside(data, ["-pwri_password", made.passphrase], tmp_path)
    assert sorted(file["path"] for file in manifest["files"]) == [
        f"person-1/{name}.{ending}" for name in ("account", "identity") for ending in ("csv", "json")
    ]
    assert not AuditEntry.objects.filter(action__in=["connections.open", "words.open", "traces.open"]).exists()


@pytest.mark.usefixtures("talk")
def test_a_table_runs_nothing_when_it_is_opened(lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path) -> None:
    made = release_data(request=agreed(lea, sam, ben, facts=JUDGED, categories=[DataCategory.CONTENT]), by=lea, now=NOON)
    open_outside(fetch_package(release=made.release, by=lea, now=NOON), ["-pwri_password", made.passphrase], tmp_path)
    text = (tmp_path / "opened" / "person-1" / "words.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[1]["body"] == "'=1+1"
    assert {row["request"] for row in rows} == {made.release.request.public_id}


# ---- Nothing is invented ------------------------------------------------------------------------------------------------------


def test_what_does_not_exist_is_said_with_its_reason(lea: StaffProfile, ben: User) -> None:
    long_ago = named(ben, from_at=NOON - timedelta(days=800), until_at=NOON - timedelta(days=700))
    nobody = named(ben, kind=IdentifierKind.PSEUDONYM, given="Personne")
    request = register(lea, subjects=[named(ben), long_ago, nobody], facts=JUDGED, categories=ALL)
    lines = list_inventory(request=request, now=NOON)
    assert [(line.part.value, line.code, line.rows, line.absent) for line in lines[:6]] == [
        ("account", "ACCOUNT_OTHER", 1, None),
        ("identity", "IDENTITY", 0, Absent.NOT_GIVEN),
        ("connections", "CONNECTION", 0, Absent.NONE),
        ("traces", "MESSAGE_META", 0, Absent.NONE),
        ("words", "MESSAGE_BODY", 0, Absent.NONE),
        ("images", "MEDIA", 0, Absent.NONE),
    ]
    assert [line.absent for line in lines[8:12]] == [Absent.EXPIRED] * 4
    assert {line.absent for line in lines[12:]} == {Absent.NOBODY}


@pytest.mark.usefixtures("talk")
def test_words_whose_key_is_gone_are_said_to_be_unreadable(lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path) -> None:
    sealing.destroy_key(ben.scope)
    asked = [DataCategory.SUBSCRIBER, DataCategory.CONTENT]
    made = release_data(request=agreed(lea, sam, ben, facts=JUDGED, categories=asked), by=lea, now=NOON)
    data = fetch_package(release=made.release, by=lea, now=NOON)
    manifest = open_outside(data, ["-pwri_password", made.passphrase], tmp_path)
    assert [(one["part"], one["why"]) for one in manifest["does_not_exist"]] == [("words", "UNREADABLE"), ("images", "NONE")]
    assert [file["path"].split("/")[1] for file in manifest["files"]] == ["account.json", "account.csv", "identity.json", "identity.csv"]


@pytest.mark.usefixtures("talk")
def test_a_damaged_row_stops_the_release_and_nothing_leaves(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    CivilIdentity.objects.update(blob=b"\x01" + b"x" * 60)
    with pytest.raises(SealingError):
        release_data(request=request, by=lea, now=NOON)
    assert LegalRelease.objects.count() == 0
    with pytest.raises(NotApproved):  # the agreement is used up: two persons look again
        release_data(request=request, by=lea, now=NOON)


# ---- Held beyond their time -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize("scope", [HoldScope.USER, HoldScope.ROOM, HoldScope.ROWS])
def test_what_a_hold_alone_keeps_is_put_into_the_package(
    lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path, scope: HoldScope
) -> None:
    """Long after its time: of a person all that they wrote, of a room what they wrote there, of a message that one alone."""
    room = apps.get_model("chat", "Room").objects.get(slug="marche")
    first = apps.get_model("chat", "MessageMeta").objects.filter(author_id=ben.pk).earliest("seq")
    named_by = {HoldScope.USER: [ben.pk], HoldScope.ROOM: [room.pk], HoldScope.ROWS: []}[scope]
    lines = [(room.pk, first.seq)] if scope == HoldScope.ROWS else []
    place_hold(scope=scope, subject_ids=named_by, lines=lines, by=lea, reason="réquisition", now=NOON + HOUR)
    late = NOON + timedelta(days=500)
    request = collected(lea, ben, facts=JUDGED, categories=[DataCategory.TRAFFIC, DataCategory.CONTENT], now=late)
    asked = ask_release(request=request, by=lea, reason="conforme", now=late)
    agree_release(request=request, approval=asked, by=sam, reason="relue", now=late)
    made = release_data(request=request, by=lea, now=late)
    open_outside(fetch_package(release=made.release, by=lea, now=late), ["-pwri_password", made.passphrase], tmp_path)
    said = [row["body"] for row in rows_of(tmp_path, "words")]
    all_of_it = ["Donne-moi l’argent.", "=1+1", "repris aussitôt"]
    assert said == (all_of_it[:1] if scope == HoldScope.ROWS else all_of_it)
    assert len(rows_of(tmp_path, "traces")) == len(said)


@pytest.mark.usefixtures("talk")
def test_a_hold_on_another_room_or_on_others_words_gives_nothing_more(lea: StaffProfile, ben: User, amina: User) -> None:
    room = apps.get_model("chat", "Room").objects.get(slug="marche")
    hers = apps.get_model("chat", "MessageMeta").objects.get(author_id=amina.pk)
    place_hold(scope=HoldScope.ROOM, subject_ids=[room.pk + 1], by=lea, reason="autre salon", now=NOON + HOUR)
    place_hold(scope=HoldScope.ROWS, lines=[(room.pk, hers.seq)], by=lea, reason="autre message", now=NOON + HOUR)
    late = NOON + timedelta(days=500)
    request = register(lea, ben, facts=JUDGED, categories=[DataCategory.TRAFFIC, DataCategory.CONTENT], now=late)
    lines = list_inventory(request=request, now=late)
    assert [(line.part.value, line.rows) for line in lines] == [("connections", 0), ("traces", 0), ("words", 0), ("images", 0)]


@pytest.mark.usefixtures("talk")
def test_a_civil_identity_taken_back_under_a_hold_is_in_the_package_and_says_so(
    lea: StaffProfile, sam: StaffProfile, ben: User, tmp_path: Path
) -> None:
    place_hold(scope=HoldScope.USER, subject_ids=[ben.pk], by=lea, reason="réquisition", now=NOON)
    give_identity(user=ben, identity=Identity(name="Un autre"), now=NOON + HOUR)
    made = release_data(request=agreed(lea, sam, ben), by=lea, now=NOON)
    open_outside(fetch_package(release=made.release, by=lea, now=NOON), ["-pwri_password", made.passphrase], tmp_path)
    found = [(row["fact"], row["value"], row["withdrawn"]) for row in rows_of(tmp_path, "identity")]
    gone = f"{NOON + HOUR:%FT%TZ}"
    assert found == [("name", "Un autre", ""), ("name", "Benoît Rakoto", gone), ("phone", "+261 34 12 345 67", gone)]


# ---- Nobody alone -------------------------------------------------------------------------------------------------------------


def test_one_agreement_opens_once(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    release_data(request=request, by=lea, now=NOON)
    with pytest.raises(WrongStep):
        release_data(request=request, by=lea, now=NOON)
    assert LegalRelease.objects.count() == 1


def test_a_third_person_cannot_use_the_agreement_of_two(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    with pytest.raises(NotApproved):
        release_data(request=request, by=desk("Modo3"), now=NOON)


def test_an_agreement_ends_after_a_day_and_with_whoever_leaves(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    with pytest.raises(NotApproved):
        release_data(request=request, by=lea, now=NOON + timedelta(hours=24))
    discharge(profile=sam, reason="parti", now=NOON)
    with pytest.raises(NotApproved):
        release_data(request=request, by=lea, now=NOON)
    assert LegalRelease.objects.count() == 0


def test_outsiders_and_whom_it_names_release_and_fetch_nothing(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    mod = make_staff_member("Modo9")
    with pytest.raises(NotOnDesk):
        release_data(request=request, by=mod, now=NOON)
    made = release_data(request=request, by=lea, now=NOON)
    named_one = enlist(user=ben, roles=[StaffRole.LEGAL_DESK], now=NOON)
    for who, refusal in ((mod, NotOnDesk), (named_one, ConcernsYou)):
        with pytest.raises(refusal):
            fetch_package(release=made.release, by=who, now=NOON)
    assert find_request(staff=named_one, public_id=request.public_id) is None
    assert not list_requests(staff=named_one, done=True).exists()
    assert find_request(staff=lea, public_id=request.public_id) == request


def test_an_agreement_that_passed_by_another_door_is_none_of_whom_it_names(lea: StaffProfile, sam: StaffProfile) -> None:
    request = collected(lea, sam.user)
    asked = ask_release(request=request, by=lea, reason="conforme", now=NOON)
    approve(approval=asked, by=sam, reason="c’est moi", now=NOON)
    LegalRequest.objects.update(state=RequestState.APPROVED)
    request.refresh_from_db()
    with pytest.raises(ConcernsYou):
        release_data(request=request, by=lea, now=NOON)
    assert not AuditEntry.objects.filter(action__endswith=".open").exists()


def test_a_certificate_that_is_none_uses_nothing_up(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    with pytest.raises(CertificateUnfit):
        release_data(request=request, by=lea, certificate="-----BEGIN", now=NOON)
    assert release_data(request=request, by=lea, now=NOON).release.pk


# ---- The package --------------------------------------------------------------------------------------------------------------


def released(first: StaffProfile, second: StaffProfile, ben: User) -> Released:
    return release_data(request=agreed(first, second, ben), by=first, now=NOON)


def test_each_person_downloads_once_and_it_is_noted(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    made = released(lea, sam, ben)
    first = fetch_package(release=made.release, by=lea, now=NOON)
    with pytest.raises(AlreadyFetched):
        fetch_package(release=made.release, by=lea, now=NOON)
    assert fetch_package(release=made.release, by=sam, now=NOON) == first
    noted = AuditEntry.objects.filter(action="legal.fetch").order_by("seq").values_list("handle", "reason")
    assert list(noted) == [(lea.handle, made.release.sha256), (sam.handle, made.release.sha256)]


def test_the_passphrase_stands_nowhere(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    made = released(lea, sam, ben)
    assert len(made.passphrase) == 39
    stored = str(list(LegalRelease.objects.values())) + str(list(AuditEntry.objects.values())) + str(list(LegalRequest.objects.values()))
    assert made.passphrase not in stored
    with default_storage.open(LegalRelease.objects.get().file_name) as file:
        assert made.passphrase.encode() not in file.read()


def test_the_file_goes_when_the_request_is_closed(
    lea: StaffProfile, sam: StaffProfile, ben: User, django_capture_on_commit_callbacks: Any
) -> None:
    made = released(lea, sam, ben)
    name = made.release.file_name
    with django_capture_on_commit_callbacks(execute=True):
        close_request(request=made.release.request, receipt="AR", by=lea, now=NOON)
    assert not default_storage.exists(name)
    with pytest.raises(PackageGone):
        fetch_package(release=made.release, by=lea, now=NOON)
    assert LegalRelease.objects.get().sha256 == made.release.sha256


def test_the_public_counter(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    request = agreed(lea, sam, ben)
    register(lea, ben)
    release_data(request=request, by=lea, now=NOON + 2 * HOUR)
    counts = count_requests(since=NOON, until=NOON + HOUR, now=NOON + timedelta(days=9))
    assert (counts.received, counts.answered, counts.open, counts.overdue, counts.answered_late, counts.refused) == (2, 1, 1, 1, 0, 0)
    assert (counts.median_delay, counts.by_kind) == (2 * HOUR, {"CPP_60_1": 2})
    nothing = count_requests(since=NOON + HOUR, until=NOON + 2 * HOUR, now=NOON)
    assert (nothing.received, nothing.median_delay) == (0, None)


# ---- Told ---------------------------------------------------------------------------------------------------------------------


def told() -> list[int]:
    rows = apps.get_model("notifications", "Notification").objects.filter(kind="DATA_RELEASED")
    return list(rows.order_by("user_id").values_list("user_id", flat=True))


def test_people_are_told_when_secrecy_ends_once_and_not_a_second_before(
    lea: StaffProfile, sam: StaffProfile, ben: User, amina: User
) -> None:
    end = NOON + timedelta(days=30)
    release_data(request=agreed(lea, sam, ben, confidential_until=end), by=lea, now=NOON)
    assert tell_named(now=end - timedelta(seconds=1)) == 0
    assert tell_named(now=end) == 1
    assert tell_named(now=end) == 0
    assert told() == [ben.pk]
    entry = AuditEntry.objects.get(action="legal.tell")
    assert (entry.handle, entry.role) == ("", "system")
    release_data(request=agreed(lea, sam, amina, confidential=False), by=lea, now=NOON)
    assert tell_named(now=NOON) == 1
    assert told() == sorted([ben.pk, amina.pk])


def test_what_is_secret_without_an_end_or_was_never_handed_over_is_told_to_nobody(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    release_data(request=agreed(lea, sam, ben), by=lea, now=NOON)
    register(lea, ben, confidential=False)
    assert tell_named(now=NOON + timedelta(days=9999)) == 0
    assert told() == []
