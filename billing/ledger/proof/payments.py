"""What must be true between the books and what was paid (I8 to I10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.db.models import BigIntegerField, Count, Model, Q, Sum
from django.db.models.functions import Cast, Coalesce

from billing.enums import AccountKind, PaymentState, Provider, RefundState
from billing.ledger.proof.books import MOST
from billing.models import Hold, LedgerAccount, LedgerEntry, LedgerTransaction, Payment, Refund
from core.money import EXPONENTS, POINTS, Money

# After how many days a provider has paid out what it took. Operators pay out daily.
CLEARS_WITHIN = {Provider.STRIPE: 7, Provider.PAYPAL: 7, Provider.MVOLA: 3, Provider.ORANGE: 3, Provider.AIRTEL: 3}
_LONGEST_CLEARING = max(CLEARS_WITHIN.values())
_AMOUNTS: tuple[tuple[type[Model], str], ...] = (
    *((LedgerEntry, "amount"), (LedgerEntry, "balance_after"), (LedgerAccount, "posted"), (LedgerAccount, "held")),
    *((Hold, "amount_minor"), (Payment, "amount_minor"), (Refund, "amount_minor")),
)
_ROWS = 500
Value = TypeVar("Value")


def find_fractions() -> list[str]:
    """I8: every amount is a whole number of minor units of a currency of the table. The columns of MariaDB take nothing else; those of
    SQLite would."""
    found = []
    for model, name in _AMOUNTS:
        rows = model._default_manager.exclude(**{name: Cast(name, BigIntegerField())})
        found += [f"{model.__name__} {pk}" for pk in rows.order_by("pk").values_list("pk", flat=True)[:MOST]]
    strange = Payment.objects.exclude(currency__in=set(EXPONENTS) - {POINTS}).order_by("pk").values_list("pk", "currency")
    return (found + [f"Payment {pk} {currency}" for pk, currency in strange[:MOST]])[:MOST]


def find_stuck_clearing(now: datetime) -> list[str]:
    """I9: what a provider took was paid out in time."""
    return [f"{code} {late.plain} {late.currency}" for code, late in list_stuck_clearing(now=now)][:MOST]


def list_stuck_clearing(*, now: datetime) -> list[tuple[str, Money]]:
    """(account, amount) of what a provider took longer ago than it may keep it and has not paid out; the oldest goes out first, so that a
    busy account shows too, which is never empty."""
    late = []
    for account in LedgerAccount.objects.filter(kind=AccountKind.CLEARING).order_by("code"):
        provider = account.code.split(":")[1]
        days = CLEARS_WITHIN.get(Provider(provider), _LONGEST_CLEARING) if provider in Provider.values else _LONGEST_CLEARING
        taken = Sum("amount", filter=Q(amount__lt=0, transaction__created_at__lte=now - timedelta(days=days)))
        sums = LedgerEntry.objects.filter(account=account).aggregate(
            taken=Coalesce(taken, 0), gone=Coalesce(Sum("amount", filter=Q(amount__gt=0)), 0)
        )
        if sums["taken"] + sums["gone"] < 0:
            late.append((account.code, Money(-int(sums["taken"] + sums["gone"]), account.currency)))
    return late


def find_unposted() -> list[str]:
    """I10: what succeeded has its posting and what was posted succeeded, payments and refunds alike; two never share a settlement. That
    a provider knows of no more than we do is for the reconciliation to say."""
    found = [*_differences("payment", Payment, PaymentState.SUCCEEDED), *_differences("refund", Refund, RefundState.SUCCEEDED)]
    settled = Payment.objects.filter(settle_ref__isnull=False).order_by().values("provider", "settle_ref")
    doubled = settled.annotate(times=Count("pk")).filter(times__gt=1)
    return [*found, *(f"{row['provider']} {row['settle_ref']}" for row in doubled[:MOST])][:MOST]


def _differences(word: str, model: type[Payment] | type[Refund], done: str) -> Iterator[str]:
    """Both ways, in batches: the rows first and their postings after, since both are committed together."""
    rows = model._default_manager.filter(state=done)
    for pks in _batches(rows.values_list("pk", flat=True).iterator()):
        keys = {f"{word}:{pk}:settle" for pk in pks}
        posted = set(LedgerTransaction.objects.filter(key__in=keys).values_list("key", flat=True))
        yield from (f"{key} is missing" for key in sorted(keys - posted))
    settles = LedgerTransaction.objects.filter(key__startswith=f"{word}:", key__endswith=":settle", reversed_by__isnull=True)
    for keys_posted in _batches(settles.order_by("pk").values_list("key", flat=True).iterator()):
        named = {key: key.split(":")[1] for key in keys_posted}
        found = rows.filter(pk__in=[pk for pk in named.values() if pk.isdigit()]).values_list("pk", flat=True)
        known = {str(pk) for pk in found}
        yield from (f"{key} has no {word}" for key, pk in named.items() if pk not in known)


def _batches(values: Iterator[Value]) -> Iterator[list[Value]]:
    while batch := list(islice(values, _ROWS)):
        yield batch
