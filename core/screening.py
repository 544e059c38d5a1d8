"""The one question that lower floors ask upward before text is shown to others: may it be?

A slot. `superapp` fills it at start with the rules of moderation; whoever shows people's words to others calls `screen`. As long as nobody
has filled it, and whenever what fills it fails, the answer is a refusal: text that nothing has looked at is not let through.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from core.outages import log_failure

logger = logging.getLogger("resaka.screening")


class Outcome(StrEnum):
    """What may become of a text, from the mildest to the strictest (`rank`)."""

    ALLOW = "ALLOW"
    NUDGE = "NUDGE"  # "this may hurt, send anyway?": asked once, whoever says yes sends
    HOLD = "HOLD"  # a human looks first, and the sender is told
    REFUSE = "REFUSE"

    @property
    def rank(self) -> int:
        return list(Outcome).index(self)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes. `trusted`: somebody whose texts no rule about new accounts concerns (staff, moderators of the place)."""

    user_id: int
    account_age: timedelta
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """Where it would be shown. `kind` and `age_gate` are the stored words of the place, `room_id` its number, None outside of rooms.

    `nudged`: the sender was asked already and said yes. `shield`: the place keeps strangers at a distance for now. `first_messages`: it is
    one of the first five that this person writes here.
    """

    kind: str = ""
    room_id: int | None = None
    age_gate: str = ""
    languages: tuple[str, ...] = ()
    nudged: bool = False
    shield: bool = False
    first_messages: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a version of a rule found something: the part [start, end) of the text as it was written. `shadow`: the version is on trial,
    its hits are counted and nothing follows from them."""

    rule_id: int
    version: int
    start: int
    end: int
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer. `code` is stable and empty for ALLOW, `explanation` is for the sender, in the language of whoever reads it.

    `score` is 0 where nothing was noticed and grows with what was; it orders what people look at, and decides nothing.
    """

    outcome: Outcome
    code: str = ""
    explanation: StrOrPromise = ""
    hits: tuple[Hit, ...] = ()
    score: float = 0.0


class Screener(Protocol):
    """What fills the slot. It computes alone: no database, no network, no waiting; many threads call it at once."""

    def screen(self, kind: str, text: str, actor: Actor, context: Context) -> Verdict: ...


ALLOWED = Verdict(Outcome.ALLOW)
UNSCREENED = Verdict(
    Outcome.REFUSE, "UNSCREENED", _("Les textes ne peuvent pas être vérifiés pour le moment. Gardez le vôtre et réessayez bientôt.")
)
_filled: list[Screener] = []


def fill(screener: Screener) -> None:
    """Let this one answer from now on, in this process."""
    _filled[:] = [screener]


def get_filling() -> Screener | None:
    """Who answers in this process."""
    return _filled[0] if _filled else None


def empty() -> None:
    """Let nobody answer any more: everything is refused (tests)."""
    _filled.clear()


def screen(kind: str, text: str, actor: Actor, context: Context) -> Verdict:
    """Judge one text of the sort `kind` ("MESSAGE", "EDIT", "TITLE", "PSEUDONYM" …). Never raises: what cannot be judged is refused."""
    if not _filled:
        return UNSCREENED
    try:
        return _filled[0].screen(kind, text, actor, context)
    except Exception as error:
        log_failure(logger, "a text could not be screened", error, kind=kind)
        return UNSCREENED


def strictest(verdicts: Sequence[Verdict]) -> Verdict:
    """Of several verdicts about parts of one thing (the question and the answers of a poll) the one that decides; ALLOW of none."""
    return max(verdicts, key=lambda verdict: verdict.outcome.rank, default=ALLOWED)
