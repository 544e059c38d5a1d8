"""Keeping the lines of statements: once each, signed by what they do to the money that a provider holds for us."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from billing.enums import LineKind
from billing.models import Statement, StatementLine
from billing.providers.base import SCOPE, StatementRow
from billing.providers.statement_files import COLUMNS
from core.sealing import SealingError, open_sealed, seal

Numbered = tuple[int, StatementRow]
_BATCH = 500
_TAKES_AWAY = frozenset({LineKind.REFUND, LineKind.FEE, LineKind.PAYOUT})


class FeeInOtherCurrency(ValueError):
    """A fee that is not in the currency of its line: nothing of ours can hold it."""


def has_files(provider: str) -> bool:
    """Whether the statements of this provider are files, which its interface cannot be asked for."""
    return provider in COLUMNS


def add_lines(statement: Statement, rows: Iterable[Numbered]) -> int:
    """Keep the lines that are not known yet, in the caller's transaction; how many there were.

    Raises:
        FeeInOtherCurrency.
    """
    made = [_make(statement, number, row) for number, row in rows]
    known = {(line.kind, line.provider_ref) for line in find_known(statement.provider, made)}
    fresh = [line for line in made if (line.kind, line.provider_ref) not in known]
    StatementLine.objects.bulk_create(fresh, batch_size=_BATCH)
    return len(fresh)


def find_known(provider: str, lines: Sequence[StatementLine]) -> list[StatementLine]:
    """Which of these the house has already, from whatever statement."""
    found: list[StatementLine] = []
    refs = [line.provider_ref for line in lines]
    for start in range(0, len(refs), _BATCH):
        found += StatementLine.objects.filter(provider=provider, provider_ref__in=refs[start : start + _BATCH]).defer("raw")
    return found


def make_lines(statement: Statement, rows: Iterable[Numbered]) -> list[StatementLine]:
    """The lines as they would be kept."""
    return [_make(statement, number, row) for number, row in rows]


def digest_of_rows(rows: Iterable[StatementRow]) -> str:
    """SHA-256 of what a provider's interface said, in whatever order it said it."""
    words = sorted(f"{row.kind}|{row.provider_ref}|{row.money.amount_minor}|{row.money.currency}" for row in rows)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def msisdn_of(line: StatementLine) -> str:
    """The telephone in a line, as the operator wrote it; empty where there is none, or when it was purged."""
    if line.raw is None:
        return ""
    try:
        return str(json.loads(open_sealed(SCOPE, bytes(line.raw), line.sealing_ad)).get("msisdn", ""))
    except SealingError:
        return ""


def _make(statement: Statement, number: int, row: StatementRow) -> StatementLine:
    fee = 0 if row.fee is None else row.fee.amount_minor
    if fee and row.fee is not None and row.fee.currency != row.money.currency:
        raise FeeInOtherCurrency(row.provider_ref)
    line = StatementLine(
        statement=statement,
        number=number,
        provider=statement.provider,
        kind=row.kind,
        provider_ref=row.provider_ref,
        our_ref=row.our_ref[:80],
        amount_minor=_signed(row),
        currency=row.money.currency,
        fee_minor=abs(fee),
        at=row.at,
    )
    line.raw = seal(SCOPE, json.dumps(dict(row.raw), default=_plain).encode(), line.sealing_ad)
    return line


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _signed(row: StatementRow) -> int:
    amount = row.money.amount_minor
    if row.kind == LineKind.PAYMENT:
        return abs(amount)
    return -abs(amount) if row.kind in _TAKES_AWAY else amount
