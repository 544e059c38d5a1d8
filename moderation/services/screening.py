"""What fills `core.screening`: the rules of the house, and what people do, over each text before others read it.

Rules alone may ask the sender (NUDGE) or have a human look first (HOLD); nobody is ever punished here. REFUSE is for floods and for hosts
known to steal passwords.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from core.screening import ALLOWED, UNSCREENED, Actor, Context, Hit, Outcome, Verdict
from moderation.enums import RuleOutcome, RuleTopic
from moderation.screening.behaviour import REMEMBERED_FOR, Conduct, Memory, Weights, weigh
from moderation.screening.snapshot import Match, RuleSnapshot, RuleSource
from moderation.services.wording import explain

_OUTCOMES = {RuleOutcome.NUDGE: Outcome.NUDGE, RuleOutcome.HOLD: Outcome.HOLD, RuleOutcome.REFUSE: Outcome.REFUSE}
_SHIELDED = 0.5  # behind a shield half the weight holds
_PASSING = ("EDIT",)  # kinds that are judged, and are no deeds of their own

Found = tuple[Outcome, RuleTopic]


class RuleScreener:
    """Judges by one snapshot at a time. An empty one, which is what commands and tests begin with, lets everything through; None, before a
    web process could read its rules, refuses."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._snapshot: RuleSnapshot | None = RuleSnapshot()
        self._memory = Memory()

    @property
    def snapshot(self) -> RuleSnapshot | None:
        return self._snapshot

    def use(self, snapshot: RuleSnapshot | None) -> None:
        """Judge by these rules from the next text on."""
        self._snapshot = snapshot

    def forget(self) -> None:
        """No rules, and nobody has written anything (between tests)."""
        self._snapshot = RuleSnapshot()
        self._memory.forget()

    def screen(self, kind: str, text: str, actor: Actor, context: Context) -> Verdict:
        """The verdict on one text. No database, no waiting; tens of microseconds for most texts."""
        snapshot = self._snapshot
        if snapshot is None:
            return UNSCREENED
        if not snapshot.rules:
            return ALLOWED
        views, matches = snapshot.find(kind, text, actor, context)
        conduct = self._conduct(snapshot, kind, views.words, actor, context)
        found = [(_OUTCOMES[match.rule.outcome], match.rule.topic) for match in _acting(matches)]
        hits = [_hit(match.rule, match.start, match.end) for match in matches]
        score = 0.0
        for rule, weights in snapshot.behaviour:
            weight, outcome = _judge(weights, snapshot, actor, context, conduct, matches)
            score = max(score, weight)
            if outcome is not None:
                hits.append(_hit(rule, 0, len(text)))
                found += [] if rule.shadow else [outcome]
        return _verdict(found, tuple(hits), score, context)

    def _conduct(self, snapshot: RuleSnapshot, kind: str, words: str, actor: Actor, context: Context) -> Conduct:
        counted = snapshot.behaviour and not actor.trusted and actor.account_age < REMEMBERED_FOR
        if not counted or context.room_id is None or kind in _PASSING:
            return Conduct()
        return self._memory.note(user_id=actor.user_id, place=context.room_id, text=words, at=self._clock())


def _acting(matches: Sequence[Match]) -> list[Match]:
    return [match for match in matches if not match.rule.shadow and match.rule.outcome in _OUTCOMES]


def _hit(rule: RuleSource, start: int, end: int) -> Hit:
    return Hit(rule.rule_id, rule.version, start, end, rule.shadow)


def _judge(
    weights: Weights, snapshot: RuleSnapshot, actor: Actor, context: Context, conduct: Conduct, matches: Sequence[Match]
) -> tuple[float, Found | None]:
    """What signs in the text and the conduct of its writer weigh together, and what follows from that by itself."""
    counting = {
        match.rule.rule_id: match.rule.weight for match in matches if match.rule.outcome == RuleOutcome.SCORE and not match.rule.shadow
    }
    total = sum(counting.values())
    if actor.trusted:
        return total, None
    suspicion = snapshot.suspicion
    reporters, banned = suspicion.reporters.get(actor.user_id, 0), actor.user_id in suspicion.on_banned_device
    total += weigh(weights, age=actor.account_age, conduct=conduct, reporters=reporters, on_banned_device=banned)
    if weights.flood_at and conduct.same_text_places >= weights.flood_at:
        return total, (Outcome.REFUSE, RuleTopic.FLOOD)
    hold_at = weights.hold_at * (_SHIELDED if context.shield else 1.0)
    return total, (Outcome.HOLD, RuleTopic.BEHAVIOUR) if hold_at and total >= hold_at else None


def _verdict(found: Sequence[Found], hits: tuple[Hit, ...], score: float, context: Context) -> Verdict:
    standing = [one for one in found if not (context.nudged and one[0] is Outcome.NUDGE)]
    if not standing:
        return Verdict(Outcome.ALLOW, hits=hits, score=score) if hits or score else ALLOWED
    outcome, topic = max(standing, key=lambda one: one[0].rank)
    return Verdict(outcome, topic.value, explain(outcome, topic), hits, score)


screener = RuleScreener()
