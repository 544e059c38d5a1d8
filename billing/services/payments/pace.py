"""When a provider is asked again, and whether it may be told again: what each of them demands (docs/payments.md).

Sources: Stripe and PayPal keep the answer to a key for 24 and 6 hours; MVola promises nothing, so it is told once; Orange's payer was
sent nowhere when its answer is lost, so a new order harms nobody; Airtel finds a payment by our own name, so it is asked before it is told
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from billing.enums import Provider
from billing.models import Payment

FIRST, LONGEST = timedelta(seconds=5), timedelta(minutes=15)
# After that long in CREATED or APPROVED the outbox is taken to have lost it.
LOST_AFTER = timedelta(seconds=30)
# After that long without an answer whoever was telling the provider is taken for dead.
STUCK_AFTER = timedelta(minutes=2)
# How far apart a provider must twice know nothing of a payment before that is believed.
UNFOUND_FOR = timedelta(minutes=3)
# How long the choice of a method is of use before anything was sent.
CREATED_FOR = timedelta(minutes=15)
# From then on somebody of the team looks at what nobody knows.
ALARM_AFTER = timedelta(minutes=15)
# From then on the payer may free what they want to pay, and pay it by another way.
RELEASE_AFTER = timedelta(minutes=10)


class Again(Enum):
    """Whether an unclear submit may be sent once more."""

    NEVER = "never"
    SAME_KEY = "same key"
    NEW_ATTEMPT = "new attempt"
    IF_NOT_FOUND = "if not found"


@dataclass(frozen=True, slots=True)
class Manners:
    """`again`: at most `times` submits in all, the last within `life` of the first; `first` and `every` are the pauses before asking
    (None: they double), `slow_after` the age from which it is asked every five minutes."""

    again: Again
    times: int = 1
    life: timedelta = timedelta(0)
    first: timedelta = FIRST
    every: timedelta | None = None
    slow_after: timedelta | None = None


MANNERS: dict[str, Manners] = {
    Provider.STRIPE: Manners(Again.SAME_KEY, times=6, life=timedelta(hours=20)),
    Provider.PAYPAL: Manners(Again.SAME_KEY, times=6, life=timedelta(hours=5)),
    Provider.MVOLA: Manners(Again.NEVER),
    Provider.ORANGE: Manners(
        Again.NEW_ATTEMPT,
        times=3,
        life=timedelta(minutes=10),
        first=timedelta(seconds=25),
        every=timedelta(seconds=25),
        slow_after=timedelta(minutes=12),
    ),
    Provider.AIRTEL: Manners(Again.IF_NOT_FOUND, times=2, life=timedelta(hours=1), first=timedelta(minutes=3)),
}
_SLOW = timedelta(minutes=5)
# The pause of Airtel after its first three minutes.
_THEN = {Provider.AIRTEL: timedelta(seconds=30)}


def next_check(payment: Payment, *, now: datetime) -> datetime:
    """When the provider of this payment is asked next, given how often it was (`checks`)."""
    manners = MANNERS[payment.provider]
    age = now - (payment.submitted_at or payment.created_at)
    if manners.slow_after is not None and age >= manners.slow_after:
        return now + _SLOW
    if payment.checks == 0:
        return now + manners.first
    if manners.every is not None:
        return now + manners.every
    base = _THEN.get(Provider(payment.provider), FIRST * 2)
    return now + min(LONGEST, base * (1 << min(payment.checks - 1, 12)))


def may_submit_again(payment: Payment, *, now: datetime) -> bool:
    """Whether an unclear submit may be sent once more without any answer of the provider."""
    manners = MANNERS[payment.provider]
    submits = {Again.SAME_KEY: payment.checks + 1, Again.NEW_ATTEMPT: payment.attempt}.get(manners.again)
    return submits is not None and submits < manners.times and now - payment.created_at < manners.life


def may_submit_unfound(payment: Payment, *, now: datetime) -> bool:
    """Whether what the provider does not find may be sent once more under the same name."""
    manners = MANNERS[payment.provider]
    return manners.again == Again.IF_NOT_FOUND and now - payment.created_at < manners.life
