"""What every provider of payments can be asked, and what it may answer. What is ambiguous is an answer, not an exception."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable

from django.conf import settings

from billing.models import Payment, Refund
from core.money import Money
from core.sealing import open_sealed, seal

# The `failure_code` of a state UNKNOWN when the provider knows no such payment: it may never have heard of it.
NOT_FOUND = "NOT_FOUND"
# The sealing scope of what money needs for years: numbers of telephones, tokens of providers.
SCOPE = "billing"


def return_url_of(payment: Payment) -> str:
    """Where a provider sends the payer back, whatever came of it: the page of the payment, which proves and believes nothing."""
    return f"{settings.ORIGIN}/money/payments/{payment.public_id}/"


def callback_url_of(payment: Payment) -> str:
    """Where MVola and Orange knock for this payment alone; whoever knows the address may name it, nothing else."""
    return f"{settings.ORIGIN}/webhooks/{payment.provider.lower()}/{payment.callback_token}/"


def seal_text(payment: Payment, field: str, text: str) -> bytes | None:
    """`text` for a sealed column of this payment (`payer_msisdn`, `redirect_url`, `provider_secret`); None for nothing."""
    return seal(SCOPE, text.encode(), payment.sealing_ad(field)) if text else None


def open_text(payment: Payment, field: str) -> str:
    """What lies in a sealed column of this payment; a telephone's number is in E.164 with plus. Empty where there is nothing.

    Raises:
        core.sealing.SealingError.
    """
    blob = getattr(payment, field)
    return open_sealed(SCOPE, bytes(blob), payment.sealing_ad(field)).decode() if blob else ""


class BadSignature(ValueError):
    """The event was not signed by the provider, or is too old or too new."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do."""

    currencies: frozenset[str]
    refunds: str  # NONE | FULL | PARTIAL
    recurring: bool
    needs_msisdn: bool
    repeatable: bool  # the same submit may be sent again within the life of its key
    finds_by_reference: bool
    payee: str = ""  # who we are there; a success in favour of anybody else is not ours. Empty: the provider never says
    largest: Mapping[str, int] = field(default_factory=dict)  # by currency: the most that one payment may be, in minor units
    api_version: str = ""  # the version our events must have; empty: events have none


@dataclass(frozen=True, slots=True)
class Redirect:
    """The payer goes on at this page of the provider."""

    url: str
    provider_ref: str
    secret: str = ""  # what only asking needs (Orange's tokens); it is kept sealed: `open_text(payment, "provider_secret")`


@dataclass(frozen=True, slots=True)
class PushSent:
    """The payer's telephone asks them."""

    provider_ref: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was processed, for sure."""

    code: str
    retry_later: bool = False
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody can say whether it was processed."""

    why: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """The money went back."""

    provider_ref: str


@dataclass(frozen=True, slots=True)
class RefundPending:
    """The provider has taken it on."""

    provider_ref: str


@dataclass(frozen=True, slots=True)
class Manual:
    """The provider has no call for it: two of the team send it by the provider's own tool."""


@dataclass(frozen=True, slots=True)
class ProviderState:
    """What the provider says when it is asked. `state` is PENDING, SUCCEEDED, FAILED, EXPIRED or UNKNOWN."""

    state: str
    provider_ref: str = ""
    settle_ref: str = ""
    money: Money | None = None
    payee: str = ""
    payer: str = ""
    fee: Money | None = None
    failure_code: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hint:
    """Where an event points. It names; it proves nothing."""

    event_id: str
    kind: str
    payment_ref: str = ""  # our_reference
    provider_ref: str = ""
    api_version: str = ""
    subject: str = ""  # subscription, invoice, dispute ... : the provider's object id when it is no payment
    notes: Mapping[str, str] = field(default_factory=dict)  # what start could not learn and the event brings (MVola's serverCorrelationId)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One line of a provider's statement."""

    provider_ref: str
    our_ref: str
    money: Money
    fee: Money | None
    at: datetime
    kind: str  # PAYMENT | REFUND | FEE | PAYOUT | DISPUTE
    raw: Mapping[str, Any] = field(default_factory=dict)


class PaymentProvider(Protocol):
    """One outside service that moves money."""

    name: str

    def capabilities(self) -> Capabilities:
        """What it can do."""

    def start(self, payment: Payment, *, now: datetime) -> Redirect | PushSent | Refused | Unclear:
        """Begin a payment. Called after SUBMITTED was committed, outside of any transaction."""

    def fetch(self, payment: Payment, *, now: datetime) -> ProviderState:
        """How a payment stands at the provider."""

    def fetch_refund(self, refund: Refund, *, now: datetime) -> ProviderState:
        """How a refund stands at the provider."""

    def refund(self, refund: Refund, *, now: datetime) -> Refunded | RefundPending | Refused | Unclear | Manual:
        """Send money back."""

    def parse_event(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> Hint:
        """Read an event that came in.

        Raises:
            BadSignature.
            ValueError: it cannot be read.
        """

    def statement(self, day: date) -> Iterable[StatementRow]:
        """What the provider booked on a day; a provider whose statements are files has none to ask for."""


@runtime_checkable
class RenewingProvider(Protocol):
    """A provider that renews subscriptions by itself (`Capabilities.recurring`)."""

    def stop_subscription(self, provider_ref: str, *, at_once: bool, now: datetime) -> None:
        """Renew a subscription no more, or end it `at_once`. One that has ended or stops already is left as it is.

        Raises:
            core.http.OutboundError, or whatever says that it could not be told now: it is told again.
        """
