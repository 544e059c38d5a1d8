"""All rules of the house, compiled once and never changed: a process looks into one of these, and swaps it for the next as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from core.screening import Actor, Context
from moderation.enums import RuleKind, RuleOutcome, RuleTopic
from moderation.screening.behaviour import Suspicion
from moderation.screening.language import find_language
from moderation.screening.normalize import Views, join_spelled, normalize
from moderation.screening.patterns import PatternSet
from moderation.screening.ruletext import Parsed, parse
from moderation.screening.terms import TermIndex

_HOST = r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}"
_MOST_HOSTS = 500  # more than a message of 4 000 signs can name
_WORDS_AROUND = 3  # that make quoted words a quotation


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a rule applies; what is empty does not limit it."""

    languages: frozenset[str] = frozenset()
    rooms: frozenset[int] = frozenset()
    age_gates: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    account_age_below: timedelta | None = None
    first_messages: bool = False

    def covers(self, kind: str, actor: Actor, context: Context) -> bool:
        """Whether a text is in scope, its language aside, which only costs where something was found."""
        young = self.account_age_below is None or (actor.account_age < self.account_age_below and not actor.trusted)
        return (
            young
            and (not self.rooms or context.room_id in self.rooms)
            and (not self.age_gates or not context.age_gate or context.age_gate in self.age_gates)
            and (not self.kinds or kind in self.kinds)
            and (not self.first_messages or context.first_messages)
        )


@dataclass(frozen=True, slots=True)
class RuleSource:
    """A version of a rule as it is compiled."""

    rule_id: int
    version: int
    kind: RuleKind
    text: str
    outcome: RuleOutcome
    topic: RuleTopic
    scope: Scope = Scope()
    weight: float = 0.0
    shadow: bool = False
    # The room whose owners wrote it: terms that are looked for there alone, and never in what its own moderation writes.
    room_id: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule found: the part [start, end) of the original text."""

    rule: RuleSource
    start: int
    end: int


@dataclass(slots=True)
class _Lines:
    """The lines of many rules, each with the number of its rule."""

    lines: list[str] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)

    def add(self, lines: Iterable[str], owner: int) -> None:
        for line in lines:
            self.lines.append(line)
            self.owners.append(owner)


class RuleSnapshot:
    """Rules ready to use.

    Raises (when made):
        BadRuleText: a rule that was stored by another release and cannot be read any more.
    """

    def __init__(self, rules: Sequence[RuleSource] = (), *, number: int = 0, suspicion: Suspicion | None = None) -> None:
        self.number = number
        self.suspicion = suspicion or Suspicion()
        self.rules = tuple(rules)
        self._parsed = [parse(rule.kind, rule.text) for rule in rules]
        self._owners: dict[int | None, list[int]] = defaultdict(list)
        for owner, rule in enumerate(rules):
            self._owners[rule.room_id].append(owner)
        self._terms = self._index(None)
        self._room_terms = {room_id: self._index(room_id) for room_id in {rule.room_id for rule in rules} if room_id is not None}
        self._words, self._digits, self._unless = _Lines(), _Lines(), _Lines()
        self._hosts: dict[str, list[int]] = defaultdict(list)
        for owner, one in enumerate(self._parsed):
            self._add(owner, one)
        self._word_set, self._digit_set = PatternSet(self._words.lines), PatternSet(self._digits.lines)
        self._unless_set, self._host_set = PatternSet(self._unless.lines), PatternSet([_HOST] if self._hosts else [], most=_MOST_HOSTS)
        self.behaviour = [(rule, one.weights) for rule, one in zip(self.rules, self._parsed, strict=True) if one.weights]

    def _index(self, room_id: int | None) -> TermIndex:
        """The terms of the house, or of one room, which cost the others nothing."""
        owned = [(owner, self._parsed[owner]) for owner in self._owners[room_id]]
        return TermIndex((term, owner) for owner, one in owned for term in one.terms)

    def _add(self, owner: int, parsed: Parsed) -> None:
        self._words.add(parsed.words, owner)
        self._digits.add(parsed.digits, owner)
        self._unless.add(parsed.unless, owner)
        for host in parsed.hosts:
            self._hosts[host].append(owner)

    def find(self, kind: str, text: str, actor: Actor, context: Context) -> tuple[Views, list[Match]]:
        """The views of a text, and what the rules find in it, in the order of the text."""
        views = normalize(text)
        raw = self._find_raw(views, context.room_id)
        if not raw:
            return views, []
        silenced = {self._unless.owners[number] for number, _start, _end in self._unless_set.find(views.words)}
        kept = [one for one in raw if one[0] not in silenced and self._counts(one, views, kind, actor, context)]
        found = [Match(self.rules[owner], *views.span(start, end)) for owner, start, end in kept]
        return views, sorted(found, key=lambda match: (match.start, match.end))

    def _find_raw(self, views: Views, room_id: int | None) -> list[tuple[int, int, int]]:
        found = self._terms.find(views)
        if room_id is not None and (of_room := self._room_terms.get(room_id)) is not None:
            found += of_room.find(views)
        found += self._find_words(views.words)
        found += [(self._digits.owners[number], start, end) for number, start, end in self._digit_set.find(views.digits)]
        return found + list(self._find_hosts(views))

    def _find_words(self, words: str) -> list[tuple[int, int, int]]:
        found = [(self._words.owners[number], start, end) for number, start, end in self._word_set.find(words)]
        if not found and (joined := join_spelled(words)) is not None:
            text, places = joined
            found = [(self._words.owners[number], places[start], places[end - 1] + 1) for number, start, end in self._word_set.find(text)]
        return found

    def _find_hosts(self, views: Views) -> Iterator[tuple[int, int, int]]:
        for _number, start, end in self._host_set.find(views.digits):
            labels = views.digits[start:end].split(".")
            for first in range(len(labels) - 1):
                for owner in self._hosts.get(".".join(labels[first:]), ()):
                    yield owner, start, end

    def _counts(self, raw: tuple[int, int, int], views: Views, kind: str, actor: Actor, context: Context) -> bool:
        owner, start, end = raw
        rule, scope = self.rules[owner], self.rules[owner].scope
        if not scope.covers(kind, actor, context) or (rule.room_id is not None and actor.trusted):
            return False
        if self._parsed[owner].skips_quotes and _is_quoted(views.words, start, end):
            return False
        return not scope.languages or _speaks(views.original, scope.languages, context.languages)


def _speaks(text: str, wanted: frozenset[str], place: tuple[str, ...]) -> bool:
    """Whether a text is in one of these languages; where that cannot be told, whether they are spoken in the place."""
    language = find_language(text)
    if language is None:
        return not place or not wanted.isdisjoint(place)
    return language in wanted


def _is_quoted(words: str, start: int, end: int) -> bool:
    """Whether a part stands in quotation marks, with words of the sender's own around them."""
    opening, closing = words.rfind('"', 0, start + 1), words.find('"', max(end - 1, start))
    if opening < 0 or closing < 0 or words.count('"', 0, start + 1) % 2 == 0:
        return False
    return len((words[:opening] + " " + words[closing + 1 :]).split()) >= _WORDS_AROUND
