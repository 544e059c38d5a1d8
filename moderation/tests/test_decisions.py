"""Deciding: once, by whoever has the case in hand, never in one's own matter, with reasons, in force at once, and told to both sides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.queries import list_active_suspensions
from accounts.queries.people import find_person
from accounts.services.profiles import change_profile, details_of
from accounts.tests.factories import NOON, make_user
from chat.access import Banned, RoomGone, get_seat
from chat.queries.messages import find_message
from chat.services import messages
from chat.tests.factories import join, make_group, say
from core.audit import verify
from core.models import AuditEntry
from moderation.enums import Action, ApprovalKind, CaseState, Reason, ReportSource, ReportState, Severity, StaffRole, TargetKind
from moderation.models import Case, Decision, Report, StaffProfile, StatementOfReasons
from moderation.queries.people import count_strikes
from moderation.services.approvals import NotApproved, approve, ask_approval
from moderation.services.claims import CLAIM, CaseOver, ClaimLost
from moderation.services.overdue import end_due_measures
from moderation.services.statements import BadStatement
from moderation.tests.deciding import WEEK, kinds_in_force, told
from moderation.tests.factories import make_staff_member
from moderation.tests.reporting import INSULT, case_of, claim, decide, decide_claimed, insult, report
from notifications.queries import list_notices
from notifications.tests.factories import deliver_all

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db


def body_of(reader: User, room: Room, ref: str, *, now: datetime = NOON) -> str:
    """What somebody reads of a message."""
    seat = get_seat(user=reader, public_id=room.public_id, now=now)
    found = find_message(room=seat.room, membership=seat.membership, seq=int(ref.partition(":")[2]), hidden=set(), now=now)
    assert found is not None
    return found.body


def test_a_message_is_removed_with_reasons_and_both_sides_hear_of_it(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    ref = insult(ben, room)
    filed = report(amina, ref)
    decision = decide(case_of(filed), mod)
    case = case_of(filed)
    assert (case.state, case.open_key, case.decided_at, case.first_action_at) == (CaseState.DECIDED, None, NOON, NOON)
    assert (decision.subject, decision.moderator, decision.action) == (ben, mod, Action.REMOVE)
    assert body_of(amina, room, ref) == ""
    statement = StatementOfReasons.objects.get(decision=decision)
    assert statement.payload["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_REMOVED"]
    assert statement.payload["content_date"] == NOON.date().isoformat()
    deliver_all()
    assert (told(ben), told(amina)) == (["DECISION"], ["REPORT_ANSWERED"])
    ways = [list_notices(user=one).lines[0].path for one in (ben, amina)]
    assert ways == [f"/decisions/{decision.public_id}/", f"/reports/{filed.report.public_id}/"]
    fresh = Report.objects.get(pk=filed.report.pk)
    assert (fresh.state, fresh.outcome_at) == (ReportState.ANSWERED, NOON)
    entry = AuditEntry.objects.get(action="case.decide")
    assert (entry.handle, entry.object_ref) == (mod.handle, case.public_id)
    assert verify().holds


def test_nothing_of_the_account_of_who_decided_stands_in_the_chain(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    decide(case_of(report(amina, insult(ben, room))), mod, Action.SUSPEND_ACCOUNT, ends_at=NOON + WEEK)
    for entry in AuditEntry.objects.exclude(action="staff.enlist"):
        text = f"{entry.handle} {entry.reason} {entry.object_ref}"
        assert mod.user.username not in text
        assert "Modo1" not in text
        assert mod.user.public_id not in text


def test_no_action_restricts_nobody_and_is_told_to_reporters_alone(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    ref = insult(ben, room)
    decision = decide(case_of(report(amina, ref)), mod, Action.NO_ACTION, explanation="", facts="", ground_ref="")
    deliver_all()
    assert body_of(amina, room, ref) == INSULT
    assert (told(ben), told(amina)) == ([], ["REPORT_ANSWERED"])
    assert not StatementOfReasons.objects.filter(decision=decision).exists()


def test_what_a_machine_found_first_says_so(amina: User, ben: User, carol: User, room: Room, mod: StaffProfile) -> None:
    found, told_of = insult(ben, room), insult(ben, room)
    report(None, found, source=ReportSource.AUTOMATIC)
    report(amina, told_of)
    report(None, told_of, source=ReportSource.AUTOMATIC)
    decisions = [decide(Case.objects.get(target_ref=ref), mod) for ref in (found, told_of)]
    assert [one.automated_detection for one in decisions] == [True, False]
    assert [one.statement.payload["automated_detection"] for one in decisions] == ["Yes", "No"]


def test_every_reporter_of_a_case_is_answered(amina: User, ben: User, carol: User, room: Room, mod: StaffProfile) -> None:
    join(carol, room)
    ref = insult(ben, room)
    report(amina, ref)
    decide(case_of(report(carol, ref)), mod)
    deliver_all()
    assert told(amina) == told(carol) == ["REPORT_ANSWERED"]


def test_a_warning_is_told_and_restricts_nothing(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    ref = insult(ben, room)
    decide(case_of(report(amina, ref)), mod, Action.WARN)
    assert told(ben) == ["DECISION"]
    assert body_of(amina, room, ref) == INSULT
    assert count_strikes(user=ben, now=NOON + timedelta(days=1)) == 1


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        (Action.RESTRICT_POSTING, SuspensionKind.POSTING_RESTRICTED),
        (Action.SUSPEND_ACCOUNT, SuspensionKind.SUSPENDED),
    ],
)
def test_a_measure_against_an_account_takes_the_words_away_and_names_its_end(
    amina: User, ben: User, room: Room, mod: StaffProfile, action: Action, kind: SuspensionKind
) -> None:
    ref = insult(ben, room)
    decision = decide(case_of(report(amina, ref)), mod, action, ends_at=NOON + WEEK)
    (measure,) = list_active_suspensions(user=ben)
    assert (measure.kind, measure.ends_at, measure.decision_ref) == (kind, NOON + WEEK, decision.public_id)
    assert body_of(amina, room, ref) == ""
    assert "DECISION_VISIBILITY_CONTENT_REMOVED" in StatementOfReasons.objects.get(decision=decision).payload["decision_visibility"]


def test_a_barred_person_gets_the_letter_about_it(amina: User, ben: User, room: Room, mod: StaffProfile, mailoutbox: list[Any]) -> None:
    decide(case_of(report(amina, insult(ben, room))), mod, Action.SUSPEND_ACCOUNT, ends_at=NOON + WEEK)
    deliver_all()
    assert [mail.to for mail in mailoutbox if mail.subject == "Une décision vous concerne"] == [["ben@example.org"]]


def test_who_is_banned_from_a_room_has_no_seat_there(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    decide(case_of(report(amina, insult(ben, room))), mod, Action.BAN_FROM_ROOM, ends_at=NOON + WEEK)
    with pytest.raises(Banned):
        get_seat(user=ben, public_id=room.public_id, now=NOON)
    ben.refresh_from_db()
    assert not ben.barred


def test_who_is_mute_in_a_room_reads_on(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    decide(case_of(report(amina, insult(ben, room))), mod, Action.MUTE_IN_ROOM, ends_at=NOON + WEEK)
    with pytest.raises(messages.MutedHere):
        say(ben, room)
    assert get_seat(user=ben, public_id=room.public_id, now=NOON)


def test_a_profile_loses_its_words_until_its_owner_writes_others(amina: User, ben: User, mod: StaffProfile) -> None:
    def write(bio: str) -> None:
        fresh = User.objects.get(pk=ben.pk)
        details = details_of(fresh.profile)
        change_profile(user=fresh, pseudonym="Ben", details=details.__class__(**{**vars_of(details), "bio": bio}), place=None, now=NOON)

    def read() -> str:
        page = find_person(viewer=amina, public_id=ben.public_id, now=NOON)
        assert page is not None
        return page.bio

    write(INSULT)
    assert read() == INSULT
    decide(case_of(report(amina, ben.public_id, TargetKind.PROFILE)), mod)
    assert read() == ""
    write(f"{INSULT}.")
    assert read() == "", "changing a dot brings nothing back"
    write("")
    write("J’aime le foot.")
    assert read() == "J’aime le foot."


def vars_of(details: Any) -> dict[str, Any]:
    return {name: getattr(details, name) for name in details.__dataclass_fields__}


def test_rooms_are_slowed_frozen_and_closed_and_the_first_two_end(amina: User, ben: User, mod: StaffProfile, abel: StaffProfile) -> None:
    group = make_group(ben)
    join(amina, group)
    end = NOON + timedelta(hours=2)
    frozen = decide(case_of(report(amina, group.public_id, TargetKind.ROOM)), mod, Action.FREEZE_ROOM, ends_at=end)
    assert frozen.subject == ben
    with pytest.raises(messages.RoomFrozen):
        say(amina, group)
    assert end_due_measures(now=end - timedelta(seconds=1)) == 0
    assert end_due_measures(now=end) == 1
    assert end_due_measures(now=end) == 0
    say(amina, group)
    decide(case_of(report(amina, group.public_id, TargetKind.ROOM, now=NOON + timedelta(days=1))), abel, Action.CLOSE_ROOM)
    with pytest.raises(RoomGone):
        get_seat(user=amina, public_id=group.public_id, now=NOON)


def test_content_that_is_gone_is_no_obstacle_to_a_decision(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    ref = insult(ben, room)
    case = case_of(report(amina, ref))
    messages.delete_message(user=ben, room_public_id=room.public_id, seq=int(ref.partition(":")[2]), now=NOON)
    decision = decide(case, mod)
    assert decision.effect == {"content": {"gone": True}}


def test_only_a_live_claim_decides(amina: User, ben: User, room: Room, mod: StaffProfile, abel: StaffProfile) -> None:
    case = case_of(report(amina, insult(ben, room)))
    with pytest.raises(ClaimLost):
        decide_claimed(case, mod)
    claimed = claim(case, mod)
    with pytest.raises(ClaimLost):
        decide_claimed(claimed, abel)
    with pytest.raises(ClaimLost):
        decide_claimed(claimed, mod, now=NOON + CLAIM)
    decide_claimed(claimed, mod, now=NOON + CLAIM - timedelta(seconds=1))
    with pytest.raises(CaseOver):
        decide_claimed(claimed, mod)
    assert Decision.objects.count() == 1


def test_a_decision_on_an_older_sight_changes_nothing(amina: User, ben: User, carol: User, room: Room, mod: StaffProfile) -> None:
    join(carol, room)
    ref = insult(ben, room)
    claimed = claim(case_of(report(amina, ref, reason=Reason.SPAM)), mod)
    report(carol, ref, reason=Reason.THREAT)
    with pytest.raises(ClaimLost):
        decide_claimed(claimed, mod, Action.NO_ACTION)
    again = claim(claimed, mod)
    assert again.severity == Severity.S1
    decide_claimed(again, mod)


def test_nobody_judges_their_own_case(amina: User, room: Room, mod: StaffProfile) -> None:
    join(mod.user, room)
    about_mod = case_of(report(amina, insult(mod.user, room)))
    reported_by_mod = case_of(report(mod.user, insult(amina, room)))
    for case in (about_mod, reported_by_mod):
        Case.objects.filter(pk=case.pk).update(state=CaseState.CLAIMED, claimed_by=mod, claim_expires_at=NOON + CLAIM)
        with pytest.raises(CaseOver):
            decide_claimed(case, mod, Action.NO_ACTION)
    assert not Decision.objects.exists()


def test_who_has_no_role_at_the_desk_decides_nothing(amina: User, ben: User, room: Room) -> None:
    case = case_of(report(amina, insult(ben, room)))
    for number, role in enumerate((StaffRole.AUDITOR, StaffRole.LEGAL_DESK)):
        outside = make_staff_member(f"Modo{number + 4}", role)
        Case.objects.filter(pk=case.pk).update(state=CaseState.CLAIMED, claimed_by=outside, claim_expires_at=NOON + CLAIM)
        with pytest.raises(CaseOver):
            decide_claimed(case, outside)


def test_abuse_of_children_is_decided_in_that_role_alone(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    guardian = make_staff_member("Modo4", StaffRole.CHILD_SAFETY)
    case = case_of(report(amina, insult(ben, room), reason=Reason.CHILD_ABUSE_MATERIAL))
    Case.objects.filter(pk=case.pk).update(state=CaseState.CLAIMED, claimed_by=mod, claim_expires_at=NOON + CLAIM)
    with pytest.raises(CaseOver):
        decide_claimed(case, mod)
    Case.objects.filter(pk=case.pk).update(state=CaseState.OPEN, claimed_by=None)
    decide(case, guardian)


@pytest.mark.parametrize(
    ("action", "more", "field"),
    [
        (Action.CLOSE_ROOM, {}, "action"),
        (Action.FREEZE_ROOM, {}, "action"),
        (Action.SUSPEND_ACCOUNT, {}, "ends_at"),
        (Action.SUSPEND_ACCOUNT, {"ends_at": NOON}, "ends_at"),
        (Action.SUSPEND_ACCOUNT, {"ends_at": NOON + timedelta(days=366)}, "ends_at"),
        (Action.REMOVE, {"ends_at": NOON + WEEK}, "ends_at"),
        (Action.TERMINATE_ACCOUNT, {"ends_at": NOON + WEEK}, "ends_at"),
        (Action.REMOVE, {"explanation": " \u200b"}, "explanation"),
        (Action.WARN, {"facts": ""}, "facts"),
        (Action.REMOVE, {"ground_ref": ""}, "ground_ref"),
        (Action.NO_ACTION, {"explanation": "x" * 2001}, "explanation"),
        (Action.REMOVE, {"facts": "Appelez le 034 12 345 67."}, "facts"),
        (Action.REMOVE, {"facts": "Ben a insulté quelqu’un."}, "facts"),
    ],
)
def test_a_decision_with_a_fault_changes_nothing_and_says_where(
    amina: User, ben: User, room: Room, mod: StaffProfile, action: Action, more: dict[str, Any], field: str
) -> None:
    ref = insult(ben, room)
    claimed = claim(case_of(report(amina, ref)), mod)
    with pytest.raises(BadStatement) as bad:
        decide_claimed(claimed, mod, action, **more)
    assert set(bad.value.errors) == {field}
    assert str(bad.value.errors[field])
    assert not Decision.objects.exists()
    assert body_of(amina, room, ref) == INSULT
    assert Case.objects.get(pk=claimed.pk).state == CaseState.CLAIMED
    assert told(ben) == []


def test_a_measure_that_is_in_force_already_is_not_put_twice(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    first, second = insult(ben, room), insult(ben, room)
    cases = [case_of(report(amina, ref)) for ref in (first, second)]
    decide(cases[0], mod, Action.SUSPEND_ACCOUNT, ends_at=NOON + WEEK)
    with pytest.raises(BadStatement) as bad:
        decide(cases[1], mod, Action.SUSPEND_ACCOUNT, ends_at=NOON + WEEK)
    assert set(bad.value.errors) == {"action"}
    assert body_of(amina, room, second) == INSULT, "the whole decision went back"


def test_closing_an_old_account_takes_two(amina: User, room: Room, mod: StaffProfile, abel: StaffProfile) -> None:
    old = make_user("Rado", now=NOON - timedelta(days=31))
    join(old, room)
    case = claim(case_of(report(amina, insult(old, room))), mod)
    with pytest.raises(NotApproved):
        decide_claimed(case, mod, Action.TERMINATE_ACCOUNT)
    assert kinds_in_force(old) == []
    asked = ask_approval(kind=ApprovalKind.TERMINATE_OLD_ACCOUNT, object_ref=case.public_id, by=mod, reason="récidive", now=NOON)
    approve(approval=asked, by=abel, reason="vu", concerns=old, now=NOON)
    decide_claimed(case, mod, Action.TERMINATE_ACCOUNT)
    assert kinds_in_force(old) == [SuspensionKind.TERMINATED]


def test_a_young_account_is_closed_by_one(amina: User, ben: User, room: Room, mod: StaffProfile) -> None:
    decide(case_of(report(amina, insult(ben, room))), mod, Action.TERMINATE_ACCOUNT)
    assert kinds_in_force(ben) == [SuspensionKind.TERMINATED]
