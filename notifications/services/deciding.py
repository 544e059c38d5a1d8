"""Whether a notice leaves by a road now, later or never: one pure function over what was read before. Nothing else decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifications.enums import Level, Quiet, Road

# How long a notice about a room waits first: who reads it meanwhile in the pages needs no second telling.
WAITS = {Road.PUSH: timedelta(seconds=5), Road.MAIL: timedelta(minutes=5)}
# What waits no longer than this is handed out by the outbox itself, to the second; the rest by a job that looks every half minute.
SOON = timedelta(minutes=1)
# Between two departures of one group while nothing of it is read: after the first, after the second, after every later one.
GAPS = (timedelta(seconds=60), timedelta(minutes=5), timedelta(minutes=15))
PUSHES_AN_HOUR = 30
_CAP_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Matter:
    """A notice on its way, and all that the decision asks.

    `told_at` is when the newest notice of its group was told. `left` and `left_at`: how often notices of the group have left by this road
    while none of them was read, and when the last did. `pushed` counts the person's pushes of the last hour, without those that nothing
    may hold up. `quiet_until` is the end of the quiet hours in which `now` lies, if it does.
    """

    road: Road
    level: Level
    quiet: Quiet
    owed: bool
    of_subject: bool
    told_at: datetime
    now: datetime
    barred: bool = False
    told_to_barred: bool = False
    gone: bool = False
    read: bool = False
    hushed: bool = False
    watched: bool = False
    quiet_until: datetime | None = None
    left: int = 0
    left_at: datetime | None = None
    pushed: int = 0


@dataclass(frozen=True, slots=True)
class Leave:
    """It leaves now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """It is asked about again then; `reason` is a code."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Drop:
    """It does not leave by this road; `reason` is a code."""

    reason: str


Decision = Leave | Wait | Drop


def decide(matter: Matter) -> Decision:
    """Whether a notice leaves: first what forbids it for good, then what holds it up, the longest pause first."""
    reason = _why_never(matter)
    if reason:
        return Drop(reason)
    if matter.owed and (matter.road == Road.MAIL or matter.quiet == Quiet.IGNORED):
        return Leave()
    return _hold_up(matter) or Leave()


def _why_never(matter: Matter) -> str:
    reasons = (
        (matter.barred and not matter.told_to_barred, "SUSPENDED"),
        (matter.gone, "GONE"),
        (matter.level == Level.OFF and not _must_leave(matter), "OFF"),
        (matter.level == Level.DIGEST and not _must_leave(matter), "DIGEST"),
        (matter.read and not matter.owed, "READ"),
        (matter.hushed, "HUSHED"),
        (matter.watched and not matter.owed, "SEEN"),
        (matter.quiet_until is not None and matter.quiet == Quiet.DROPPED, "QUIET"),
    )
    return next((reason for applies, reason in reasons if applies), "")


def _must_leave(matter: Matter) -> bool:
    """What the law owes goes by mail, whatever somebody chose; to devices it goes as they wish."""
    return matter.owed and matter.road == Road.MAIL


def _hold_up(matter: Matter) -> Wait | None:
    if matter.quiet_until is not None and matter.quiet == Quiet.HELD:
        return Wait(matter.quiet_until, "QUIET")
    pauses = [_first_wait(matter), _gap(matter), _cap(matter)]
    waiting = [wait for wait in pauses if wait is not None and matter.now < wait.until]
    return max(waiting, key=lambda wait: wait.until, default=None)


def _first_wait(matter: Matter) -> Wait | None:
    return Wait(matter.told_at + WAITS[matter.road], "LOOKING") if matter.of_subject else None


def _gap(matter: Matter) -> Wait | None:
    if not matter.of_subject or matter.left_at is None or matter.left == 0:
        return None
    return Wait(matter.left_at + gap_after(matter.left), "GROUP")


def _cap(matter: Matter) -> Wait | None:
    if matter.road != Road.PUSH or matter.quiet == Quiet.IGNORED or matter.pushed < PUSHES_AN_HOUR:
        return None
    return Wait(matter.now + _CAP_PAUSE, "CAP")


def gap_after(left: int) -> timedelta:
    """The least time to the next departure of a group after `left` of them, nothing of it being read."""
    return GAPS[min(left, len(GAPS)) - 1]
