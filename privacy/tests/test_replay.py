"""After a restore: who was erased is erased, what was frozen is frozen, and the house opens only when that is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from accounts.tests.factories import NOON, make_user
from chat.queries.legible import Legible, list_writers, try_texts
from chat.tests.factories import join, make_room, say
from core import sealing
from core.backups.pending import Pending, find_pending, mark
from core.ids import new_public_id
from core.models import AuditEntry, DataKey, Restoration
from moderation.courts.terms import HoldScope
from moderation.services.holdjournal import journal_holds
from moderation.services.holds import place_hold
from privacy.enums import DeletionReason, ErasureStep, RequestKind, RequestState
from privacy.erasure.certificate import read_certificate
from privacy.erasure.links import get_request_by_token, token_of
from privacy.erasure.replay import list_left, redo_erasure
from privacy.models import DataRequest, DeletionHead, DeletionRecord
from privacy.services.records import ERASURE_JOB, copy_records, record_deletion
from privacy.services.replay import NothingToReplay, replay
from privacy.services.restoreproof import NotProved, verify_restore

MessageMeta = apps.get_model("chat", "MessageMeta")
RoomEvent = apps.get_model("chat", "RoomEvent")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules", "folder")]
DAY = timedelta(days=1)
RESTORED = Pending("main-20261120T120000Z-12345678", NOON - 6 * DAY, NOON, True)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def people(db: None) -> list[User]:
    """Amina, Ben and Carol, each with a text."""
    room = make_room()
    made = [make_user(name) for name in ("Amina", "Ben", "Carol")]
    for user in made:
        join(user, room)
        say(user, room, f"ici {user.username}")
    return made


def erased_elsewhere(user_id: int) -> None:
    """As the journals outside tell it of an erasure that the restored database does not know."""
    record_deletion(
        code="MESSAGE_BODY", store="rooms", rows=1, kept=DAY, reason=DeletionReason.REQUEST, subject_id=user_id, step="ROOMS", now=NOON
    )


def lose_records(known: int = 0) -> None:
    copy_records()
    row = DeletionRecord.objects.filter(seq=known).first()
    DeletionRecord.objects.filter(seq__gt=known).delete()
    DeletionHead.objects.update(seq=known, mac=row.mac if row else "0" * 64)


def test_whoever_was_erased_since_is_erased_again_and_nobody_else(people: list[User]) -> None:
    amina, ben, carol = people
    erased_elsewhere(carol.pk)  # before the backup: the database knows it
    erased_elsewhere(ben.pk)
    erased_elsewhere(999_999)  # who came after the backup, and went
    lose_records(known=1)
    mark(RESTORED)
    done = replay(erase=redo_erasure, now=NOON)
    assert (done.records, done.erased, done.unknown, done.unfinished) == (2, 1, 1, 0)
    assert DataRequest.objects.get().user == ben
    assert list_left(ben.pk) == []
    assert list_left(carol.pk) != []
    assert (try_texts(user_id=ben.pk), try_texts(user_id=amina.pk)) == (Legible(0, 0), Legible(1, 1))
    assert not sealing.has_key(f"user:{ben.pk}")
    proof = verify_restore(remains=list_left, now=NOON)
    assert (proof.erased, proof.living, proof.texts) == (1, 2, 2)
    assert find_pending() is None
    row = Restoration.objects.get()
    assert (row.report["replayed"]["erased"], row.report["proof"]["living"], row.verified_at) == (1, 2, NOON)
    assert set(AuditEntry.objects.filter(action__startswith="restore.").values_list("action", "object_ref")) == {
        ("restore.replay", RESTORED.backup),
        ("restore.verify", RESTORED.backup),
    }


def test_doing_it_twice_does_it_once(people: list[User]) -> None:
    erased_elsewhere(people[1].pk)
    lose_records()
    mark(RESTORED)
    replay(erase=redo_erasure, now=NOON)
    again = replay(erase=redo_erasure, now=NOON)
    assert (again.records, again.erased, again.keys) == (0, 1, 0)
    assert DataRequest.objects.count() == 1


def test_a_replay_that_broke_off_after_the_records_still_knows_whom_to_erase(people: list[User]) -> None:
    erased_elsewhere(people[1].pk)
    lose_records()
    mark(RESTORED)

    def fail(**_asked: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay(erase=fail, now=NOON)
    assert DeletionRecord.objects.count() == 1
    assert replay(erase=redo_erasure, now=NOON).erased == 1
    assert list_left(people[1].pk) == []


def test_an_erasure_that_the_backup_had_begun_goes_on(people: list[User]) -> None:
    erased_elsewhere(people[1].pk)
    lose_records()
    begun = DataRequest.objects.create(
        user=people[1], kind=RequestKind.ERASURE, open_key=f"{people[1].pk}:ERASURE", asked_at=NOON - 7 * DAY, due_at=NOON + 23 * DAY
    )
    mark(RESTORED)
    assert replay(erase=redo_erasure, now=NOON).erased == 1
    begun.refresh_from_db()
    assert begun.state == RequestState.DONE


def test_the_link_in_their_letter_leads_to_a_certificate_again(people: list[User]) -> None:
    """The request was lost with the database, its reference stands in the records; what went the first time is not counted twice."""
    reference, earlier = new_public_id(), NOON - timedelta(hours=1)
    said: dict[str, Any] = {
        "code": "MESSAGE_BODY",
        "kept": DAY,
        "reason": DeletionReason.REQUEST,
        "subject_id": people[1].pk,
        "now": earlier,
    }
    for step in ("SESSIONS", "ROOMS"):
        record_deletion(store="chat_roomevent", rows=70, step=step, job=f"{ERASURE_JOB}{reference}", **said)
    lose_records()
    mark(RESTORED)
    assert replay(erase=redo_erasure, now=NOON).erased == 1
    asked = get_request_by_token(token_of(reference))
    assert (asked.user, asked.state) == (people[1], RequestState.DONE)
    certificate = read_certificate(asked.erasure.certificate)
    assert certificate.reference == reference
    assert [line.step for line in certificate.erased] == [step for step in ErasureStep if step != ErasureStep.CERTIFICATE]
    assert {line.at for line in certificate.erased} == {NOON}
    assert max(line.rows for line in certificate.erased) < 70


def test_nothing_of_somebody_who_was_frozen_since_is_destroyed(people: list[User], lea: Any) -> None:
    ben = people[1]
    place_hold(scope=HoldScope.USER, subject_ids=[ben.pk], by=lea, reason="réquisition", now=NOON)
    journal_holds(now=NOON)
    for name in ("HoldSubject", "LegalHold"):
        apps.get_model("moderation", name).objects.all().delete()
    DataKey.objects.using("keys").update(frozen_until=None)
    erased_elsewhere(ben.pk)
    lose_records()
    mark(RESTORED)
    done = replay(erase=redo_erasure, now=NOON)
    assert (done.holds, done.erased, done.unfinished) == (1, 0, 1)
    assert try_texts(user_id=ben.pk) == Legible(1, 1)
    assert verify_restore(remains=list_left, now=NOON).erased == 0


def test_without_a_restore_there_is_nothing_to_do() -> None:
    with pytest.raises(NothingToReplay, match="no backup was put back"):
        replay(erase=redo_erasure, now=NOON)
    with pytest.raises(CommandError, match="no backup was put back"):
        call_command("replay_tombstones")
    with pytest.raises(CommandError, match="no backup was put back"):
        call_command("verify_restore")


def test_before_the_database_is_in_place_nothing_is_done() -> None:
    mark(Pending(RESTORED.backup, NOON, NOON, False))
    with pytest.raises(NothingToReplay, match="is not in place yet"):
        replay(erase=redo_erasure, now=NOON)


def test_before_the_replay_nothing_is_proved(people: list[User]) -> None:
    mark(RESTORED)
    with pytest.raises(NothingToReplay, match=r"run manage\.py replay_tombstones first"):
        verify_restore(remains=list_left, now=NOON)
    assert find_pending() is not None


# ---- The proof has teeth --------------------------------------------------------------------------------------------------------


def replayed(people: list[User]) -> None:
    erased_elsewhere(people[1].pk)
    lose_records()
    mark(RESTORED)
    replay(erase=redo_erasure, now=NOON)


def test_a_key_that_is_back_keeps_the_house_shut(people: list[User]) -> None:
    replayed(people)
    sealing.seal(f"user:{people[1].pk}", b"x", "a")
    with pytest.raises(NotProved, match=f"the key of account {people[1].pk}"):
        verify_restore(remains=list_left, now=NOON)
    assert find_pending() is not None


def test_a_store_in_which_something_is_left_keeps_the_house_shut(people: list[User]) -> None:
    replayed(people)
    with pytest.raises(NotProved, match="PROFILE of account"):
        verify_restore(remains=lambda _user_id: ["PROFILE"], now=NOON)


def test_a_living_person_without_a_key_keeps_the_house_shut(people: list[User]) -> None:
    replayed(people)
    DataKey.objects.using("keys").filter(scope=f"user:{people[0].pk}").delete()
    sealing.forget_keys()
    with pytest.raises(NotProved, match=f"nothing of account {people[0].pk} opens"):
        verify_restore(remains=list_left, now=NOON)


def test_whoever_came_after_the_copy_of_the_key_store_is_told_apart(people: list[User]) -> None:
    erased_elsewhere(people[1].pk)
    lose_records()
    mark(replace(RESTORED, keys_at=(NOON - DAY).isoformat()))  # all three wrote after it
    replay(erase=redo_erasure, now=NOON)
    DataKey.objects.using("keys").filter(scope=f"user:{people[0].pk}").delete()
    sealing.forget_keys()
    proof = verify_restore(remains=list_left, now=NOON)
    assert (proof.living, proof.lost) == (1, 1)


def test_whoever_wrote_before_the_copy_of_the_key_store_must_be_readable(people: list[User]) -> None:
    erased_elsewhere(people[1].pk)
    lose_records()
    mark(replace(RESTORED, keys_at=(NOON + DAY).isoformat()))
    replay(erase=redo_erasure, now=NOON)
    DataKey.objects.using("keys").filter(scope=f"user:{people[0].pk}").delete()
    sealing.forget_keys()
    with pytest.raises(NotProved):
        verify_restore(remains=list_left, now=NOON)


def test_a_text_of_a_living_person_that_does_not_open_keeps_the_house_shut(people: list[User]) -> None:
    replayed(people)
    row = RoomEvent.objects.filter(actor_id=people[0].pk, payload__isnull=False).order_by("-seq")[0]
    damaged = bytes(row.payload or b"")[:-1] + b"\x00\x01"
    RoomEvent.objects.filter(room_id=row.room_id, seq=row.seq).update(payload=damaged)
    with pytest.raises(NotProved, match=f"nothing of account {people[0].pk} opens"):
        verify_restore(remains=list_left, now=NOON)


def test_twenty_are_drawn(people: list[User]) -> None:
    replayed(people)
    assert verify_restore(remains=list_left, sample=1, now=NOON).living == 1


@pytest.mark.skipif(connection.vendor == "mysql", reason="days are turned too, which commits; the drill of the server shape does it there")
def test_the_commands_tell_it_in_figures(people: list[User]) -> None:
    erased_elsewhere(people[1].pk)
    lose_records()
    mark(RESTORED)
    out = StringIO()
    call_command("replay_tombstones", stdout=out)
    assert "1 records and 0 holds brought back; 0 keys, 1 people" in out.getvalue()
    call_command("verify_restore", stdout=out)
    assert "1 erased people tried: nothing opens. 2 living people tried: 2 texts open" in out.getvalue()


# ---- What can be read ---------------------------------------------------------------------------------------------------------


def test_texts_are_tried_without_telling_them(people: list[User], django_assert_num_queries: Any) -> None:
    sealing.forget_keys()
    with django_assert_num_queries(2):
        assert try_texts(user_id=people[0].pk) == Legible(1, 1)
    assert try_texts(user_id=999_999) == Legible(0, 0)
    assert set(list_writers()) == {user.pk for user in people}
    MessageMeta.objects.all().delete()
    assert list_writers() == []
