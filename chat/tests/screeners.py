"""A screener whose answers a test reads off the text: `[hold]`, `[nudge]`, `[refuse]`, `[shadow]`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from core import screening
from core.screening import ALLOWED, Actor, Context, Hit, Outcome, Verdict

WHY = "Ceci est une règle d’essai."
HIT = Hit(rule_id=7, version=2, start=0, end=6)
SHADOW = Hit(rule_id=8, version=1, start=0, end=8, shadow=True)


@dataclass
class Marker:
    """Keeps what it was asked, so that a test sees that every text was shown to it once."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)

    def screen(self, kind: str, text: str, actor: Actor, context: Context) -> Verdict:
        if kind != "PSEUDONYM":  # every person of a test has one
            self.asked.append((kind, text))
            self.actors.append(actor)
            self.contexts.append(context)
        if "[shadow]" in text:
            return Verdict(Outcome.ALLOW, hits=(SHADOW,))
        for outcome in (Outcome.REFUSE, Outcome.HOLD, Outcome.NUDGE):
            if f"[{outcome.lower()}]" in text:
                return Verdict(outcome, "TEST", WHY, (HIT,), 0.5)
        return ALLOWED


@contextmanager
def marking() -> Iterator[Marker]:
    """Let a `Marker` answer for the length of a test."""
    before, marker = screening.get_filling(), Marker()
    screening.fill(marker)
    yield marker
    screening.empty()
    if before is not None:
        screening.fill(before)
