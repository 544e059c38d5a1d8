"""Posting: a set of lines that sums to nothing is written whole and once, or not at all.

Two who post under one key queue at its unique index. The loser reads the winner's row, which needs READ COMMITTED (Django's default on
MariaDB). On SQLite the write lock of an IMMEDIATE transaction does what row locks do there. Lock order everywhere: payment, hold,
accounts by id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from billing.ledger.accounts import Entry, LockedAccount, again_on_deadlock, lock_accounts, open_accounts, write
from billing.ledger.errors import AccountClosed, AlreadyReversed, InsufficientFunds, KeyConflict, NotAReversal, UnknownPosting
from billing.ledger.orders import Line, Order, make_order, on_side
from billing.metrics import POSTING_SECONDS, POSTINGS
from billing.models import LedgerEntry, LedgerTransaction
from core.money import Money
from core.outbox import publish_many

REVERSAL = "REVERSAL"


@dataclass(frozen=True, slots=True)
class Posting:
    """What stands under a key, and whether this call wrote it."""

    transaction: LedgerTransaction
    is_new: bool


def post(
    *,
    key: str,
    kind: str,
    lines: Sequence[Line],
    now: datetime,
    reverses: LedgerTransaction | None = None,
    events: Sequence[Any] = (),
) -> Posting:
    """Write `lines`, each (account code, minor units; credit positive, debit negative), under `key`, once.

    The same key with the same kind and lines gives the first posting. Accounts are opened by their codes. `events` are published in the
    same transaction, if the posting is new. Called inside of a transaction it commits with that one; otherwise in its own.

    Raises:
        Unbalanced: no lines, more than 100, a line of nothing, a sum in some currency, points together with money.
        UnknownAccount, AccountClosed, InsufficientFunds.
        KeyConflict: the key stands for something else.
        NotAReversal, AlreadyReversed: `reverses` is not undone by these lines, or was undone before.
    """
    order = make_order(key=key, kind=kind, lines=lines, now=now, reverses=reverses, events=events)
    with POSTING_SECONDS.time():
        posting = again_on_deadlock(lambda: _post(order))
    POSTINGS.labels("new" if posting.is_new else "again").inc()
    return posting


def reverse(*, key: str, now: datetime, events: Sequence[Any] = ()) -> Posting:
    """Undo the posting under `key`, whole: its lines with the other sign. Corrections are made so, never by an edit.

    Raises:
        UnknownPosting, AccountClosed.
        InsufficientFunds: what it gave was spent meanwhile.
        AlreadyReversed: under another key.
    """
    undone = LedgerTransaction.objects.filter(key=key).first()
    if undone is None:
        raise UnknownPosting(key)
    lines = [(code, -amount) for code, amount in _lines_of(undone)]
    return post(key=f"reversal:{undone.pk}", kind=REVERSAL, lines=lines, now=now, reverses=undone, events=events)


def write_order(order: Order, ids: Mapping[str, int], *, release: tuple[str, int] | None = None) -> LedgerTransaction:
    """Write an order in the transaction of the caller. `ids` are those of its accounts (`open_accounts`); `release` is (code, minor
    units) that are held no longer."""
    if order.reverses is not None and sorted((code, -amount) for code, amount in _lines_of(order.reverses)) != sorted(order.lines):
        raise NotAReversal(order.key)
    row = LedgerTransaction.objects.create(
        key=order.key,
        fingerprint=order.fingerprint,
        kind=order.kind,
        reverses=order.reverses,
        effective_date=order.now.date(),
        created_at=order.now,
    )
    accounts = lock_accounts(ids)
    if release is not None:
        accounts[release[0]].held -= release[1]
    free = {code: account.posted - account.held for code, account in accounts.items()}
    entries = [_move(row, accounts[code], amount) for code, amount in order.lines]
    for code, account in accounts.items():
        _refuse(account, free[code])
    write(accounts.values(), entries)
    publish_many(order.events)
    return row


def _post(order: Order) -> Posting:
    ids = open_accounts(order.natures.values())  # before the transaction: nobody waits for its end to use a new account
    try:
        with transaction.atomic():
            return Posting(write_order(order, ids), is_new=True)
    except IntegrityError as error:
        return _answer_again(order, error)


def _answer_again(order: Order, error: IntegrityError) -> Posting:
    """The key stands already: the first answer, if it is one to the same question."""
    row = LedgerTransaction.objects.filter(key=order.key).first()
    if row is not None and (row.fingerprint, row.reverses_id) == (order.fingerprint, order.reverses and order.reverses.pk):
        return Posting(row, is_new=False)
    if row is not None:
        raise KeyConflict(order.key) from error
    if order.reverses is not None and LedgerTransaction.objects.filter(reverses=order.reverses).exists():
        raise AlreadyReversed(order.reverses.key) from error
    raise error


def _move(row: LedgerTransaction, account: LockedAccount, amount: int) -> Entry:
    """Add a line to its account; the entry that says so."""
    account.posted += on_side(amount, account.normal)
    return Entry(row.pk, account.pk, amount, account.posted)


def _refuse(account: LockedAccount, free: int) -> None:
    if account.closed_at is not None:
        raise AccountClosed(account.code)
    if not account.allow_negative and account.posted < account.held:
        raise InsufficientFunds(account.code, Money(free, account.currency))


def _lines_of(row: LedgerTransaction) -> list[Line]:
    return list(LedgerEntry.objects.filter(transaction=row).order_by("pk").values_list("account__code", "amount"))
