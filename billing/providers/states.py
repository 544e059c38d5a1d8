"""What a word of an operator stands for. A word that is not listed means that nobody knows, and somebody has to look."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from billing.enums import PaymentState
from billing.providers.base import ProviderState

logger = logging.getLogger("resaka.billing")

_P = PaymentState
MVOLA: Mapping[str, str] = {"pending": _P.PENDING, "completed": _P.SUCCEEDED, "failed": _P.FAILED}
ORANGE: Mapping[str, str] = {
    "INITIATED": _P.PENDING,
    "PENDING": _P.PENDING,
    "SUCCESS": _P.SUCCEEDED,
    "FAILED": _P.FAILED,
    "EXPIRED": _P.EXPIRED,
}
AIRTEL: Mapping[str, str] = {
    "TIP": _P.PENDING,
    "TI": _P.PENDING,
    "TA": _P.UNKNOWN,
    "TS": _P.SUCCEEDED,
    "TF": _P.FAILED,
    "TE": _P.EXPIRED,
}
STRIPE_INTENT: Mapping[str, str] = {
    "requires_payment_method": _P.PENDING,
    "requires_confirmation": _P.PENDING,
    "requires_action": _P.PENDING,
    "processing": _P.PENDING,
    "requires_capture": _P.PENDING,
    "succeeded": _P.SUCCEEDED,
    "canceled": _P.FAILED,
}
# status and payment_status of a Checkout session
STRIPE_SESSION: Mapping[str, str] = {
    "open,unpaid": _P.PENDING,
    "complete,unpaid": _P.PENDING,
    "complete,paid": _P.SUCCEEDED,
    "complete,no_payment_required": _P.SUCCEEDED,
    "expired,unpaid": _P.EXPIRED,
}
STRIPE_INVOICE: Mapping[str, str] = {
    "draft": _P.PENDING,
    "open": _P.PENDING,
    "paid": _P.SUCCEEDED,
    "uncollectible": _P.FAILED,
    "void": _P.FAILED,
}
STRIPE_REFUND: Mapping[str, str] = {
    "pending": _P.PENDING,
    "requires_action": _P.PENDING,
    "succeeded": _P.SUCCEEDED,
    "failed": _P.FAILED,
    "canceled": _P.FAILED,
}


def read_state(table: Mapping[str, str], word: object) -> str:
    """The state of a word of the table; UNKNOWN for any other."""
    return table.get(word, PaymentState.UNKNOWN) if isinstance(word, str) else PaymentState.UNKNOWN


def unclear(provider: str, why: str, **seen: object) -> ProviderState:
    """An answer that does not fit, told to those who watch; the payment stays where nobody knows."""
    logger.error("answer of a provider that does not fit", extra={"fields": {"provider": provider, "why": why, **seen}})
    raw = {"why": why, **{name: str(value)[:80] for name, value in seen.items()}}
    return ProviderState(PaymentState.UNKNOWN, failure_code=why, raw=raw)
