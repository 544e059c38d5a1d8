"""What each of our measures is in the words of the statement (art. 17(3)(a))."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.enums import Action

# The field of the payload that says until when, by the kind of restriction.
VISIBILITY, SERVICE, ACCOUNT = "end_date_visibility_restriction", "end_date_service_restriction", "end_date_account_restriction"
_SHOWN, _PROVIDED = "DECISION_VISIBILITY_CONTENT_", "DECISION_PROVISION_PARTIAL_"


@dataclass(frozen=True, slots=True)
class Restriction:
    """One measure: which of the four decisions it is, and the field of its end."""

    end_field: str
    visibility: str = ""
    visibility_other: str = ""
    provision: str = ""
    account: str = ""


_FIXED = {
    Action.REMOVE: Restriction(VISIBILITY, visibility=_SHOWN + "REMOVED"),
    Action.DISABLE: Restriction(VISIBILITY, visibility=_SHOWN + "DISABLED"),
    Action.LABEL: Restriction(VISIBILITY, visibility=_SHOWN + "LABELLED"),
    Action.AGE_RESTRICT: Restriction(VISIBILITY, visibility=_SHOWN + "AGE_RESTRICTED"),
    Action.CLOSE_ROOM: Restriction(VISIBILITY, visibility=_SHOWN + "REMOVED"),
    Action.SLOW_ROOM: Restriction(
        VISIBILITY,
        visibility="DECISION_VISIBILITY_OTHER",
        visibility_other="A minimum time between the messages of each person in the room",
    ),
    Action.FREEZE_ROOM: Restriction(
        VISIBILITY, visibility="DECISION_VISIBILITY_OTHER", visibility_other="The room can be read, and nobody can write in it"
    ),
    Action.SUSPEND_ACCOUNT: Restriction(ACCOUNT, account="DECISION_ACCOUNT_SUSPENDED"),
    Action.TERMINATE_ACCOUNT: Restriction(ACCOUNT, account="DECISION_ACCOUNT_TERMINATED"),
}
# Parts of the service: suspended until a day, or ended for good.
_PARTIAL = frozenset({Action.MUTE_IN_ROOM, Action.BAN_FROM_ROOM, Action.RESTRICT_POSTING, Action.SUSPEND_REPORTING})
UNRESTRICTED = frozenset({Action.NO_ACTION, Action.WARN})


def find_restriction(action: Action, *, ends: bool) -> Restriction | None:
    """What a measure is in the statement; None for those that restrict nobody. `ends`: whether a day is named on which it is over."""
    if action in _PARTIAL:
        return Restriction(SERVICE, provision=_PROVIDED + ("SUSPENSION" if ends else "TERMINATION"))
    return _FIXED.get(action)
