"""Reading the books: statements of accounts, sums by kind, and whether money may leave the house."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, QuerySet, Sum

from billing.enums import AccountKind, NormalSide
from billing.metrics import LEDGER_FAULTS, LEDGER_PROVED_AT, LEDGER_STOPPED
from billing.models import LedgerAccount, LedgerEntry, LedgerProof
from core.money import Money


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry as its account counts it: what came in is positive, what went out negative."""

    at: datetime
    key: str
    kind: str
    money: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """The lines of an account in [since, until], both days whole and in UTC, oldest first. `is_cut`: there are more than asked for."""

    since: date
    until: date
    opening: Money
    lines: list[StatementLine]
    is_cut: bool

    @property
    def closing(self) -> Money:
        """The balance after the last line."""
        return self.lines[-1].balance if self.lines else self.opening


@dataclass(frozen=True, slots=True)
class KindSum:
    """All accounts of a kind in one currency: how many, and what they have together."""

    kind: AccountKind
    count: int
    money: Money


def find_account(*, pk: int) -> LedgerAccount | None:
    """An account by its number, for staff."""
    return LedgerAccount.objects.filter(pk=pk).first()


def get_statement(*, account: LedgerAccount, since: date, until: date, limit: int = 500) -> AccountStatement:
    """What happened in an account between two days, `limit` lines at most. Two queries."""
    lines = [_line(account, entry) for entry in _entries(account, since, until)[: limit + 1]]
    if lines:
        opening = lines[0].balance - lines[0].money
    else:
        earlier = account.entries.filter(transaction__created_at__lt=_start(since)).order_by("-pk")
        opening = Money(earlier.values_list("balance_after", flat=True).first() or 0, account.currency)
    return AccountStatement(since, until, opening, lines[:limit], is_cut=len(lines) > limit)


def iterate_statement(*, account: LedgerAccount, since: date, until: date) -> Iterator[StatementLine]:
    """All lines of `get_statement`, one after the other, for a file."""
    for entry in _entries(account, since, until).iterator(chunk_size=2000):
        yield _line(account, entry)


def list_kind_sums() -> list[KindSum]:
    """What the accounts of each kind have, by currency; one query over the accounts."""
    rows = LedgerAccount.objects.order_by("kind", "currency").values("kind", "currency").annotate(count=Count("pk"), posted=Sum("posted"))
    return [KindSum(AccountKind(row["kind"]), row["count"], Money(int(row["posted"]), row["currency"])) for row in rows]


def find_last_proof() -> LedgerProof | None:
    """The last proof of the books, whatever it found; None before the first."""
    return LedgerProof.objects.order_by("-number").first()


def is_money_stopped() -> bool:
    """Whether no money may leave the house (refunds, payouts), because the last proof was not green. A later green one ends it."""
    return LedgerProof.objects.order_by("-number").values_list("is_green", flat=True).first() is False


def measure_ledger() -> None:
    """Set the gauges that the alarms read. One query."""
    proof = find_last_proof()
    LEDGER_STOPPED.set(proof is not None and not proof.is_green)
    if proof is None:
        LEDGER_PROVED_AT.set(float("nan"))
        return
    LEDGER_PROVED_AT.set(proof.created_at.timestamp())
    for invariant, places in proof.results.items():
        LEDGER_FAULTS.labels(invariant).set(len(places))


def _entries(account: LedgerAccount, since: date, until: date) -> QuerySet[LedgerEntry]:
    within = account.entries.filter(
        transaction__created_at__gte=_start(since), transaction__created_at__lt=_start(until + timedelta(days=1))
    )
    return within.select_related("transaction").order_by("pk")


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _line(account: LedgerAccount, entry: LedgerEntry) -> StatementLine:
    amount = entry.amount if account.normal == NormalSide.CREDIT else -entry.amount
    row = entry.transaction
    balance = Money(entry.balance_after, account.currency)
    return StatementLine(row.created_at, row.key, row.kind, Money(amount, account.currency), balance)
