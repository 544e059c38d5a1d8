"""A small house with money, for the tests of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from billing.ledger import Posting, get_balance, post
from billing.models import LedgerAccount, LedgerEntry, LedgerTransaction

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SOON = NOON + timedelta(minutes=15)
AMINA, BEN = "wallet:amina:MGA", "wallet:ben:MGA"
MVOLA, BANK, REVENUE = "clearing:MVOLA:MGA", "bank:BOA:MGA", "revenue:subscription:MGA"


def pay_in(code: str, amount: int, *, key: str = "", now: datetime = NOON) -> Posting:
    """Money comes from outside onto an account that grows on its credit side."""
    currency = code.rpartition(":")[2]
    key = key or f"in:{code}:{LedgerTransaction.objects.count()}"
    return post(key=key, kind="TOP_UP", lines=[(f"clearing:MVOLA:{currency}", -amount), (code, amount)], now=now)


def move(source: str, target: str, amount: int, *, key: str, now: datetime = NOON) -> Posting:
    """From one account to another, both of which grow on their credit side."""
    return post(key=key, kind="MOVE", lines=[(source, -amount), (target, amount)], now=now)


def sums(code: str) -> tuple[int, int]:
    """(posted, held)."""
    balance = get_balance(code)
    assert balance.available == balance.posted - balance.held
    return balance.posted.amount_minor, balance.held.amount_minor


def everything() -> tuple[list[tuple[object, ...]], ...]:
    """All that the books hold, to show that a refusal changed nothing."""
    return (
        list(LedgerAccount.objects.exclude(version=0).order_by("code").values_list("code", "posted", "held", "version")),
        list(LedgerTransaction.objects.order_by("pk").values_list("pk", "key", "fingerprint")),
        list(LedgerEntry.objects.order_by("pk").values_list("pk", "account__code", "amount", "balance_after")),
    )
