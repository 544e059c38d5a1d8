"""What a payment may be before anything is stored: its amount, its payer, and how often a telephone may be asked."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.enums import AgeGate
from accounts.models import User
from accounts.queries import is_age_sufficient
from billing.enums import PaymentState
from billing.models import Payment
from billing.providers.base import SCOPE, PaymentProvider
from core import ratelimit
from core.money import Money
from core.sealing import mac_key

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
PROMPTS_OF_A_NUMBER = 3  # in an hour
PROMPTS_OF_A_PAYER = 5  # in an hour
REFUSALS = 3  # in a day: then nobody rings that telephone for a day


class AmountRefused(ValueError):
    """Nothing, less than nothing, more than the provider takes in one payment, or in a currency that it does not take."""


class PayerNotAdult(PermissionError):
    """The payer has not shown that they are of age."""


class TooManyPrompts(Exception):
    """Enough prompts went to this telephone or from this payer; it may be tried again at `again_at`."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(again_at.isoformat())
        self.again_at = again_at


def check_amount(*, money: Money, provider: PaymentProvider) -> None:
    """Whether a provider takes this sum in one payment.

    Raises:
        AmountRefused.
    """
    can = provider.capabilities()
    largest = can.largest.get(money.currency)
    if money.currency not in can.currencies or money.amount_minor <= 0 or (largest is not None and money.amount_minor > largest):
        raise AmountRefused(f"{money.amount_minor} {money.currency} by {provider.name}")


def check_payer(*, payer: User, now: datetime) -> None:
    """Only adults pay, whatever it is for.

    Raises:
        PayerNotAdult.
    """
    if not is_age_sufficient(user=payer, session=None, gate=AgeGate.GENERAL, now=now):
        raise PayerNotAdult(payer.public_id)


def hash_of(msisdn: str) -> str:
    """By what the prompts of one telephone are found without its number."""
    return hmac.digest(mac_key(SCOPE)[1], f"msisdn:{msisdn}".encode(), "sha256").hex()


def check_prompts(*, payer: User, msisdn_hash: str, now: datetime) -> None:
    """Whether one more prompt may ring this telephone: nobody is bombed with them. Counts those that were made or sent in the last hour,
    and those of the last day that their receiver refused or let pass; the payer's row is locked by the caller, and a count in the shared
    cache holds several accounts apart that ring one telephone in the same instant.

    Raises:
        TooManyPrompts.
    """
    recent = Payment.objects.exclude(msisdn_hash="").filter(created_at__gt=now - DAY)
    rows = recent.filter(Q(payer=payer) | Q(msisdn_hash=msisdn_hash)).order_by("-created_at")
    made = list(rows.values_list("created_at", "payer_id", "msisdn_hash", "state", "submitted_at")[:200])
    _demand([at for at, _payer, number, *_rest in made if number == msisdn_hash], PROMPTS_OF_A_NUMBER, HOUR, now)
    _demand([at for at, payer_id, *_rest in made if payer_id == payer.pk], PROMPTS_OF_A_PAYER, HOUR, now)
    refused = [
        at
        for at, _payer, number, state, sent in made
        if number == msisdn_hash and sent and state in (PaymentState.FAILED, PaymentState.EXPIRED)
    ]
    _demand(refused, REFUSALS, DAY, now)
    try:
        ratelimit.hit("push", msisdn_hash, limit=PROMPTS_OF_A_NUMBER, seconds=60)
    except ratelimit.RateLimited as limited:
        raise TooManyPrompts(now + timedelta(seconds=limited.retry)) from limited


def _demand(times: list[datetime], most: int, span: timedelta, now: datetime) -> None:
    """`times` newest first: fewer than `most` of them lie within `span`."""
    if len(times) >= most and (again_at := times[most - 1] + span) > now:
        raise TooManyPrompts(again_at)
