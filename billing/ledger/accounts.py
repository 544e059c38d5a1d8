"""Account rows: opened when their code is used first, locked in the order of their ids, written once a posting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from django.db import OperationalError, connection

from billing.ledger.codes import Nature
from billing.metrics import LEDGER_RETRIES
from billing.models import LedgerAccount, LedgerEntry
from core.sql import execute_all, insert, literal, numbers, update_each

Result = TypeVar("Result")
_TRIES = 5
_DEADLOCK, _LOCK_WAIT = 1213, 1205
_TABLE = LedgerAccount._meta.db_table
_LOCKED = "id, code, currency, normal, allow_negative, posted, held, version, closed_at"
_MOST_KNOWN = 50_000
# Code -> id of accounts that this process has met. What a transaction that was taken back had opened may stand here too, which is why the
# locked row is compared with it (`lock_accounts`).
_known: dict[str, int] = {}


class StaleIds(Exception):
    """What this process knew of the ids of accounts is not so any more; it forgot them."""


@dataclass(slots=True)
class LockedAccount:
    """A row that nobody else changes now."""

    pk: int
    code: str
    currency: str
    normal: str
    allow_negative: bool
    posted: int
    held: int
    version: int
    closed_at: object


class Entry(NamedTuple):
    """A line to be written, with the columns of its row."""

    transaction_id: int
    account_id: int
    amount: int
    balance_after: int


def again_on_deadlock(deed: Callable[[], Result]) -> Result:
    """Do something in a transaction of its own, up to five times if the engine breaks it off. Inside of a transaction of the caller that
    is no reason to begin again: what the engine broke off there is more than this."""
    nested = connection.in_atomic_block
    for attempt in range(1, _TRIES + 1):
        try:
            return deed()
        except StaleIds:
            if attempt == _TRIES:
                raise
        except OperationalError as error:
            if nested or attempt == _TRIES or error.args[:1] not in ((_DEADLOCK,), (_LOCK_WAIT,)):
                raise
            LEDGER_RETRIES.inc()
            time.sleep(0.002 * attempt)
    raise AssertionError("unreachable")


def open_accounts(natures: Iterable[Nature]) -> dict[str, int]:
    """Code -> id of the accounts; those that are not there yet are opened. No query for codes that this process has met before: an
    account is never deleted."""
    wanted = {nature.code: nature for nature in natures}
    found = {code: pk for code in wanted if (pk := _known.get(code)) is not None}
    if len(found) < len(wanted):
        found |= _learn(set(wanted) - set(found))
    absent = sorted(set(wanted) - set(found))
    if absent:  # in one order for all, so that two who open the same accounts wait for each other instead of for ever
        LedgerAccount.objects.bulk_create([_account(wanted[code]) for code in absent], ignore_conflicts=True)
        found |= _learn(absent)
    return found


def lock_accounts(ids: Mapping[str, int]) -> dict[str, LockedAccount]:
    """The rows, locked in the order of their ids until the transaction ends. Written as SQL: Django takes longer to compose this
    statement than the database to answer it.

    Raises:
        StaleIds: an id stands for another account; it was learnt in a transaction that was taken back.
    """
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_LOCKED} FROM {_TABLE} WHERE id IN ({numbers(ids.values())}) ORDER BY id{lock}")  # noqa: S608  (our ids)
        found = [LockedAccount(*row) for row in cursor.fetchall()]
    accounts = {account.code: account for account in found}
    if any(code not in accounts or accounts[code].pk != pk for code, pk in ids.items()):
        for code in ids:
            _known.pop(code, None)
        raise StaleIds
    return accounts


def write(accounts: Iterable[LockedAccount], entries: Sequence[Entry]) -> None:
    """Write entries, and the balances of locked accounts, in one round trip."""
    rows = {one.pk: {"posted": literal(one.posted), "held": literal(one.held), "version": literal(one.version + 1)} for one in accounts}
    statements = [update_each(_TABLE, rows)]
    if entries:
        lines = [f"({numbers(entry)})" for entry in entries]
        statements.insert(0, insert(LedgerEntry._meta.db_table, Entry._fields, lines))
    execute_all(connection, statements)


def forget_accounts() -> None:
    """Begin anew (between tests)."""
    _known.clear()


def _learn(codes: Iterable[str]) -> dict[str, int]:
    if len(_known) > _MOST_KNOWN:
        forget_accounts()
    found = dict(LedgerAccount.objects.filter(code__in=list(codes)).values_list("code", "pk"))
    _known.update(found)
    return found


def _account(nature: Nature) -> LedgerAccount:
    return LedgerAccount(
        code=nature.code,
        kind=nature.kind,
        currency=nature.currency,
        normal=nature.normal,
        allow_negative=nature.allow_negative,
        owner_key=nature.owner_key,
    )
