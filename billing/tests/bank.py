"""A provider of payments in the memory of a test: a real one in all that the house can see, and it does what the test tells it to do."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from billing.models import Payment, Refund
from billing.providers.base import (
    BadSignature,
    Capabilities,
    Hint,
    Manual,
    ProviderState,
    PushSent,
    Redirect,
    Refunded,
    RefundPending,
    Refused,
    StatementRow,
    Unclear,
)
from core.http import Unreachable
from core.money import Money

Begun = Redirect | PushSent | Refused | Unclear
Back = Refunded | RefundPending | Refused | Unclear | Manual
SIGNATURE = {"Stripe-Signature": "good", "Content-Type": "application/json"}


@dataclass
class Charge:
    """What the provider knows of one payment, under its own name."""

    ref: str
    name: str
    money: Money
    payer: str
    state: str = "PENDING"
    settle_ref: str = ""
    payee: str = "the house"
    failure_code: str = ""


@dataclass
class Bank:
    """`next_starts` and `next_refunds` are answers that come instead of the usual ones; a callable is called with the payment or refund."""

    name: str = "STRIPE"
    currencies: frozenset[str] = frozenset({"EUR", "MGA"})
    refunds: str = "PARTIAL"
    rings: bool = False
    repeatable: bool = True
    finds: bool = True
    payee: str = "the house"
    largest: dict[str, int] = field(default_factory=lambda: {"EUR": 1_000_00})
    api_version: str = ""
    recurring: bool = False
    away: bool = False
    charges: dict[str, Charge] = field(default_factory=dict)
    returned: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    next_starts: deque[Begun | Callable[[Payment], Begun]] = field(default_factory=deque)
    next_refunds: deque[Back | Callable[[Refund], Back]] = field(default_factory=deque)
    next_states: deque[ProviderState] = field(default_factory=deque)

    def capabilities(self) -> Capabilities:
        return Capabilities(
            currencies=self.currencies,
            refunds=self.refunds,
            recurring=self.recurring,
            needs_msisdn=self.rings,
            repeatable=self.repeatable,
            finds_by_reference=self.finds,
            payee=self.payee,
            largest=self.largest,
            api_version=self.api_version,
        )

    # ---- What the house asks ----------------------------------------------------------------------------------------------------
    def start(self, payment: Payment, *, now: datetime) -> Begun:
        self._called("start", payment.our_reference)
        if self.next_starts:
            said = self.next_starts.popleft()
            return said(payment) if callable(said) else said
        return self.take_on(payment)

    def take_on(self, payment: Payment) -> Redirect | PushSent:
        """Know a payment from now on; the same one twice is one charge."""
        charge = self.charges.setdefault(
            payment.our_reference, Charge(payment.our_reference, f"{self.name}-{payment.our_reference}", payment.money, "")
        )
        return PushSent(charge.name) if self.rings else Redirect(f"https://bank.example/{charge.name}", charge.name)

    def fetch(self, payment: Payment, *, now: datetime) -> ProviderState:
        if not self.finds and not payment.provider_ref:
            return ProviderState("UNKNOWN")
        self._called("fetch", payment.our_reference)
        if self.next_states:
            return self.next_states.popleft()
        charge = self.charges.get(payment.our_reference)
        if charge is None:
            return ProviderState("UNKNOWN", failure_code="NOT_FOUND")
        return ProviderState(
            charge.state,
            provider_ref=charge.name,
            settle_ref=charge.settle_ref,
            money=charge.money,
            payee=charge.payee,
            payer=charge.payer,
            failure_code=charge.failure_code,
        )

    def refund(self, refund: Refund, *, now: datetime) -> Back:
        self._called("refund", refund.public_id)
        if self.next_refunds:
            said = self.next_refunds.popleft()
            return said(refund) if callable(said) else said
        if self.refunds == "NONE":
            return Manual()
        self.returned[refund.public_id] = "SUCCEEDED"
        return Refunded(f"re-{refund.public_id}")

    def fetch_refund(self, refund: Refund, *, now: datetime) -> ProviderState:
        self._called("fetch_refund", refund.public_id)
        state = self.returned.get(refund.public_id, "UNKNOWN")
        return ProviderState(state, provider_ref=f"re-{refund.public_id}", money=refund.money)

    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> Hint:
        if headers.get("Stripe-Signature") != "good":
            raise BadSignature("signature")
        said = json.loads(raw)
        if not isinstance(said, dict):
            raise ValueError("no object")
        return Hint(
            event_id=str(said.get("id", "")),
            kind=str(said.get("kind", "charge")),
            payment_ref=str(said.get("ref", "")),
            provider_ref=str(said.get("name", "")),
            api_version=str(said.get("version", "")),
            subject=str(said.get("subject", "")),
        )

    def statement(self, day: date) -> Iterable[StatementRow]:
        return ()

    def _called(self, what: str, ref: str) -> None:
        self.calls.append((what, ref))
        if self.away:
            raise Unreachable("bank.example: no connection")

    # ---- What the test does -----------------------------------------------------------------------------------------------------
    def pay(self, payment: Payment) -> Charge:
        """The payer agrees: their money is taken."""
        charge = self.charges[payment.our_reference]
        charge.state, charge.settle_ref = "SUCCEEDED", f"ch-{charge.ref}"
        return charge

    def end(self, payment: Payment, state: str, code: str = "") -> Charge:
        """It ends otherwise."""
        charge = self.charges[payment.our_reference]
        charge.state, charge.failure_code = state, code
        return charge

    def count(self, what: str) -> int:
        return sum(1 for call, _ref in self.calls if call == what)


def lost(bank: Bank) -> Callable[[Payment], Unclear]:
    """The provider takes it on, and its answer is lost."""

    def answer(payment: Payment) -> Unclear:
        bank.take_on(payment)
        return Unclear("connection lost")

    return answer


def event(payment: Payment, *, key: str = "evt_1", **more: str) -> bytes:
    """An event that names a payment."""
    return json.dumps({"id": key, "ref": payment.our_reference, **more}).encode()


def pending(bank: Bank) -> Callable[[Refund], RefundPending]:
    """The provider takes a refund on."""

    def answer(refund: Refund) -> RefundPending:
        bank.returned[refund.public_id] = "PENDING"
        return RefundPending(f"re-{refund.public_id}")

    return answer


def lost_refund(bank: Bank) -> Callable[[Refund], Unclear]:
    """The provider sends the money back, and its answer is lost."""

    def answer(refund: Refund) -> Unclear:
        bank.returned[refund.public_id] = "SUCCEEDED"
        return Unclear("connection lost")

    return answer
