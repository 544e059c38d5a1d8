"""Payments from the choice of a method to the ledger: made, sent, settled, let go. The table of their states is in `states`."""

from billing.services.payments.creating import (
    ClientKeyReused,
    NotBookable,
    NumberMissing,
    SubjectOpen,
    SubjectPaid,
    create_payment,
)
from billing.services.payments.expiring import expire_payment
from billing.services.payments.limits import AmountRefused, PayerNotAdult, TooManyPrompts
from billing.services.payments.recording import record_payment
from billing.services.payments.releasing import NotReleasable, TooEarlyToRelease, release_subject, when_releasable
from billing.services.payments.settling import settle_as_found, settle_payment
from billing.services.payments.submitting import submit_again, submit_payment

__all__ = [
    "AmountRefused",
    "ClientKeyReused",
    "NotBookable",
    "NotReleasable",
    "NumberMissing",
    "PayerNotAdult",
    "SubjectOpen",
    "SubjectPaid",
    "TooEarlyToRelease",
    "TooManyPrompts",
    "create_payment",
    "expire_payment",
    "record_payment",
    "release_subject",
    "settle_as_found",
    "settle_payment",
    "submit_again",
    "submit_payment",
    "when_releasable",
]
