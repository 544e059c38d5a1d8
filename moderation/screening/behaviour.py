"""What people do, beside what they say: new accounts in many places at once, one text everywhere, several people who complain.

It is counted in the memory of the process, an hour back at most, as fingerprints and never as texts. With several processes each counts
what passes through it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta

from moderation.screening.simhash import are_near, simhash

HOUR = 3600.0
_MOST_PEOPLE = 50_000
_MOST_TEXTS = 60  # of one person in an hour that are remembered
_NEW = timedelta(days=1)
_YOUNG = timedelta(days=7)
REMEMBERED_FOR = timedelta(days=30)  # older accounts are not counted: it is new ones that are made for this


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sign weighs and from which sum on a text is held. 0 for a limit: never."""

    new_account: float = 0.0  # younger than a day
    young_account: float = 0.0  # younger than a week
    many_places: float = 0.0  # a new account that writes to more places an hour than `places_limit`
    places_limit: float = 10
    same_text: float = 0.0  # nearly the same text to `same_text_limit` places within an hour
    same_text_limit: float = 5
    reporter: float = 0.0  # each distinct person who reported them within a day
    reporters_cap: float = 3
    banned_device: float = 0.0  # a device that a banned account had used
    hold_at: float = 0.0
    flood_at: float = 0.0  # places within an hour with nearly the same text from which on it is refused

    @staticmethod
    def names() -> frozenset[str]:
        return frozenset(one.name for one in fields(Weights))


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What the tables know of people, read from time to time: whom how many others reported, and who came on a banned device."""

    reporters: Mapping[int, int] = field(default_factory=dict)
    on_banned_device: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Conduct:
    """What somebody did within the hour, this text included."""

    places: int = 1
    same_text_places: int = 1


@dataclass(slots=True)
class _Deed:
    at: float
    place: int
    fingerprint: int | None


class Memory:
    """The last hour of young accounts."""

    def __init__(self) -> None:
        self._people: OrderedDict[int, deque[_Deed]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, *, user_id: int, place: int, text: str, at: float) -> Conduct:
        """Count one text (in the words view) that somebody writes now (`at`: seconds of a clock that never goes back)."""
        deed = _Deed(at, place, simhash(text))
        with self._lock:
            deeds = self._people.pop(user_id, None) or deque(maxlen=_MOST_TEXTS)
            self._people[user_id] = deeds
            if len(self._people) > _MOST_PEOPLE:
                self._people.popitem(last=False)
            while deeds and deeds[0].at <= at - HOUR:
                deeds.popleft()
            deeds.append(deed)
            return _conduct(list(deeds), deed)

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._people.clear()


def _conduct(deeds: list[_Deed], last: _Deed) -> Conduct:
    same = {last.place}
    if last.fingerprint is not None:
        same |= {one.place for one in deeds if one.fingerprint is not None and are_near(one.fingerprint, last.fingerprint)}
    return Conduct(places=len({one.place for one in deeds}), same_text_places=len(same))


def weigh(weights: Weights, *, age: timedelta, conduct: Conduct, reporters: int, on_banned_device: bool) -> float:
    """The sum of the signs."""
    total = 0.0
    if age < _NEW:
        total += weights.new_account
    if age < _YOUNG:
        total += weights.young_account
        if conduct.places > weights.places_limit:
            total += weights.many_places
    if conduct.same_text_places >= weights.same_text_limit:
        total += weights.same_text
    total += weights.reporter * min(reporters, weights.reporters_cap)
    return total + (weights.banned_device if on_banned_device else 0.0)
