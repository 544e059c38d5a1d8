"""What a decision may do: over which targets, until when, and which field of the statement of reasons says so (design, section 5).

An action against a person takes effect on their seat in the room or on their account, and takes the reported content away as well: nobody
is suspended for words that stay. Labels, age limits and the measures over shops and money come with what obeys them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from moderation.enums import Action, Severity, TargetKind

_CONTENT = frozenset({TargetKind.MESSAGE, TargetKind.ATTACHMENT, TargetKind.PROFILE, TargetKind.HELD_MESSAGE})
_IN_ROOM = frozenset({TargetKind.MESSAGE, TargetKind.ATTACHMENT, TargetKind.HELD_MESSAGE})
_ROOM = frozenset({TargetKind.ROOM})
_ALL = frozenset(TargetKind)
REMOVED = "DECISION_VISIBILITY_CONTENT_REMOVED"


class Aim(StrEnum):
    """What an action changes beside the reported content."""

    NOTHING = "NOTHING"
    CONTENT = "CONTENT"
    ROOM = "ROOM"
    SEAT = "SEAT"
    ACCOUNT = "ACCOUNT"


class End(StrEnum):
    """Whether a measure has a last day."""

    NEVER = "NEVER"
    MAY = "MAY"
    MUST = "MUST"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action. `longest`: how far away its end may lie. `strike`: it counts for the ladder.

    `visibility`, `provision` and `account` are values of the statement; `without_end` takes the place of the last of them that is set when
    the measure has no end. `visibility_other` is the text that DECISION_VISIBILITY_OTHER asks for.
    """

    targets: frozenset[TargetKind]
    aim: Aim
    end: End = End.NEVER
    longest: timedelta = timedelta(days=365)
    visibility: str = ""
    visibility_other: str = ""
    provision: str = ""
    account: str = ""
    without_end: str = ""
    strike: bool = True

    @property
    def restricts(self) -> bool:
        """Whether it is a restriction of which the person gets a statement of reasons (DSA art. 17)."""
        return bool(self.visibility or self.provision or self.account)

    def takes_content(self, target: TargetKind) -> bool:
        """Whether the reported content is taken away by it."""
        return target in _CONTENT and self.aim in (Aim.CONTENT, Aim.SEAT, Aim.ACCOUNT)


_OTHER = "DECISION_VISIBILITY_OTHER"
_SUSPENSION = "DECISION_PROVISION_PARTIAL_SUSPENSION"
_TERMINATION = "DECISION_PROVISION_PARTIAL_TERMINATION"
_MONTH = timedelta(days=31)

ACTIONS: dict[Action, ActionSpec] = {
    Action.NO_ACTION: ActionSpec(_ALL, Aim.NOTHING, strike=False),
    Action.WARN: ActionSpec(_ALL, Aim.NOTHING),
    Action.REMOVE: ActionSpec(_CONTENT, Aim.CONTENT, visibility=REMOVED),
    Action.DISABLE: ActionSpec(_CONTENT, Aim.CONTENT, visibility="DECISION_VISIBILITY_CONTENT_DISABLED"),
    Action.SLOW_ROOM: ActionSpec(
        _ROOM, Aim.ROOM, End.MUST, _MONTH, visibility=_OTHER, visibility_other="Slow mode: one message per person and minute in the room"
    ),
    Action.FREEZE_ROOM: ActionSpec(
        _ROOM, Aim.ROOM, End.MUST, _MONTH, visibility=_OTHER, visibility_other="Room frozen: it can be read, nobody can write"
    ),
    Action.CLOSE_ROOM: ActionSpec(_ROOM, Aim.ROOM, visibility=REMOVED),
    Action.MUTE_IN_ROOM: ActionSpec(_IN_ROOM, Aim.SEAT, End.MUST, provision=_SUSPENSION),
    Action.BAN_FROM_ROOM: ActionSpec(_IN_ROOM, Aim.SEAT, End.MAY, provision=_SUSPENSION, without_end=_TERMINATION),
    Action.RESTRICT_POSTING: ActionSpec(_ALL, Aim.ACCOUNT, End.MAY, provision=_SUSPENSION, without_end=_TERMINATION),
    Action.SUSPEND_REPORTING: ActionSpec(frozenset({TargetKind.ACCOUNT}), Aim.ACCOUNT, End.MUST, provision=_SUSPENSION),
    Action.SUSPEND_ACCOUNT: ActionSpec(_ALL, Aim.ACCOUNT, End.MUST, account="DECISION_ACCOUNT_SUSPENDED"),
    Action.TERMINATE_ACCOUNT: ActionSpec(_ALL, Aim.ACCOUNT, account="DECISION_ACCOUNT_TERMINATED"),
}


@dataclass(frozen=True, slots=True)
class StatementFields:
    """What a decision is in the words of the Transparency Database; empty: null there."""

    visibility: tuple[str, ...] = ()
    visibility_other: str = ""
    provision: str = ""
    account: str = ""


def statement_fields(*, action: Action, target: TargetKind, ends_at: datetime | None) -> StatementFields:
    """The decision_… fields of the statement of one decision; all empty for what is no restriction."""
    spec = ACTIONS[action]
    taken = spec.restricts and spec.aim is not Aim.CONTENT and spec.takes_content(target)
    visibility = tuple(word for word in (spec.visibility, REMOVED if taken else "") if word)
    provision = spec.without_end if spec.provision and spec.without_end and ends_at is None else spec.provision
    return StatementFields(visibility, spec.visibility_other, provision, spec.account)


def list_actions(target: TargetKind) -> list[Action]:
    """What may be decided over a target of this kind, the mildest first."""
    return [action for action, spec in ACTIONS.items() if target in spec.targets]


# Strikes of the last year -> the next step; `lasts` None: no end.
STRIKE_COUNTS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of the ladder."""

    action: Action
    lasts: timedelta | None = None


LADDER = (
    Step(Action.WARN),
    Step(Action.RESTRICT_POSTING, timedelta(hours=24)),
    Step(Action.SUSPEND_ACCOUNT, timedelta(days=7)),
    Step(Action.SUSPEND_ACCOUNT, timedelta(days=30)),
    Step(Action.TERMINATE_ACCOUNT),
)
# What is as grave as S0 and S1 may begin here.
_GRAVE_START = 2


def next_step(*, strikes: int, severity: Severity) -> Step:
    """What is proportionate next for somebody with this many strikes in force; a person decides whether it fits."""
    first = _GRAVE_START if severity <= Severity.S1 else 0
    return LADDER[min(max(strikes, first), len(LADDER) - 1)]
