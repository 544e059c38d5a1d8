"""The states of a payment: which may follow which, and the one UPDATE by which it moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from billing.enums import PaymentState
from billing.events import PaymentDoubled, PaymentFailed, PaymentSucceeded, PaymentSucceededLate, PaymentUnknown
from billing.models import Payment, PaymentStep
from core.outbox import publish

CREATED, SUBMITTED, PENDING, UNKNOWN = PaymentState.CREATED, PaymentState.SUBMITTED, PaymentState.PENDING, PaymentState.UNKNOWN
SUCCEEDED, FAILED, EXPIRED = PaymentState.SUCCEEDED, PaymentState.FAILED, PaymentState.EXPIRED

# The whole table. What stands below PENDING and UNKNOWN, and the late successes, are `settle_payment`'s alone: from what the provider
# says when it is asked or from its statement, never from the body of an event. SUCCEEDED is never left.
TABLE: dict[str, frozenset[str]] = {
    CREATED: frozenset({SUBMITTED, EXPIRED}),
    SUBMITTED: frozenset({PENDING, FAILED, UNKNOWN}),
    PENDING: frozenset({UNKNOWN, SUCCEEDED, FAILED, EXPIRED}),
    UNKNOWN: frozenset({PENDING, SUCCEEDED, FAILED, EXPIRED}),
    FAILED: frozenset({SUCCEEDED}),
    EXPIRED: frozenset({SUCCEEDED}),
    SUCCEEDED: frozenset(),
}
# Those in which the subject is free for another try.
ENDED = frozenset({SUCCEEDED, FAILED, EXPIRED})
# Those in which the provider may be asked what became of it.
ASKABLE = frozenset({PENDING, UNKNOWN, FAILED, EXPIRED})
# The flag of what nobody has known for too long; it goes when somebody knows.
LATE = "LATE"


class NoSuchMove(ValueError):
    """The table knows no way from the one state to the other: a fault of ours."""


def move(
    payment: Payment,
    to: PaymentState,
    *,
    now: datetime,
    why: str = "",
    by: User | None = None,
    is_double: bool = False,
    **changes: Any,
) -> bool:
    """Take a payment from the state it was read in to another, with `changes` of its columns, and tell what follows from it. `is_double`:
    a success of what another payment has paid, which goes back.

    One conditional UPDATE in the caller's transaction: False, and nothing is changed or told, when somebody was quicker.

    Raises:
        NoSuchMove.
    """
    before = payment.state
    if to not in TABLE[before]:
        raise NoSuchMove(f"{before} to {to}")
    was_given_up = before in (FAILED, EXPIRED) or payment.open_key is None
    if to in ENDED:
        changes = {"open_key": None, "next_check_at": None, "flag": "" if payment.flag == LATE else payment.flag, **changes}
    if not Payment.objects.filter(pk=payment.pk, state=before).update(state=to, **changes):
        return False
    for name, value in {"state": to, **changes}.items():
        setattr(payment, name, value)
    note_step(payment, before=before, why=why, by=by, now=now)
    _tell(payment, is_late=was_given_up, is_double=is_double)
    return True


def note_step(payment: Payment, *, before: str, why: str, now: datetime, by: User | None = None) -> None:
    """Write a line of the story of a payment; the same state before and after is a remark."""
    PaymentStep.objects.create(payment=payment, from_state=before, to_state=payment.state, why=why[:120], by=by, at=now)


def _tell(payment: Payment, *, is_late: bool, is_double: bool) -> None:
    if payment.state == SUCCEEDED:
        kind = PaymentDoubled if is_double else PaymentSucceededLate if is_late else PaymentSucceeded
        publish(kind(payment.pk, payment.purpose, payment.subject_key))
    elif payment.state in (FAILED, EXPIRED):
        publish(PaymentFailed(payment.pk, payment.purpose, payment.subject_key))
    elif payment.state == UNKNOWN:
        publish(PaymentUnknown(payment.pk))
