"""Wallets for tests: filled through the ledger as a settled payment fills them."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from billing.enums import EntitlementSource, PaymentState, Provider, Purpose
from billing.ledger import get_balance, post
from billing.models import Entitlement, LedgerAccount, LedgerEntry, Payment, PromoGrant
from billing.queries.credits import paid_code, promo_code
from core.money import Money
from core.tests.moments import NOON as NOON

_numbers = itertools.count(1)


def eur(cents: int) -> Money:
    """Cents of euros."""
    return Money(cents, "EUR")


def pay_in(user: User, cents: int, *, at: datetime = NOON, provider: str = Provider.STRIPE) -> Payment:
    """A top-up that was paid and settled: the payment, and its posting."""
    payment = Payment.objects.create(
        payer=user,
        purpose=Purpose.WALLET_TOPUP,
        subject_key=f"topup:test{next(_numbers)}",
        amount_minor=cents,
        currency="EUR",
        provider=provider,
        state=PaymentState.SUCCEEDED,
        client_key=uuid.uuid4(),
        created_at=at - timedelta(minutes=1),
        submitted_at=at - timedelta(minutes=1),
        settled_at=at,
        expires_at=at,
        provider_ref=f"ref{payment_number()}",
    )
    lines = [(f"clearing:{provider}:EUR", -cents), (paid_code(user.pk, "EUR"), cents)]
    post(key=f"payment:{payment.pk}:settle", kind="PAYMENT", lines=lines, now=at)
    return payment


def payment_number() -> int:
    """A number that no other payment has."""
    return next(_numbers)


def paid_of(user: User) -> int:
    """The paid credit of somebody, held included."""
    return get_balance(paid_code(user.pk, "EUR")).posted.amount_minor


def held_of(user: User) -> int:
    """What of it is kept aside."""
    return get_balance(paid_code(user.pk, "EUR")).held.amount_minor


def given_of(user: User) -> int:
    """The given credit of somebody, by the ledger."""
    return get_balance(promo_code(user.pk, "EUR")).posted.amount_minor


def lots_of(user: User) -> int:
    """The same by its lots; both are one."""
    return sum(PromoGrant.objects.filter(user=user).values_list("left_minor", flat=True))


def books() -> dict[str, int]:
    """Every account that moved, by code, as it counts itself."""
    return {code: posted for code, posted in LedgerAccount.objects.values_list("code", "posted") if posted}


def entries_sum() -> int:
    """The sum of all lines ever written: nothing."""
    return sum(LedgerEntry.objects.values_list("amount", flat=True))


def open_wallets(settings: Any, *, tips: bool = True) -> None:
    """Wallets for the people of France, as a house would that has read the law."""
    settings.WALLET_ENABLED = ["FR"]
    settings.TIPS_ENABLED = ["FR"] if tips else []


def plain(words: object) -> str:
    """What somebody reads, with plain spaces: which kind of space stands where is the catalogue's matter."""
    return str(words).replace("\u00a0", " ").replace("\u202f", " ")


def entitle(user: User, code: str, value: int, *, since: datetime = NOON, lasts: timedelta = timedelta(days=30)) -> Entitlement:
    """Something that somebody is entitled to, as a paid order leaves it."""
    return Entitlement.objects.create(
        user=user,
        code=code,
        value=value,
        source=EntitlementSource.ORDER,
        source_key=f"order:test{next(_numbers)}",
        starts_at=since,
        ends_at=since + lasts,
    )
