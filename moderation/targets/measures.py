"""Putting a decision in force, and taking it back: over the content, the room, the seat in it, or the account.

What is done is kept as plain values (`Decision.effect`), so that exactly that is undone and nothing that another decision did.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.queries import find_account, find_open_measure
from accounts.services import suspension
from chat.enums import RoomState
from chat.services import restrictions
from moderation.actions import ACTIONS, Aim
from moderation.enums import Action, TargetKind
from moderation.models import Case, Decision, StaffProfile
from moderation.targets import get_target
from moderation.targets.base import NothingToDo
from moderation.targets.held import HeldTarget

SLOW_SECONDS = 60

_ROOMS: dict[Action, dict[str, Any]] = {
    Action.SLOW_ROOM: {"slow_mode_s": SLOW_SECONDS},
    Action.FREEZE_ROOM: {"state": RoomState.FROZEN.value},
    Action.CLOSE_ROOM: {"state": RoomState.CLOSED.value},
}
_ACCOUNTS = {
    Action.RESTRICT_POSTING: SuspensionKind.POSTING_RESTRICTED,
    Action.SUSPEND_REPORTING: SuspensionKind.REPORTING_SUSPENDED,
    Action.SUSPEND_ACCOUNT: SuspensionKind.SUSPENDED,
    Action.TERMINATE_ACCOUNT: SuspensionKind.TERMINATED,
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A decision as it takes effect. `by` None: the house did it by itself."""

    action: Action
    decision_ref: str
    reason: str
    ends_at: datetime | None
    by: StaffProfile | None


def restrict(*, case: Case, measure: Measure, now: datetime) -> dict[str, Any]:
    """Put a measure in force at once; what `restore` needs to undo it. Content that is gone already is no obstacle.

    Raises:
        NothingToDo: there is nobody, no room or no seat to act on, or a measure of this kind is in force already.
    """
    spec = ACTIONS[measure.action]
    effect: dict[str, Any] = {}
    if spec.takes_content(TargetKind(case.target_kind)):
        effect["content"] = get_target(case.target_kind).take_away(ref=case.target_ref, now=now)
    if spec.aim is Aim.ROOM:
        effect["room"] = _change_room(case, _ROOMS[measure.action], now)
    elif spec.aim is Aim.SEAT:
        effect["seat"] = _take_seat(case, measure, now)
    elif spec.aim is Aim.ACCOUNT:
        effect["account"] = _bar(_subject(case), measure, now)
    return effect


def clear(*, case: Case, now: datetime) -> None:
    """Nothing is restricted: what waited for this decision goes its way."""
    if case.target_kind == TargetKind.HELD_MESSAGE:
        HeldTarget().let_in(ref=case.target_ref, now=now)


def restore(*, decision: Decision, reason: str, by: StaffProfile | None, now: datetime) -> None:
    """Undo what `restrict` did for a decision, as far as it stands: a measure that ended, was lifted or was followed by another is left as
    it is, and content that another standing decision would have taken away stays away for that one."""
    case, effect = decision.case, decision.effect
    taken = "content" in effect and not effect["content"].get("gone")  # what was gone already is another decision's, or its author's
    if taken and not _hand_on(decision):
        get_target(case.target_kind).put_back(ref=case.target_ref, effect=effect["content"], now=now)
    if "room" in effect:
        restrictions.set_room(room_public_id=case.target_ref, changes=effect["room"], expected=_ROOMS[Action(decision.action)], now=now)
    if "seat" in effect:
        _give_seat(effect["seat"], decision, now)
    if "account" in effect:
        _unbar(effect["account"], reason, by, now)


def _hand_on(decision: Decision) -> bool:
    """Whether another decision that stands found this content gone already: then it is that one which keeps it away from now on."""
    case = decision.case
    others = Decision.objects.filter(case__target_kind=case.target_kind, case__target_ref=case.target_ref, reversed_at__isnull=True)
    heir = next((one for one in others.exclude(pk=decision.pk) if one.effect.get("content", {}).get("gone")), None)
    if heir is None:
        return False
    heir.effect = heir.effect | {"content": decision.effect["content"]}
    heir.save(update_fields=["effect"])
    return True


def _subject(case: Case) -> User:
    found = find_account(user_id=case.subject_id) if case.subject_id is not None else None
    if found is None:
        raise NothingToDo(case.public_id)
    return found


def _change_room(case: Case, changes: dict[str, Any], now: datetime) -> dict[str, Any]:
    try:
        before = restrictions.set_room(room_public_id=case.target_ref, changes=changes, now=now)
    except restrictions.NothingToRestrict as error:
        raise NothingToDo(case.public_id) from error
    return before


def _take_seat(case: Case, measure: Measure, now: datetime) -> dict[str, Any]:
    room, user = get_target(case.target_kind).room_of(ref=case.target_ref, now=now), _subject(case)
    effect: dict[str, Any] = {"room": room, "user": user.pk}
    try:
        if measure.action == Action.MUTE_IN_ROOM and measure.ends_at is not None:
            until = restrictions.mute_member(room_public_id=room, user_id=user.pk, until=measure.ends_at)
            return effect | {"until": measure.ends_at.isoformat(), "before": until.isoformat() if until else ""}
        before = restrictions.ban_from_room(
            room_public_id=room, user_id=user.pk, reason=measure.decision_ref, until=measure.ends_at, now=now
        )
    except restrictions.NothingToRestrict as error:
        raise NothingToDo(case.public_id) from error
    return effect | {"before": asdict(before)}


def _give_seat(effect: dict[str, Any], decision: Decision, now: datetime) -> None:
    room, user_id, before = effect["room"], effect["user"], effect["before"]
    if "until" in effect:
        earlier = datetime.fromisoformat(before) if before else None
        until = datetime.fromisoformat(effect["until"])
        restrictions.unmute_member(room_public_id=room, user_id=user_id, until=until, before=earlier)
        return
    seat = restrictions.SeatBefore(**before)
    try:
        restrictions.unban_from_room(room_public_id=room, user_id=user_id, reason=decision.public_id, before=seat, now=now)
    except restrictions.NothingToRestrict:
        return  # the room is gone for good


def _bar(user: User, measure: Measure, now: datetime) -> dict[str, Any]:
    kind, by = _ACCOUNTS[measure.action], measure.by
    try:
        suspension.suspend(
            user=user,
            kind=kind,
            decision_ref=measure.decision_ref,
            reason=measure.reason,
            ends_at=measure.ends_at,
            by=by.user if by else None,
            handle=by.handle if by else "",
            role="staff" if by else "",
            now=now,
        )
    except suspension.AlreadySuspended as error:
        raise NothingToDo(kind) from error
    return {"user": user.pk, "kind": kind.value, "ref": measure.decision_ref}


def _unbar(effect: dict[str, Any], reason: str, by: StaffProfile | None, now: datetime) -> None:
    found = find_open_measure(user_id=effect["user"], kind=effect["kind"], decision_ref=effect["ref"])
    if found is None:
        return
    suspension.lift(
        user=found.user,
        kind=SuspensionKind(found.kind),
        reason=reason,
        by=by.user if by else None,
        handle=by.handle if by else "",
        role="staff" if by else "",
        now=now,
    )
