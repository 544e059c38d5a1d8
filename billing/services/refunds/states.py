"""The states of a refund, and the one UPDATE by which it moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from billing.enums import RefundState
from billing.models import PaymentStep, Refund

REQUESTED, APPROVED, SUBMITTED = RefundState.REQUESTED, RefundState.APPROVED, RefundState.SUBMITTED
PENDING, UNKNOWN, SUCCEEDED, FAILED = RefundState.PENDING, RefundState.UNKNOWN, RefundState.SUCCEEDED, RefundState.FAILED

TABLE: dict[str, frozenset[str]] = {
    REQUESTED: frozenset({APPROVED, FAILED}),
    # To REQUESTED: the provider has no call for it after all, so a second person has to agree to its going by hand.
    APPROVED: frozenset({SUBMITTED, REQUESTED, FAILED}),
    # To APPROVED: the operator's reference was typed wrong, and a second person gave it back.
    SUBMITTED: frozenset({PENDING, UNKNOWN, SUCCEEDED, FAILED, REQUESTED, APPROVED}),
    PENDING: frozenset({UNKNOWN, SUCCEEDED, FAILED}),
    UNKNOWN: frozenset({PENDING, SUCCEEDED, FAILED}),
    SUCCEEDED: frozenset(),
    FAILED: frozenset(),
}


class WrongRefundState(Exception):
    """The refund is no longer where this deed begins: somebody was quicker."""


class RefundsStopped(Exception):
    """The books are wrong: until a proof is green again no money leaves the house."""


def move_refund(refund: Refund, to: RefundState, *, now: datetime, why: str = "", by: User | None = None, **changes: Any) -> None:
    """Take a refund from the state it was read in to another, by one conditional UPDATE in the caller's transaction.

    Raises:
        WrongRefundState: nothing is changed.
    """
    before = refund.state
    if to not in TABLE[before]:
        raise WrongRefundState(f"{before} to {to}")
    if to in (SUCCEEDED, FAILED):
        changes = {"next_check_at": None, "settled_at": now, **changes}
    if not Refund.objects.filter(pk=refund.pk, state=before).update(state=to, **changes):
        raise WrongRefundState(refund.public_id)
    for name, value in {"state": to, **changes}.items():
        setattr(refund, name, value)
    PaymentStep.objects.create(payment_id=refund.payment_id, refund=refund, from_state=before, to_state=to, why=why[:120], by=by, at=now)
