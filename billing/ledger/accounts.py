"""Account rows: opened when their code is used first, locked in the order of their ids, written once a posting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from django.db import OperationalError, connection

from billing.ledger.codes import Nature
from billing.metrics import LEDGER_RETRIES
from billing.models import LedgerAccount, LedgerEntry
from core.sql import execute_all, insert, literal, update_each

Result = TypeVar("Result")
_TRIES = 5
_DEADLOCK, _LOCK_WAIT = 1213, 1205
_ENTRY_COLUMNS = ("transaction_id", "account_id", "amount", "balance_after")


def again_on_deadlock(deed: Callable[[], Result]) -> Result:
    """Do something in a transaction of its own, up to five times if the engine breaks it off. Inside of a transaction of the caller it
    is done once: what the engine broke off there is more than this."""
    tries = 1 if connection.in_atomic_block else _TRIES
    for attempt in range(1, tries + 1):
        try:
            return deed()
        except OperationalError as error:
            if attempt == tries or error.args[:1] not in ((_DEADLOCK,), (_LOCK_WAIT,)):
                raise
            LEDGER_RETRIES.inc()
            time.sleep(0.002 * attempt)
    raise AssertionError("unreachable")


def open_accounts(natures: Iterable[Nature]) -> list[int]:
    """The ids of the accounts of these codes; those that are not there yet are opened."""
    wanted = {nature.code: nature for nature in natures}
    found = _ids(wanted)
    absent = sorted(set(wanted) - set(found))
    if absent:  # in one order for all, so that two who open the same accounts wait for each other instead of for ever
        LedgerAccount.objects.bulk_create([_account(wanted[code]) for code in absent], ignore_conflicts=True)
        found = _ids(wanted)
    return sorted(found.values())


def lock_accounts(ids: Sequence[int]) -> dict[int, LedgerAccount]:
    """The rows, locked in the order of their ids until the transaction ends."""
    return {account.pk: account for account in LedgerAccount.objects.select_for_update().filter(pk__in=ids).order_by("pk")}


def write(accounts: Iterable[LedgerAccount], entries: Sequence[LedgerEntry]) -> None:
    """Write entries, and the balances of locked accounts, in one round trip."""
    rows = {one.pk: {"posted": literal(one.posted), "held": literal(one.held), "version": literal(one.version + 1)} for one in accounts}
    statements = [update_each(LedgerAccount._meta.db_table, rows)]
    if entries:
        lines = [f"({', '.join([literal(getattr(entry, column)) for column in _ENTRY_COLUMNS])})" for entry in entries]
        statements.insert(0, insert(LedgerEntry._meta.db_table, _ENTRY_COLUMNS, lines))
    execute_all(connection, statements)


def _ids(codes: Iterable[str]) -> dict[str, int]:
    return dict(LedgerAccount.objects.filter(code__in=list(codes)).values_list("code", "pk"))


def _account(nature: Nature) -> LedgerAccount:
    return LedgerAccount(
        code=nature.code,
        kind=nature.kind,
        currency=nature.currency,
        normal=nature.normal,
        allow_negative=nature.allow_negative,
        owner_key=nature.owner_key,
    )
