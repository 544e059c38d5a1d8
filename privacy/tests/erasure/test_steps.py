"""Each step does its store, proves it, finds nothing the second time, and touches nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage

from accounts.models import PseudonymHistory, User
from accounts.queries import find_person
from accounts.queries.naming import find_named
from accounts.services.erasure import hide_account
from accounts.services.pseudonyms import PseudonymTaken, check_pseudonym
from accounts.tests.factories import NOON
from chat.queries.wire import read_log
from chat.services.erasure import list_files
from core.erasing import BATCH
from core.models import OutboxEvent
from core.sealing import SealingError, has_key, open_sealed, seal
from notifications.queries import count_unseen
from privacy.enums import ErasureStep
from privacy.erasure.person import Person
from privacy.erasure.steps import STEPS, Step, step_named
from privacy.tests.erasure.world import SAID, left_of, rows_of

pytestmark = pytest.mark.django_db
EACH = pytest.mark.parametrize("name", [step.name.value for step in STEPS])
RoomEvent, Membership, HeldMessage, Attachment, DeletedBody = (
    apps.get_model("chat", name) for name in ("RoomEvent", "Membership", "HeldMessage", "Attachment", "DeletedBody")
)
# Steps that have something to do before the others have run: the account is closed by IDENTITY, and nobody asked for a certificate here.
BUSY = [step.name.value for step in STEPS if step.name not in (ErasureStep.IDENTITY, ErasureStep.MODERATION, ErasureStep.CERTIFICATE)]


def person_of(user: User) -> Person:
    return Person(user.pk, user.public_id, tuple(list_files(user_id=user.pk)))


def do(step: Step, person: Person) -> int:
    """All batches of a step; how many rows went."""
    total = sum(step.outside(person).values()) if step.outside else 0
    for _batch in range(1000):
        rows = step.run(person, NOON)
        if not rows:
            return total
        total += sum(rows.values())
    raise AssertionError(f"{step.name} never ends")


def do_all(user: User) -> Person:
    person = person_of(user)
    hide_account(user_id=user.pk, now=NOON)
    for step in STEPS:
        do(step, person)
        assert step.prove(person), step.name
    return person


@pytest.mark.parametrize("name", BUSY)
def test_a_step_has_something_to_do_and_its_proof_sees_it(full: User, name: str) -> None:
    step, person = step_named(name), person_of(full)
    if name == ErasureStep.CACHES:
        assert count_unseen(user_id=full.pk) == 1
    assert not step.prove(person), "a proof that holds before the step proves nothing"
    assert do(step, person) > 0
    assert step.prove(person)


@EACH
def test_a_step_that_runs_again_finds_nothing_and_stays_proven(full: User, name: str) -> None:
    person = do_all(full)
    step = step_named(name)
    assert do(step, person) == 0
    assert step.prove(person)


@EACH
def test_no_step_touches_somebody_else(full: User, carol: User, amina: User, name: str) -> None:
    hide_account(user_id=full.pk, now=NOON)
    before, hers = rows_of(carol), rows_of(amina)
    do(step_named(name), person_of(full))
    assert rows_of(carol) == before
    after = rows_of(amina)
    assert {column for column in hers if hers[column] != after[column]} <= {"accounts.Mute.muter"}  # her mute of him, and nothing of hers


def test_afterwards_nothing_that_a_step_covers_names_them(full: User) -> None:
    do_all(full)
    assert left_of(full) == {}


def test_of_messages_the_place_stays_and_says_nothing(full: User, room: Any) -> None:
    spoken = RoomEvent.objects.filter(actor_id=full.pk, room_id=room.pk, kind=1).count()
    do_all(full)
    rows = RoomEvent.objects.filter(actor_id=full.pk, room_id=room.pk)
    assert rows.count() == spoken == 3
    assert {(row.kind, bytes(row.payload)) for row in rows} == {(1, b"")}
    bodies = [event.body for event in read_log(room_public_id=room.public_id, after=0, limit=50, now=NOON)]
    assert [body.get("body") for body in bodies if body["k"] == "message" and not body.get("deleted")] == ["Une autre voix"]
    tombs = [body for body in bodies if body.get("deleted")]
    assert [(body["by"], "body" in body) for body in tombs] == [(None, False)] * 3
    assert not any(word in str(bodies) for word in SAID)


def test_each_room_is_told_once_that_they_are_gone(full: User, room: Any) -> None:
    do_all(full)
    told = [event.body for event in read_log(room_public_id=room.public_id, after=0, limit=50, now=NOON) if event.body["k"] == "forget"]
    assert [body["gone"] for body in told] == [full.public_id]
    assert "by" not in told[0]


def test_the_group_goes_to_who_is_left_in_it(full: User, amina: User) -> None:
    group = Membership.objects.get(user=full, role="OWNER").room
    do_all(full)
    group.refresh_from_db()
    assert list(Membership.objects.filter(room=group).values_list("user_id", "role")) == [(amina.pk, "OWNER")]
    assert (group.members, group.state) == (1, "ACTIVE")


def test_a_group_of_nobody_else_is_closed(full: User, amina: User) -> None:
    group = Membership.objects.get(user=full, role="OWNER").room
    Membership.objects.filter(room=group, user=amina).delete()
    type(group).objects.filter(pk=group.pk).update(members=1)
    do_all(full)
    group.refresh_from_db()
    assert (group.members, group.state) == (0, "CLOSED")


def test_what_waits_for_the_team_is_closed_there(full: User) -> None:
    held = HeldMessage.objects.get(author=full)
    do_all(full)
    told = OutboxEvent.objects.filter(event="chat.HeldDecided").values_list("payload", flat=True)
    assert [(one["held_id"], one["state"], one["by_staff"]) for one in told] == [(held.public_id, "RETURNED", False)]


def test_more_than_a_batch_goes_batch_by_batch(full: User, room: Any) -> None:
    now, expires = NOON, NOON + timedelta(days=7)
    last = RoomEvent.objects.filter(room_id=room.pk).order_by("-seq").first().seq
    RoomEvent.objects.bulk_create(
        RoomEvent(room_id=room.pk, seq=last + n, kind=1, n=n, actor_id=full.pk, payload=b"x", at=now, expires_at=expires)
        for n in range(1, BATCH + 50)
    )
    type(room).objects.filter(pk=room.pk).update(last_seq=last + BATCH + 50, last_n=last + BATCH)
    step, person = step_named(ErasureStep.ROOMS), person_of(full)
    batches = []
    while rows := step.run(person, NOON):
        batches.append(sum(rows.values()))
    assert max(batches) == BATCH
    assert len(batches) > 3
    assert step.prove(person)


def test_files_are_gone_from_the_storage(full: User) -> None:
    files = list_files(user_id=full.pk)
    assert len(files) == 2
    assert all(default_storage.exists(name) for name in files)
    do_all(full)
    assert not any(default_storage.exists(name) for name in files)


def test_a_file_that_was_lost_before_is_no_fault(full: User) -> None:
    for name in list_files(user_id=full.pk):
        default_storage.delete(name)
    do_all(full)


def test_what_was_sealed_for_them_opens_no_more(full: User) -> None:
    blob = seal(full.scope, b"secret", "somewhere")
    do_all(full)
    assert not has_key(full.scope)
    with pytest.raises(SealingError):
        open_sealed(full.scope, blob, "somewhere")


def test_they_are_nobody_to_others_and_their_name_is_nobodys_for_a_year(full: User, amina: User) -> None:
    do_all(full)
    assert find_person(viewer=amina, public_id=full.public_id, now=NOON) is None
    with pytest.raises(PseudonymTaken):
        check_pseudonym(text="Ben", now=NOON + timedelta(days=364))
    assert check_pseudonym(text="Ben", now=NOON + timedelta(days=366)).shown == "Ben"
    assert "Ben" not in str(list(PseudonymHistory.objects.filter(user=full).values_list("pseudonym", "skeleton")))


def test_justice_still_finds_them_by_the_name_of_that_time(full: User) -> None:
    do_all(full)
    day = timedelta(days=1)
    assert find_named(kind="PSEUDONYM", given="Ben", since=NOON - day, until=NOON + day) == full.pk
    assert find_named(kind="PSEUDONYM", given="Benn", since=NOON - day, until=NOON + day) is None


def test_under_the_law_of_madagascar_no_name_is_kept(full: User) -> None:
    User.objects.filter(pk=full.pk).update(jurisdiction="MG")
    do_all(full)
    rows = rows_of(full)
    assert (rows["accounts.KeptAccount.user"], rows["accounts.CivilIdentity.user"]) == (0, 0)


def test_what_the_law_keeps_is_there_and_sealed(full: User) -> None:
    do_all(full)
    rows = rows_of(full)
    for column in ("accounts.KeptAccount.user", "accounts.CivilIdentity.user", "accounts.ConnectionRecord.user_id"):
        assert rows[column] == 1, column
    assert rows["chat.MessageMeta.author_id"] > 3
