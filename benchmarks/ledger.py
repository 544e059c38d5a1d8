"""What a posting costs: one account that everybody wants, many accounts, the same keys again, a balance among many entries, the proof.

The work is done by this module as a program (`python -m benchmarks.ledger`), inside the product's environment on its own MariaDB.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks import report
from benchmarks.crowds import folder_for_a_run
from benchmarks.product import Product

_WALLETS = 2000
_READS = 2000
_POSTINGS = (
    "INSERT INTO billing_ledgertransaction (id, `key`, fingerprint, kind, effective_date, created_at) "
    "SELECT %s + seq, CONCAT('fill:', seq), %s, 'BENCHMARK', UTC_DATE(), UTC_TIMESTAMP(6)"
)
_ENTRIES = (
    "INSERT INTO billing_ledgerentry (id, transaction_id, account_id, amount, balance_after) "
    "SELECT %s + 2 * seq + %s, %s + seq, %s, %s, %s + seq"
)
_CLEARING, _HOT, _OLD = "clearing:MVOLA:MGA", "wallet:hot:MGA", "wallet:old:MGA"


def ledger(options: Any) -> None:
    """The command: postings a second by one and by many threads, then reading and proving among many entries."""
    head = report.print_head()
    order = {"postings": options.postings, "threads": options.threads, "entries": options.entries}
    with folder_for_a_run() as folder, contextlib.closing(Product(folder)) as product:
        product.stores.start()
        product.manage("migrate", "--verbosity", "0")
        product.manage("migrate", "--database", "keys", "--verbosity", "0")
        found = json.loads(product.run(sys.executable, "-m", "benchmarks.ledger", given=json.dumps(order)))
    rows = [
        [
            name,
            one["postings"],
            f"{one['rate']:.0f}",
            f"{one['p50']:.1f}",
            f"{one['p95']:.1f}",
            f"{one['most']:.1f}",
            f"{one['cpu']:.2f}",
            one["retries"],
        ]
        for name, one in found["postings"].items()
    ]
    report.print_table(["posting", "postings", "a second", "p50 ms", "p95 ms", "most ms", "CPU ms", "deadlocks"], rows)
    print(f"{found['absorbed']} of {found['asked']} postings had a key that was there already, and changed nothing")
    read = found["balance"]
    print(f"balance of an account among {found['entries']} entries: p50 {read['p50']:.2f} ms, p95 {read['p95']:.2f} ms")
    print(
        f"looking at the books as each minute does: {found['look']:.2f} s; proving all of them: {found['prove']:.1f} s, {found['verdict']}"
    )
    report.save(options.json, {**head, "ledger": found})


# ---- Inside the product ----------------------------------------------------------------------------------------------------------
def measure(*, postings: int, threads: int, entries: int) -> dict[str, Any]:
    """All figures, in milliseconds where not said otherwise."""
    from billing.ledger import get_balance, look, prove

    chance = random.Random(29)
    wallets = [f"wallet:{number}:MGA" for number in range(_WALLETS)]
    _open([_HOT, *wallets])
    found: dict[str, Any] = {"postings": {}}
    found["postings"]["one account, one thread"] = _run(1, postings // 4, "serial", lambda: _HOT)
    found["postings"][f"one account, {threads} threads"] = _run(threads, postings, "hot", lambda: _HOT)
    found["postings"][f"{_WALLETS} accounts, {threads} threads"] = _run(threads, postings, "spread", lambda: chance.choice(wallets))
    found |= _ask_again(threads, postings)
    found["entries"] = _fill(entries)
    found["balance"] = _figures([_timed(lambda: get_balance(_OLD)) for _read in range(_READS)])
    begun = time.perf_counter()
    proof = prove(now=_now())
    found["prove"] = time.perf_counter() - begun
    found["look"] = _timed(look) / 1e3
    return {**found, "verdict": "green" if proof.is_green else f"red: {proof.results}"}


def _run(threads: int, postings: int, word: str, wallet: Callable[[], str]) -> dict[str, Any]:
    """That many postings by that many threads, each a payment into a wallet."""
    from billing.metrics import LEDGER_RETRIES

    before = LEDGER_RETRIES._value.get()
    times: list[float] = []

    def work(thread: int) -> None:
        for number in range(postings // threads):
            key, code = f"{word}:{thread}:{number}", wallet()
            times.append(_timed(partial(_pay, key, code)))

    used = time.process_time()
    seconds = _in_threads(threads, work)
    cpu = (time.process_time() - used) * 1e3 / len(times)
    return {
        "postings": len(times),
        "rate": len(times) / seconds,
        "cpu": cpu,
        **_figures(times),
        "retries": int(LEDGER_RETRIES._value.get() - before),
    }


def _ask_again(threads: int, postings: int) -> dict[str, int]:
    """Keys that were posted by `_run` already, from all threads; how many were absorbed."""
    answers: list[bool] = []

    def work(thread: int) -> None:
        answers.extend(_pay(f"hot:{number % threads}:{thread}", _HOT) for number in range(postings // threads // 4))

    _in_threads(threads, work)
    return {"asked": len(answers), "absorbed": answers.count(False)}


def _pay(key: str, code: str) -> bool:
    from billing.ledger import post

    return post(key=key, kind="BENCHMARK", lines=[(_CLEARING, -1), (code, 1)], now=_now()).is_new


def _in_threads(count: int, work: Callable[[int], None]) -> float:
    """Seconds from the moment when all stand ready."""
    from django.db import connection

    ready = threading.Barrier(count + 1)

    def run(number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        ready.wait()
        try:
            work(number)
        finally:
            connection.close()

    workers = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for one in workers:
        one.start()
    ready.wait()
    begun = time.perf_counter()
    for one in workers:
        one.join()
    return time.perf_counter() - begun


def _open(codes: list[str]) -> None:
    """Accounts are opened by their first posting; here by one for all, so that the runs measure postings."""
    from billing.ledger import post

    for number, some in enumerate(_slices(codes, 99)):
        lines = [(_CLEARING, -len(some)), *((code, 1) for code in some)]
        post(key=f"open:{number}", kind="BENCHMARK", lines=lines, now=_now())


def _slices(values: list[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(values), size):
        yield values[first : first + size]


def _fill(entries: int) -> int:
    """Postings into one old account until there are so many entries; written as the ledger writes them, by the database itself."""
    from django.db import connection
    from django.db.models import F

    from billing.ledger.orders import fingerprint_of
    from billing.models import LedgerAccount, LedgerEntry, LedgerTransaction

    _pay("old", _OLD)
    there = LedgerEntry.objects.count()
    count = (entries - there) // 2
    if count <= 0:  # the runs wrote more than was asked for
        return int(there)
    old, clearing = (LedgerAccount.objects.get(code=code) for code in (_OLD, _CLEARING))
    first = LedgerTransaction.objects.order_by("-pk").values_list("pk", flat=True)[0]
    last = LedgerEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    fingerprint = fingerprint_of("BENCHMARK", [(_CLEARING, -1), (_OLD, 1)])
    with connection.cursor() as cursor:
        cursor.execute(f"{_POSTINGS} FROM seq_1_to_{count}", [first, fingerprint])
        for place, (account, amount) in enumerate(((clearing, -1), (old, 1))):
            cursor.execute(f"{_ENTRIES} FROM seq_1_to_{count}", [last, place, first, account.pk, amount, account.posted])
            LedgerAccount.objects.filter(pk=account.pk).update(posted=F("posted") + count, version=F("version") + 1)
        cursor.execute("ANALYZE TABLE billing_ledgertransaction, billing_ledgerentry, billing_ledgeraccount")
        cursor.fetchall()
    return int(LedgerEntry.objects.count())


def _now() -> Any:
    from django.utils import timezone

    return timezone.now()


def _timed(deed: Callable[[], object]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    deed()
    return (time.perf_counter() - begun) * 1e3


def _figures(times: list[float]) -> dict[str, float]:
    times = sorted(times)
    return {"p50": times[len(times) // 2], "p95": times[len(times) * 95 // 100], "most": times[-1]}


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
    django.setup()
    print(json.dumps(measure(**json.load(sys.stdin))), flush=True)


if __name__ == "__main__":
    main()
