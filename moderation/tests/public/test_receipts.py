"""What reporters learn of what became of their reports, and the copy that they take away; Carol learns nothing."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.services.relations import block_person, mute_person
from chat.services import attachments
from chat.services.messages import delete_message, edit_message
from chat.tests.factories import join, say
from core.models import AuditEntry
from moderation.enums import Action, CaseState, Ground, Reason, ReportState, TargetKind
from moderation.models import Case, Evidence, Report, StaffProfile
from moderation.queries.outcomes import APPEAL_SPAN, Effect, get_outcome
from moderation.services.copies import NothingKept, make_copy
from moderation.tests.public.deciding import decide
from moderation.tests.reporting import report as file

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]


@pytest.fixture
def ref(room: Room, ben: User) -> str:
    return f"{room.public_id}:{say(ben, room, 'Espèce de voleur', now=timezone.now()).seq}"


@pytest.fixture
def made(amina: User, ref: str) -> Report:
    return file(amina, ref, now=timezone.now()).report


def page_of(browser: Client, report: Report) -> str:
    return browser.get(f"/reports/{report.public_id}/").content.decode()


def test_the_steps_are_told_as_they_come(made: Report, amina: User, mod: StaffProfile, as_: LogIn) -> None:
    browser = as_(amina)
    assert "au plus tard le" in page_of(browser, made)
    Case.objects.update(state=CaseState.CLAIMED, claimed_by=mod)
    assert "le lit en ce moment" in page_of(browser, made)
    decide(made, Action.REMOVE, mod, now=timezone.now())
    page = page_of(browser, made)
    assert [words in page for words in ("Décidé le", "retiré ou limité", "nos règles", "sans machine", "article 21", "juge")] == [True] * 6
    assert mod.handle not in page
    assert "INTERNE" not in page, "what is told to the other person is not told here"
    assert 'name="text"' not in page, "there is nothing to appeal against"


@pytest.mark.parametrize(
    ("action", "effect"),
    [(Action.NO_ACTION, Effect.NOTHING), (Action.WARN, Effect.WARNED), (Action.DISABLE, Effect.CONTENT), (Action.CLOSE_ROOM, Effect.ROOM)]
    + [(action, Effect.PERSON) for action in (Action.SUSPEND_ACCOUNT, Action.BAN_FROM_ROOM, Action.TERMINATE_ACCOUNT)],
)
def test_what_was_done_is_told_in_general_words(made: Report, mod: StaffProfile, action: Action, effect: Effect) -> None:
    decide(made, action, mod, now=timezone.now())
    made.refresh_from_db()
    assert get_outcome(report=made, now=timezone.now()).effect == effect


def test_every_action_has_an_effect(made: Report) -> None:
    from moderation.queries.outcomes import _EFFECTS

    content = {action for action, effect in _EFFECTS.items() if effect == Effect.CONTENT}
    assert content == {Action.REMOVE, Action.DISABLE}


def test_law_and_machines_are_named(made: Report, amina: User, mod: StaffProfile, as_: LogIn) -> None:
    decide(made, Action.REMOVE, mod, now=timezone.now(), ground=Ground.LAW, automated_detection=True)
    page = page_of(as_(amina), made)
    assert "Fondement\u00a0: la loi." in page
    assert "Une machine a aidé" in page


def test_what_could_not_be_checked_is_told(made: Report, amina: User, as_: LogIn) -> None:
    Report.objects.update(state=ReportState.REJECTED_FORMAL, outcome_at=timezone.now())
    assert "Nous ne pouvons pas le traiter" in page_of(as_(amina), made)


def test_six_months_to_appeal_and_not_a_second_more(made: Report, mod: StaffProfile) -> None:
    at = timezone.now()
    decide(made, Action.NO_ACTION, mod, now=at)
    made.refresh_from_db()
    assert get_outcome(report=made, now=at + APPEAL_SPAN - timedelta(seconds=1)).may_appeal
    assert not get_outcome(report=made, now=at + APPEAL_SPAN).may_appeal


def test_carol_and_guests_see_nothing_of_it(made: Report, carol: User, ben: User, as_: LogIn) -> None:
    for who in (carol, ben):
        for method, path in (("get", ""), ("post", "copy/"), ("post", "appeal/")):
            answer = getattr(as_(who), method)(f"/reports/{made.public_id}/{path}", {"text": "x" * 30})
            assert answer.status_code == 404, (who, path)
        assert made.public_id not in as_(who).get("/reports/").content.decode()
    assert as_(None).get(f"/reports/{made.public_id}/").status_code == 302
    assert as_(None).get("/reports/").status_code == 302


def test_a_copy_is_asked_for_and_not_merely_linked(made: Report, amina: User, as_: LogIn) -> None:
    assert as_(amina).get(f"/reports/{made.public_id}/copy/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(amina)
    assert strict.post(f"/reports/{made.public_id}/copy/").status_code == 403


def unpack(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_copy_holds_what_was_seen_with_digests_that_fit(room: Room, amina: User, ben: User, carol: User, as_: LogIn) -> None:
    out, now = io.BytesIO(), timezone.now()
    Image.new("RGB", (8, 8), "green").save(out, "PNG")
    stored = attachments.store_image(user=ben, room_public_id=room.public_id, file=io.BytesIO(out.getvalue()), size=90, now=now)
    join(carol, room, now=now)
    mute_person(user=amina, person=carol, now=now)
    say(carol, room, "mot de Carol", now=now)
    say(amina, room, "avant", now=now)
    seq = say(ben, room, "version d’avant", attachment_ids=[stored.public_id], now=now).seq
    edit_message(user=ben, room_public_id=room.public_id, seq=seq, body="Espèce de voleur", now=now)
    made = file(amina, f"{room.public_id}:{seq}", now=now).report
    block_person(user=amina, person=ben, now=now)  # in the same go; what was seen before stays seen
    answer = as_(amina).post(f"/reports/{made.public_id}/copy/")
    assert (answer["Content-Type"], "no-store" in answer["Cache-Control"]) == ("application/zip", True)
    files = unpack(answer.content)
    manifest = json.loads(files.pop("manifest.json"))
    assert set(files) == {"content.json", "README.txt", "image-1.webp"}
    for row in manifest["files"]:
        assert (row["sha256"], row["bytes"]) == (hashlib.sha256(files[row["name"]]).hexdigest(), len(files[row["name"]]))
    assert {row["name"] for row in manifest["files"]} == set(files)
    assert manifest["snapshot_sha256"] == Evidence.objects.get(report=made, kind="SNAPSHOT").sha256
    content = json.loads(files["content.json"])
    assert content["message"]["text"] == "Espèce de voleur"
    assert [line["text"] for line in content["around"]] == ["avant"]
    for unseen in ("version d’avant", "mot de Carol", "connection_ref", "joined_at", "former"):
        assert unseen not in files["content.json"].decode(), unseen
    assert files["image-1.webp"].startswith(b"RIFF")
    assert AuditEntry.objects.filter(action="evidence.copy", object_ref=made.public_id, role="reporter").count() == 1


def test_words_that_were_taken_back_are_not_in_the_copy(room: Room, amina: User, ben: User) -> None:
    """Else a report would be the way to read what somebody took back in time."""
    now = timezone.now()
    seq = say(ben, room, "mot repris", now=now).seq
    delete_message(user=ben, room_public_id=room.public_id, seq=seq, now=now)
    made = file(amina, f"{room.public_id}:{seq}", now=now).report
    files = unpack(make_copy(report=made, now=now))
    content = json.loads(files["content.json"])
    assert (content["message"]["text"], content["message"]["withdrawn"]) == ("", True)
    assert not [name for name, data in files.items() if "mot repris" in data.decode()]


def test_profiles_and_rooms_have_a_copy_too(room: Room, amina: User, ben: User) -> None:
    now = timezone.now()
    profile = file(amina, ben.public_id, TargetKind.PROFILE, now=now).report
    place = file(amina, room.public_id, TargetKind.ROOM, now=now).report
    assert json.loads(unpack(make_copy(report=profile, now=now))["content.json"])["profile"]["pseudonym"] == "Ben"
    assert json.loads(unpack(make_copy(report=place, now=now))["content.json"])["room"]["title"] == room.title


def test_what_shows_a_child_is_handed_to_nobody(amina: User, ref: str, as_: LogIn) -> None:
    made = file(amina, ref, reason=Reason.CHILD_ABUSE_MATERIAL, now=timezone.now()).report
    with pytest.raises(NothingKept):
        make_copy(report=made, now=timezone.now())
    answer = as_(amina).post(f"/reports/{made.public_id}/copy/", follow=True)
    assert "justice pour ce motif" in answer.content.decode()


def test_evidence_that_was_changed_is_not_handed_out(made: Report) -> None:
    row = Evidence.objects.get(report=made)
    Evidence.objects.filter(pk=row.pk).update(blob=bytes(row.blob)[:-1] + b"\x00")
    with pytest.raises(NothingKept):
        make_copy(report=made, now=timezone.now())


def test_ten_copies_an_hour(made: Report, amina: User, as_: LogIn) -> None:
    for _more in range(10):
        make_copy(report=made, now=timezone.now())
    answer = as_(amina).post(f"/reports/{made.public_id}/copy/", follow=True)
    assert "Réessayez dans" in answer.content.decode()


def test_my_reports_are_a_list_of_two_queries_more_than_an_empty_one(
    room: Room, amina: User, ben: User, as_: LogIn, django_assert_max_num_queries: Any
) -> None:
    browser = as_(amina)
    assert "Aucun signalement" in browser.get("/reports/").content.decode()
    with django_assert_max_num_queries(20) as empty:
        browser.get("/reports/")
    for number in range(4):
        file(amina, f"{room.public_id}:{say(ben, room, f'x{number}', now=timezone.now()).seq}", now=timezone.now())
    with django_assert_max_num_queries(len(empty)):
        page = browser.get("/reports/").content.decode()
    assert page.count("En cours") == 4
