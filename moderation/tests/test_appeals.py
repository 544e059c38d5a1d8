"""Appeals: within six months, once for each side, by another person; overturned means put back at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from accounts.enums import SuspensionKind
from accounts.models import Profile, User
from accounts.queries import list_active_suspensions
from accounts.queries.people import find_person
from accounts.services.suspension import lift, suspend
from accounts.tests.factories import NOON
from chat.access import get_seat
from chat.queries.messages import find_message
from chat.tests.factories import join, make_group, say
from core.models import AuditEntry
from moderation.enums import Action, AppealState, AppellantKind, CaseState, ReportState, StaffRole, TargetKind
from moderation.models import Appeal, Case, Decision, Report, StaffProfile
from moderation.services.appeals import (
    CLOCK,
    AlreadyAppealed,
    AlreadyDecided,
    AppealEmpty,
    AppealTooLate,
    AppealTooLong,
    NotYoursToAppeal,
    NotYoursToReview,
    decide_appeal,
    file_appeal,
    reverse_decision,
)
from moderation.services.decisions import DecidedBefore
from moderation.services.receipts import Contact
from moderation.tests.factories import make_staff_member
from moderation.tests.reporting import INSULT, case_of, decide, insult, report
from notifications.queries import list_notices

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
LATER = NOON + timedelta(hours=1)


def body_of(reader: User, room: Room, ref: str) -> str:
    seat = get_seat(user=reader, public_id=room.public_id, now=LATER)
    found = find_message(room=seat.room, membership=seat.membership, seq=int(ref.partition(":")[2]), hidden=set(), now=LATER)
    assert found is not None
    return found.body


def against(decision: Decision, ben: User, text: str = "C’était une citation.") -> Appeal:
    return file_appeal(decision=decision, side=AppellantKind.RESTRICTED, appellant=ben, text=text, now=LATER)


def answer(appeal: Appeal, by: StaffProfile, *, overturn: bool) -> Appeal:
    return decide_appeal(appeal=appeal, by=by, overturn=overturn, answer="Relu en entier.", now=LATER)


def test_overturned_brings_the_message_back_at_once(amina: User, ben: User, room: Room, mod: StaffProfile, sena: StaffProfile) -> None:
    ref = insult(ben, room)
    decision = decide(case_of(report(amina, ref)), mod)
    assert body_of(amina, room, ref) == ""
    appeal = against(decision, ben)
    assert (appeal.state, appeal.due_at) == (AppealState.PENDING, LATER + CLOCK)
    done = answer(appeal, sena, overturn=True)
    assert (done.state, done.reviewer, done.decided_at, done.answer) == (AppealState.OVERTURNED, sena, LATER, "Relu en entier.")
    assert body_of(amina, room, ref) == INSULT
    decision.refresh_from_db()
    assert decision.reversed_at == LATER
    assert [line.kind for line in list_notices(user=ben).lines] == ["APPEAL_ANSWERED", "DECISION"]
    deeds = list(AuditEntry.objects.filter(action__startswith="appeal").order_by("seq").values_list("action", "handle"))
    assert deeds == [("appeal.file", ""), ("appeal.decide", sena.handle)]


def test_upheld_leaves_everything_as_it_is(amina: User, ben: User, room: Room, mod: StaffProfile, sena: StaffProfile) -> None:
    ref = insult(ben, room)
    decision = decide(case_of(report(amina, ref)), mod)
    assert answer(against(decision, ben), sena, overturn=False).state == AppealState.UPHELD
    assert body_of(amina, room, ref) == ""
    decision.refresh_from_db()
    assert decision.reversed_at is None


def test_an_account_a_seat_and_a_room_are_given_back(amina: User, ben: User, room: Room, mod: StaffProfile, sena: StaffProfile) -> None:
    group = make_group(ben)
    join(amina, group)
    decisions = [
        decide(case_of(report(amina, insult(ben, room))), mod, Action.SUSPEND_ACCOUNT, ends_at=NOON + WEEK),
        decide(case_of(report(amina, group.public_id, TargetKind.ROOM)), mod, Action.CLOSE_ROOM),
    ]
    for decision in decisions:
        answer(against(decision, ben), sena, overturn=True)
    assert list_active_suspensions(user=ben) == []
    ben.refresh_from_db()
    assert get_seat(user=ben, public_id=group.public_id, now=LATER).membership.role == "OWNER"
    banned = decide(case_of(report(amina, insult(ben, room))), mod, Action.BAN_FROM_ROOM)
    answer(against(banned, ben), sena, overturn=True)
    assert get_seat(user=ben, public_id=room.public_id, now=LATER)
    mute = decide(case_of(report(amina, insult(ben, room))), mod, Action.MUTE_IN_ROOM, ends_at=NOON + WEEK)
    answer(against(mute, ben), sena, overturn=True)
    say(ben, room, now=LATER)


def test_a_measure_of_another_decision_is_not_lifted_along(
    amina: User, ben: User, room: Room, mod: StaffProfile, sena: StaffProfile
) -> None:
    first = decide(case_of(report(amina, insult(ben, room))), mod, Action.SUSPEND_ACCOUNT, ends_at=NOON + WEEK)
    lift(user=ben, kind=SuspensionKind.SUSPENDED, reason="erreur", now=NOON)
    suspend(user=ben, kind=SuspensionKind.SUSPENDED, decision_ref="D-other", reason="autre", now=NOON)
    answer(against(first, ben), sena, overturn=True)
    assert [measure.decision_ref for measure in list_active_suspensions(user=ben)] == ["D-other"]


def test_the_same_person_never_reviews_what_they_decided(amina: User, ben: User, room: Room) -> None:
    both = make_staff_member("Modo1", StaffRole.MODERATOR, StaffRole.APPEALS)
    appeal = against(decide(case_of(report(amina, insult(ben, room))), both), ben)
    with pytest.raises(NotYoursToReview):
        answer(appeal, both, overturn=False)


def test_nobody_reviews_their_own_matter_or_without_the_role(amina: User, room: Room, mod: StaffProfile, abel: StaffProfile) -> None:
    judge = make_staff_member("Modo4", StaffRole.APPEALS)
    join(judge.user, room)
    restricted = decide(case_of(report(amina, insult(judge.user, room))), mod)
    with pytest.raises(NotYoursToReview):
        answer(against(restricted, judge.user), judge, overturn=True)
    reported = decide(case_of(report(judge.user, insult(amina, room))), mod)
    with pytest.raises(NotYoursToReview):
        answer(against(reported, amina), judge, overturn=False)
    with pytest.raises(NotYoursToReview):
        answer(
            against(decide(case_of(report(abel.user, amina.public_id, TargetKind.ACCOUNT)), mod, Action.WARN), amina), abel, overturn=True
        )
    assert not Appeal.objects.exclude(state=AppealState.PENDING).exists()


def test_an_appeal_is_answered_once(amina: User, ben: User, room: Room, mod: StaffProfile, sena: StaffProfile) -> None:
    appeal = against(decide(case_of(report(amina, insult(ben, room))), mod), ben)
    answer(appeal, sena, overturn=False)
    with pytest.raises(AlreadyDecided):
        answer(appeal, sena, overturn=True)


def test_an_appeal_is_filed_once_and_by_whom_it_concerns(amina: User, ben: User, carol: User, room: Room, mod: StaffProfile) -> None:
    filed = report(amina, insult(ben, room))
    decision = decide(case_of(filed), mod)
    first = against(decision, ben)
    with pytest.raises(AlreadyAppealed) as again:
        against(decision, ben)
    assert again.value.appeal == first
    for stranger in (carol, amina):
        with pytest.raises(NotYoursToAppeal):
            against(decision, stranger)
    with pytest.raises(NotYoursToAppeal):
        file_appeal(decision=decision, side=AppellantKind.REPORTER, appellant=amina, report=filed.report, text="Non", now=LATER)


def test_words_are_asked_for_and_six_months_are_six_months(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    decision = decide(case_of(report(amina, insult(ben, room))), mod)
    with pytest.raises(AppealEmpty):
        against(decision, ben, " \u200b ")
    with pytest.raises(AppealTooLong):
        against(decision, ben, "x" * 4001)
    end = NOON + timedelta(days=183)
    with pytest.raises(AppealTooLate):
        file_appeal(decision=decision, side=AppellantKind.RESTRICTED, appellant=ben, text="Trop tard", now=end)
    in_time = end - timedelta(seconds=1)
    assert file_appeal(decision=decision, side=AppellantKind.RESTRICTED, appellant=ben, text="À temps", now=in_time).created_at == in_time


def test_a_reporter_who_wins_opens_the_case_again_for_somebody_else(
    amina: User, ben: User, room: Room, mod: StaffProfile, abel: StaffProfile, sena: StaffProfile
) -> None:
    ref = insult(ben, room)
    filed = report(amina, ref)
    decision = decide(case_of(filed), mod, Action.NO_ACTION)
    told = Report.objects.get(pk=filed.report.pk)
    appeal = file_appeal(decision=decision, side=AppellantKind.REPORTER, appellant=amina, report=told, text="Relisez", now=LATER)
    answer(appeal, sena, overturn=True)
    case = case_of(filed)
    assert (case.state, case.is_open, case.due_at) == (CaseState.OPEN, True, LATER + timedelta(hours=4))
    assert Report.objects.get(pk=filed.report.pk).state == ReportState.JOINED
    with pytest.raises(DecidedBefore):
        decide(case, mod, now=LATER)
    Case.objects.filter(pk=case.pk).update(state=CaseState.OPEN, claimed_by=None)
    decide(case, abel, now=LATER)
    assert body_of(amina, room, ref) == ""


def test_a_case_that_opens_again_joins_the_one_that_is_open(amina: User, ben: User, mod: StaffProfile, sena: StaffProfile) -> None:
    filed = report(amina, ben.public_id, TargetKind.ACCOUNT)
    decision = decide(case_of(filed), mod, Action.NO_ACTION)
    second = report(amina, ben.public_id, TargetKind.ACCOUNT, now=NOON + timedelta(days=1))
    told = Report.objects.get(pk=filed.report.pk)
    appeal = file_appeal(decision=decision, side=AppellantKind.REPORTER, appellant=amina, report=told, text="Relisez", now=LATER)
    answer(appeal, sena, overturn=True)
    assert Report.objects.get(pk=filed.report.pk).case == case_of(second)
    assert Case.objects.filter(open_key__isnull=False).count() == 1


def test_a_notifier_without_account_appeals_by_their_receipt_and_no_other(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    ref = insult(ben, room)
    notice, mine = report(None, ref, contact=Contact("Hanta", "hanta@example.org")), report(amina, ref)
    decision = decide(case_of(notice), mod, Action.NO_ACTION)
    told, hers = Report.objects.get(pk=notice.report.pk), Report.objects.get(pk=mine.report.pk)
    with pytest.raises(NotYoursToAppeal):
        file_appeal(decision=decision, side=AppellantKind.REPORTER, appellant=None, report=hers, text="Non", now=LATER)
    with pytest.raises(NotYoursToAppeal):
        file_appeal(decision=decision, side=AppellantKind.REPORTER, appellant=amina, report=told, text="Non", now=LATER)
    by_link = file_appeal(decision=decision, side=AppellantKind.REPORTER, report=told, text="Relisez", now=LATER)
    by_account = file_appeal(decision=decision, side=AppellantKind.REPORTER, appellant=amina, report=hers, text="Relisez", now=LATER)
    assert by_link.pk != by_account.pk


def test_taking_a_decision_back_twice_changes_nothing(amina: User, ben: User, room: Room, mod: StaffProfile, sena: StaffProfile) -> None:
    decision = decide(case_of(report(amina, insult(ben, room))), mod)
    answer(against(decision, ben), sena, overturn=True)
    before = AuditEntry.objects.count()
    decision.refresh_from_db()
    reverse_decision(decision=decision, by=sena, now=LATER)
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("first_reversed", [0, 1])
def test_content_stays_away_as_long_as_one_decision_over_it_stands(
    amina: User, ben: User, mod: StaffProfile, abel: StaffProfile, sena: StaffProfile, first_reversed: int
) -> None:
    Profile.objects.filter(user=ben).update(bio=INSULT)

    def bio() -> str:
        page = find_person(viewer=amina, public_id=ben.public_id, now=LATER)
        assert page is not None
        return page.bio

    assert bio() == INSULT
    next_day = NOON + timedelta(days=1)
    decisions = [
        decide(case_of(report(amina, ben.public_id, TargetKind.PROFILE)), mod),
        decide(case_of(report(amina, ben.public_id, TargetKind.PROFILE, now=next_day)), abel, now=next_day),
    ]
    appeals = [against(Decision.objects.get(pk=decision.pk), ben) for decision in decisions]
    answer(appeals[first_reversed], sena, overturn=True)
    assert bio() == "", "the other decision stands"
    answer(appeals[1 - first_reversed], sena, overturn=True)
    assert bio() == INSULT
