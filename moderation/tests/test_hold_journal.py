"""Holds outlive their database: a copy from before a hold that is put back does not free what it froze."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.factories import NOON, make_user
from core import sealing
from core.models import AuditEntry, DataKey, Tombstone
from core.tombstones import TombstoneForged, file_waiting
from moderation.courts.terms import HoldScope
from moderation.enums import ApprovalKind, StaffRole
from moderation.models import HoldSubject, LegalHold, StaffProfile
from moderation.queries.holds import is_held, list_held
from moderation.services.approvals import approve, ask_approval
from moderation.services.holdjournal import NobodyHolds, hold_again, journal_holds
from moderation.services.holds import lift_hold, place_hold, prolong_hold
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def ben(db: None) -> User:
    return make_user("Ben")


@pytest.fixture
def lea(db: None) -> StaffProfile:
    return make_staff_member("Modo1", StaffRole.LEGAL_DESK)


def freeze(by: StaffProfile, *ids: int, until: Any = None, **values: Any) -> LegalHold:
    return place_hold(scope=HoldScope.USER, subject_ids=ids, by=by, reason="réquisition 12/2026", until_at=until, now=NOON, **values)


def restore() -> None:
    """The database as it was before any hold; the key store as it was before any key was frozen."""
    HoldSubject.objects.all().delete()
    LegalHold.objects.all().delete()
    DataKey.objects.using("keys").update(frozen_until=None)


def test_a_hold_comes_back_as_it_was(ben: User, lea: StaffProfile) -> None:
    made = freeze(lea, ben.pk, codes=("MESSAGE_BODY", "CONNECTION"), until=NOON + 60 * DAY)
    sealing.seal(f"user:{ben.pk}", b"x", "a")
    assert journal_holds(now=NOON) == 1
    restore()
    assert hold_again(now=NOON + DAY) == 1
    back = LegalHold.objects.get()
    assert back.code_set == {"MESSAGE_BODY", "CONNECTION"}
    assert (back.public_id, back.reason, back.from_at, back.until_at, back.placed_by) == (
        made.public_id,
        "réquisition 12/2026",
        NOON,
        NOON + 60 * DAY,
        lea,
    )
    assert is_held(scope=HoldScope.USER, subject_id=ben.pk, code="CONNECTION", now=NOON + DAY)
    assert not is_held(scope=HoldScope.USER, subject_id=ben.pk, code="IDENTITY", now=NOON + DAY)
    with pytest.raises(sealing.KeyFrozen):
        sealing.destroy_key(f"user:{ben.pk}")
    assert AuditEntry.objects.get(action="hold.restore").object_ref == made.public_id
    assert hold_again(now=NOON + DAY) == 0


def test_it_says_nothing_of_anybody_outside(ben: User, lea: StaffProfile, settings: Any) -> None:
    freeze(lea, ben.pk)
    journal_holds(now=NOON)
    file_waiting()
    told = "".join(path.read_text("ascii") for path in Path(settings.TOMBSTONES).iterdir()) + str(Tombstone.objects.using("keys").values())
    assert "12/2026" not in told
    assert lea.handle not in told
    assert '"subjects"' not in told


def test_the_same_is_written_once_and_a_change_again(ben: User, lea: StaffProfile) -> None:
    hold = freeze(lea, ben.pk, until=NOON + 60 * DAY)
    for _time in range(3):
        journal_holds(now=NOON)
    assert Tombstone.objects.using("keys").filter(journal="holds").count() == 1
    prolong_hold(hold=hold, by=lea, reason="encore", now=NOON + DAY)
    journal_holds(now=NOON + DAY)
    assert Tombstone.objects.using("keys").filter(journal="holds").count() == 2
    restore()
    hold_again(now=NOON + 2 * DAY)
    assert LegalHold.objects.get().until_at == NOON + 90 * DAY


@pytest.mark.django_db(transaction=True)
def test_it_is_written_with_the_commit(ben: User, lea: StaffProfile) -> None:
    freeze(lea, ben.pk)
    assert Tombstone.objects.using("keys").filter(journal="holds", filed=True).count() == 1


def test_a_hold_that_the_backup_knows_gets_the_later_end(ben: User, lea: StaffProfile) -> None:
    hold = freeze(lea, ben.pk, until=NOON + 60 * DAY)
    journal_holds(now=NOON)
    prolong_hold(hold=hold, by=lea, reason="encore", now=NOON + DAY)
    journal_holds(now=NOON + DAY)
    LegalHold.objects.update(until_at=NOON + 60 * DAY, alarmed=86400)  # as the backup has it
    assert hold_again(now=NOON + 2 * DAY) == 1
    again = LegalHold.objects.get()
    assert (again.until_at, again.alarmed) == (NOON + 90 * DAY, None)
    LegalHold.objects.update(until_at=NOON + 200 * DAY)  # younger than the journal
    assert hold_again(now=NOON + 2 * DAY) == 0
    assert LegalHold.objects.get().until_at == NOON + 200 * DAY


def test_a_hold_that_has_ended_does_not_come_back_and_one_that_was_lifted_since_does(ben: User, lea: StaffProfile) -> None:
    """Whoever restores has lost the papers of the lifting, so two people look again."""
    freeze(lea, ben.pk, until=NOON + DAY)
    lifted = freeze(lea, ben.pk)
    journal_holds(now=NOON)
    sam = make_staff_member("Modo2", StaffRole.LEGAL_DESK)
    asked = ask_approval(kind=ApprovalKind.LIFT_HOLD, object_ref=lifted.public_id, by=lea, reason="fini", now=NOON)
    approve(approval=asked, by=sam, reason="vu", now=NOON)
    lift_hold(hold=lifted, by=lea, reason="mainlevée", now=NOON)
    journal_holds(now=NOON)
    assert hold_again(now=NOON + DAY) == 0  # nothing was restored
    restore()
    assert hold_again(now=NOON + DAY) == 1
    assert LegalHold.objects.get().public_id == lifted.public_id


def test_messages_that_were_frozen_come_back_one_by_one(ben: User, lea: StaffProfile) -> None:
    hold = LegalHold.objects.create(scope=HoldScope.ROWS, reason="x", from_at=NOON, placed_by=lea)
    HoldSubject.objects.bulk_create([HoldSubject(hold=hold, subject_id=3, number=number, owner_id=ben.pk) for number in (7, 9)])
    journal_holds(now=NOON)
    restore()
    assert hold_again(now=NOON) == 1
    assert set(list_held(code="MESSAGE_BODY", now=NOON).lines) == {(3, 7), (3, 9)}


def test_a_key_that_was_destroyed_does_not_come_back_for_a_hold(ben: User, lea: StaffProfile) -> None:
    freeze(lea, ben.pk)
    journal_holds(now=NOON)
    restore()
    DataKey.objects.using("keys").filter(scope=f"user:{ben.pk}").delete()
    sealing.forget_keys()
    hold_again(now=NOON)
    assert not sealing.has_key(f"user:{ben.pk}")


def test_somebody_of_the_desk_stands_for_whom_the_backup_does_not_know(ben: User, lea: StaffProfile) -> None:
    freeze(lea, ben.pk)
    journal_holds(now=NOON)
    restore()
    StaffProfile.objects.filter(pk=lea.pk).update(handle="Other", roles="")
    with pytest.raises(NobodyHolds):
        hold_again(now=NOON)
    assert LegalHold.objects.count() == 0
    other = make_staff_member("Modo2", StaffRole.LEGAL_DESK)
    assert hold_again(now=NOON) == 1
    assert LegalHold.objects.get().placed_by == other
    assert AuditEntry.objects.get(action="hold.restore").handle == other.handle


def test_a_forged_hold_is_refused(ben: User, lea: StaffProfile) -> None:
    freeze(lea, ben.pk)
    journal_holds(now=NOON)
    Tombstone.objects.using("keys").filter(journal="holds").update(body='{"sealed":""}')
    restore()
    with pytest.raises(TombstoneForged):
        hold_again(now=NOON)
