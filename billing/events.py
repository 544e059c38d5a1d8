"""What happened to money, told upward."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaymentCreated:
    """Somebody wants to pay: the provider is to be told."""

    payment_id: int


@dataclass(frozen=True, slots=True)
class EventReceived:
    """A provider told us something (`event_id`: our row in the inbox)."""

    event_id: int


@dataclass(frozen=True, slots=True)
class PaymentSucceeded:
    """The provider says that it was paid, the sums agree, and the ledger holds it."""

    payment_id: int
    purpose: str
    subject_key: str


@dataclass(frozen=True, slots=True)
class PaymentSucceededLate:
    """As above, after the payment had been given up: deliver it or give it back."""

    payment_id: int
    purpose: str
    subject_key: str


@dataclass(frozen=True, slots=True)
class PaymentDoubled:
    """It was paid, and the same had been paid by another payment: nothing is delivered, it goes back."""

    payment_id: int
    purpose: str
    subject_key: str


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """Nothing was paid, and nothing will be."""

    payment_id: int
    purpose: str
    subject_key: str


@dataclass(frozen=True, slots=True)
class PaymentUnknown:
    """Nobody knows yet whether it was paid."""

    payment_id: int


@dataclass(frozen=True, slots=True)
class RefundApproved:
    """Money may go back: the provider is to be told."""

    refund_id: int


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """The provider sends nothing back; a person has to look."""

    refund_id: int
    payment_id: int


@dataclass(frozen=True, slots=True)
class RefundSucceeded:
    """Money went back, and the ledger holds it."""

    refund_id: int
    payment_id: int


@dataclass(frozen=True, slots=True)
class DisputeOpened:
    """The payer's bank asks the money back."""

    dispute_id: int


@dataclass(frozen=True, slots=True)
class DisputeClosed:
    """The bank has decided."""

    dispute_id: int


@dataclass(frozen=True, slots=True)
class SupportAsked:
    """Somebody asked the team something."""

    request_id: int


@dataclass(frozen=True, slots=True)
class SupportAnswered:
    """The team answered somebody who has no account."""

    request_id: int


@dataclass(frozen=True, slots=True)
class StatementReady:
    """A statement of a provider counts, and is to be compared with our books."""

    statement_id: int


@dataclass(frozen=True, slots=True)
class LetterWritten:
    """A letter about a contract is to be handed to the mail server."""

    letter_id: int


@dataclass(frozen=True, slots=True)
class SubscriptionStopped:
    """A subscription that a provider renews is to stop there: at the end of its period, or `at_once`. Told twice, it stops once."""

    subscription_id: int
    at_once: bool


@dataclass(frozen=True, slots=True)
class InvoiceIssued:
    """An invoice or a credit note was written: its file is to be made, and its payer told."""

    invoice_id: int
