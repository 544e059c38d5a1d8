"""What an operator remembers of a payment, and the book of all of them."""

from __future__ import annotations

import random
import secrets
import string
from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from billing.simulators.operators.clock import Clock
from billing.simulators.operators.knobs import Knobs

PROMPT_SECONDS = 120.0  # as long a prompt stays on a telephone
DOUBT_SECONDS = 600.0
_TOKEN_SECONDS = {"mvola": 3600, "orange": 7776000, "airtel": 180}
_DEAD_AFTER = 0.05


class State(StrEnum):
    """Where a payment stands at the operator."""

    WAITING = "WAITING"
    CONFIRMED = "CONFIRMED"  # Orange: the payer has pressed the button
    DOUBT = "DOUBT"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"


class Fate(StrEnum):
    """What the payer will do, drawn when the payment is made."""

    APPROVE = "APPROVE"
    REFUSE = "REFUSE"
    TIMEOUT = "TIMEOUT"
    DOUBT = "DOUBT"


OPEN = frozenset({State.WAITING, State.CONFIRMED, State.DOUBT})


@dataclass
class Deal:
    """A payment as the operator knows it. `payer` and `payee` are national numbers with their 0; Orange learns the payer on its page."""

    id: str
    reference: str
    amount: int
    payer: str
    payee: str
    made_at: float
    fate: Fate
    said: dict[str, Any]  # what the merchant sent, as it was
    callback_url: str = ""
    secret: str = ""  # Orange: its notif_token
    state: State = State.WAITING
    transaction: str = ""  # what the operator calls it once it is decided
    ended_at: float = 0.0
    refunded_at: float = 0.0

    @property
    def fee(self) -> int:
        """What the merchant pays for it, whole ariary."""
        return self.amount // 100

    def tell(self) -> dict[str, Any]:
        """For `/__sim/state`."""
        return {name: value for name, value in asdict(self).items() if name not in {"said", "secret"}}


@dataclass
class Book:
    """One operator: its payments, its tokens, its chance."""

    name: str
    clock: Clock
    seed: int
    knobs: Knobs = field(default_factory=Knobs)
    deals: dict[str, Deal] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    transactions: dict[str, Deal] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.seed}:{self.name}")  # noqa: S311  (a fault that can be repeated is the point)

    def happens(self, share: float) -> bool:
        """Whether it does this time."""
        return share > 0 and self.chance.random() < share

    def draw_fate(self) -> Fate:
        """What the next payer will do."""
        drawn, knobs = self.chance.random(), self.knobs
        for fate, share in ((Fate.REFUSE, knobs.refuse), (Fate.TIMEOUT, knobs.timeout), (Fate.DOUBT, knobs.ambiguous)):
            if drawn < share:
                return fate
            drawn -= share
        return Fate.APPROVE

    def draw_wait(self) -> float:
        """Seconds until the payer presses a key; only where payers act by themselves."""
        low, high = self.knobs.settle_ms or (0, 0)
        return self.chance.uniform(low, high) / 1000

    def draw_name(self, length: int, letters: str = string.ascii_uppercase + string.digits) -> str:
        """A name that nobody had before."""
        return "".join(self.chance.choice(letters) for _ in range(length))

    def open(self, deal: Deal) -> Deal:
        """Remember a payment."""
        self.deals[deal.id] = deal
        self.references.add(deal.reference)
        return deal

    def name_transaction(self, deal: Deal, name: str) -> None:
        """Call a payment so from now on."""
        deal.transaction = name
        self.transactions[name] = deal

    def give_token(self) -> tuple[str, int]:
        """A token, and how long it says that it lives."""
        life = _TOKEN_SECONDS[self.name]
        token = secrets.token_urlsafe(24)
        self.tokens[token] = self.clock.now() + (_DEAD_AFTER if self.happens(self.knobs.token_short) else life)
        return token, life

    def admits(self, authorization: str) -> bool:
        """Whether a call may pass."""
        scheme, _blank, token = authorization.partition(" ")
        return scheme == "Bearer" and self.tokens.get(token, 0.0) > self.clock.now()

    def tell(self) -> dict[str, Any]:
        """For `/__sim/state`."""
        return {"deals": [one.tell() for one in self.deals.values()], "counts": dict(self.counts)}
