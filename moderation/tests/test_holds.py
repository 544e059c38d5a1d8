"""Freezing: one person places, two lift, keys stay, and the desk hears before it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.tests.factories import NOON
from core import sealing
from core.models import AuditEntry, DataKey
from core.sealing import KeyFrozen
from moderation.courts.terms import HoldScope
from moderation.enums import ApprovalKind
from moderation.models import HoldEpoch, LegalHold, StaffProfile
from moderation.queries.holds import HoldSpan, is_held, list_held, list_holds
from moderation.services.approvals import NotApproved, NotYoursToApprove, approve, ask_approval
from moderation.services.holds import HoldInvalid, NotHeld, NotOnDesk, end_holds, lift_hold, place_hold, prolong_hold
from moderation.tests.courts import desk
from moderation.tests.factories import make_staff_member

pytestmark = pytest.mark.django_db
Notification = apps.get_model("notifications", "Notification")
DAY = timedelta(days=1)


def hold(by: StaffProfile, *users: User, days: int | None = None, codes: tuple[str, ...] = ()) -> LegalHold:
    until = None if days is None else NOON + days * DAY
    ids = [one.pk for one in users]
    return place_hold(scope=HoldScope.USER, subject_ids=ids, codes=codes, by=by, reason="réquisition 12", until_at=until, now=NOON)


def agree_to_lift(one: LegalHold, first: StaffProfile, second: StaffProfile) -> None:
    asked = ask_approval(kind=ApprovalKind.LIFT_HOLD, object_ref=one.public_id, by=first, reason="mainlevée", now=NOON)
    approve(approval=asked, by=second, reason="lue", now=NOON)


def held(user: User, *, code: str = "MESSAGE_BODY", after: timedelta = timedelta(0)) -> bool:
    return is_held(scope=HoldScope.USER, subject_id=user.pk, code=code, now=NOON + after)


def test_one_person_freezes_all_that_is_kept_of_somebody(lea: StaffProfile, ben: User, amina: User) -> None:
    made = hold(lea, ben)
    assert held(ben)
    assert held(ben, code="CONNECTION", after=9999 * DAY)
    assert not held(amina)
    assert not is_held(scope=HoldScope.ROOM, subject_id=ben.pk, code="MESSAGE_BODY", now=NOON)
    assert list_held(code="PROFILE", now=NOON).users == {ben.pk: HoldSpan(NOON, None)}
    entry = AuditEntry.objects.get(action="hold.place")
    assert (entry.object_ref, entry.handle, entry.reason) == (made.public_id, lea.handle, "réquisition 12")


def test_a_hold_begins_and_ends_to_the_second_and_may_name_codes(lea: StaffProfile, ben: User) -> None:
    hold(lea, ben, days=60, codes=("CONNECTION",))
    assert held(ben, code="CONNECTION")
    assert not held(ben, code="MESSAGE_BODY")
    assert not held(ben, code="CONNECTION", after=timedelta(seconds=-1))
    assert held(ben, code="CONNECTION", after=60 * DAY - timedelta(seconds=1))
    assert not held(ben, code="CONNECTION", after=60 * DAY)


def test_of_two_holds_the_longer_counts(lea: StaffProfile, ben: User) -> None:
    for days in (60, 90, 30):
        hold(lea, ben, days=days)
    assert list_held(code="X", now=NOON).users == {ben.pk: HoldSpan(NOON, NOON + 90 * DAY)}
    hold(lea, ben)
    hold(lea, ben, days=365)
    assert list_held(code="X", now=NOON).users == {ben.pk: HoldSpan(NOON, None)}
    assert [one.until_at for one in list_holds(now=NOON)][-1] is None


def test_spans_of_a_row_are_those_of_its_people_its_room_and_its_case(lea: StaffProfile, ben: User) -> None:
    hold(lea, ben)
    place_hold(scope=HoldScope.ROOM, subject_ids=[7], by=lea, reason="salon", now=NOON)
    place_hold(scope=HoldScope.CASE, subject_ids=[9], by=lea, reason="dossier", now=NOON)
    found = list_held(code="X", now=NOON)
    assert len(found.spans_of(user_id=ben.pk, room_id=7, case_id=9)) == 3
    assert found.spans_of(user_id=7, room_id=9, case_id=ben.pk) == []
    assert found.spans_of() == []


@pytest.mark.parametrize(("field", "reason", "ids", "days"), [("reason", " ", 1, 1), ("subject_ids", "x", 0, 1), ("until_at", "x", 1, 0)])
def test_a_hold_says_why_on_whom_and_until_when(lea: StaffProfile, field: str, reason: str, ids: int, days: int) -> None:
    with pytest.raises(HoldInvalid) as found:
        place_hold(scope=HoldScope.USER, subject_ids=range(ids), by=lea, reason=reason, until_at=NOON + days * DAY, now=NOON)
    assert found.value.field == field
    assert LegalHold.objects.count() == 0


def test_only_the_desk_freezes(ben: User) -> None:
    with pytest.raises(NotOnDesk):
        hold(make_staff_member("Modo8"), ben)


def test_two_lift_what_one_placed(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    made = hold(lea, ben)
    with pytest.raises(NotApproved):
        lift_hold(hold=made, by=lea, reason="fini", now=NOON)
    assert held(ben)
    agree_to_lift(made, lea, sam)
    with pytest.raises(NotApproved):
        lift_hold(hold=made, by=desk("Modo3"), reason="fini", now=NOON)
    lift_hold(hold=made, by=lea, reason="mainlevée du juge", now=NOON)
    assert not held(ben)
    made.refresh_from_db()
    assert made.lift_approval is not None
    assert AuditEntry.objects.get(action="hold.lift").reason == "mainlevée du juge"
    agree_to_lift(made, lea, sam)
    with pytest.raises(NotHeld):
        lift_hold(hold=made, by=lea, reason="encore", now=NOON)


def test_nobody_lifts_what_holds_themselves(lea: StaffProfile, sam: StaffProfile) -> None:
    made = hold(lea, sam.user)
    agree_to_lift(made, lea, sam)
    with pytest.raises(NotYoursToApprove):
        lift_hold(hold=made, by=lea, reason="fini", now=NOON)
    assert held(sam.user)


def test_the_table_itself_knows_no_lifting_alone(lea: StaffProfile, ben: User) -> None:
    made = hold(lea, ben)
    with pytest.raises(IntegrityError), transaction.atomic():
        LegalHold.objects.filter(pk=made.pk).update(lifted_at=NOON, lifted_by=lea)


def test_every_change_raises_the_epoch(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    made = hold(lea, ben)
    assert HoldEpoch.objects.get().number == 1
    agree_to_lift(made, lea, sam)
    lift_hold(hold=made, by=sam, reason="fini", now=NOON)
    assert HoldEpoch.objects.get().number == 2


# ---- Keys ---------------------------------------------------------------------------------------------------------------------


def test_the_key_of_somebody_held_cannot_be_destroyed(lea: StaffProfile, sam: StaffProfile, ben: User, amina: User) -> None:
    words = sealing.seal(ben.scope, b"mes mots", "a")
    sealing.seal(amina.scope, b"x", "a")
    made = hold(lea, ben)
    with pytest.raises(KeyFrozen):
        sealing.destroy_key(ben.scope)
    assert sealing.open_sealed(ben.scope, words, "a") == b"mes mots"
    sealing.destroy_key(amina.scope)
    assert not DataKey.objects.using("keys").filter(scope=amina.scope).exists()
    other = hold(lea, ben)
    agree_to_lift(made, lea, sam)
    lift_hold(hold=made, by=lea, reason="fini", now=NOON)
    with pytest.raises(KeyFrozen):  # the other hold still names him
        sealing.destroy_key(ben.scope)
    agree_to_lift(other, lea, sam)
    lift_hold(hold=other, by=lea, reason="fini", now=NOON)
    sealing.destroy_key(ben.scope)
    assert not DataKey.objects.using("keys").filter(scope=ben.scope).exists()


def test_a_hold_that_ends_by_itself_lets_the_key_go(lea: StaffProfile, ben: User) -> None:
    hold(lea, ben, days=60)
    assert end_holds(now=NOON + 60 * DAY - timedelta(seconds=1))["ended"] == 0
    with pytest.raises(KeyFrozen):
        sealing.destroy_key(ben.scope)
    assert end_holds(now=NOON + 60 * DAY) == {"told": 0, "ended": 1}
    assert end_holds(now=NOON + 61 * DAY) == {"told": 0, "ended": 0}
    sealing.destroy_key(ben.scope)


# ---- Told ---------------------------------------------------------------------------------------------------------------------


def test_the_desk_hears_seven_days_and_one_day_before_and_whom_it_is_about_hears_nothing(
    lea: StaffProfile, sam: StaffProfile, ben: User
) -> None:
    hold(lea, ben, days=60)
    told = [end_holds(now=NOON + at * DAY)["told"] for at in (52, 53, 53, 58, 59, 59)]
    assert told == [0, 2, 0, 0, 2, 0]
    assert set(Notification.objects.values_list("user_id", flat=True)) == {lea.user_id, sam.user_id}


def test_thirty_days_more(lea: StaffProfile, sam: StaffProfile, ben: User) -> None:
    made = hold(lea, ben, days=60)
    end_holds(now=NOON + 53 * DAY)
    with pytest.raises(HoldInvalid):
        prolong_hold(hold=made, by=lea, reason="", now=NOON + 53 * DAY)
    assert prolong_hold(hold=made, by=lea, reason="EPOC-PR, art. 11", now=NOON + 53 * DAY).until_at == NOON + 90 * DAY
    assert [end_holds(now=NOON + at * DAY)["told"] for at in (60, 83, 89)] == [0, 2, 2]
    with pytest.raises(NotHeld):
        prolong_hold(hold=made, by=lea, reason="trop tard", now=NOON + 90 * DAY)
