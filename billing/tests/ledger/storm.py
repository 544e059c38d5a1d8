"""Processes that post until they are killed: `python -m billing.tests.ledger.storm KILLS SEED [migrated]`, on the environment's database.

One process makes the tables, as the models say or by the migrations of a house (which takes a minute), and some money; then it forks
children that post, hold, capture and void for as long as they live, and write down every key whose call came back. Each is killed
(SIGKILL) at some moment. At the end the books are proved and every acknowledged key must be there; the answer is one line of JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402  (once Django stands)
from django.core.management import call_command  # noqa: E402  (once Django stands)
from django.db import connection, connections  # noqa: E402  (once Django stands)
from django.db.models import Count  # noqa: E402  (once Django stands)
from django.utils import timezone  # noqa: E402  (once Django stands)

from billing import ledger  # noqa: E402  (once Django stands)
from billing.ledger import guards  # noqa: E402  (once Django stands)
from billing.models import Hold, LedgerAccount, LedgerTransaction  # noqa: E402  (once Django stands)
from core.money import Money  # noqa: E402  (once Django stands)
from core.tests.tables import make_tables  # noqa: E402  (once Django stands)

WALLETS = [f"wallet:{number}:MGA" for number in range(6)]
REVENUE, CLEARING = "revenue:commission:MGA", "clearing:MVOLA:MGA"
AT_ONCE = 3
_LONGEST_LIFE = 0.12


def main(kills: int, seed: int, *, migrated: bool) -> dict[str, Any]:
    _lay_out(migrated=migrated)
    unguarded = sorted(guards.missing(connection))
    for code in WALLETS:
        ledger.post(key=f"in:{code}", kind="TOP_UP", lines=[(CLEARING, -(10**9)), (code, 10**9)], now=timezone.now())
    chance, folder = random.Random(seed), Path(settings.DATA_DIR)
    children: list[tuple[int, int]] = []
    killed = born = 0
    connections.close_all()
    while killed < kills:
        while len(children) < AT_ONCE:
            born += 1
            children.append((_fork(born, chance.randrange(2**32), folder), born))
        pid, number = children.pop(0)
        _await_work(folder / f"told-{number}")
        time.sleep(_LONGEST_LIFE * chance.random())
        killed += _kill(pid)
    for pid, _number in children:
        _kill(pid)
    return {"kills": killed, "unguarded": unguarded, **_judge(folder)}


def _lay_out(*, migrated: bool) -> None:
    if not migrated:
        make_tables()
        guards.lay_out(connection)
        return
    for alias in ("default", "keys"):
        call_command("migrate", database=alias, verbosity=0)


def _fork(number: int, seed: int, folder: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        with (folder / f"told-{number}").open("w", buffering=1) as told:
            _post_for_ever(number, random.Random(seed), lambda key: told.write(key + "\n"))
    finally:
        os._exit(1)  # whatever ended it, it is not the parent


def _post_for_ever(number: int, chance: random.Random, tell: Any) -> None:
    step = 0
    while True:
        step += 1
        key, now = f"{number}:{step}", timezone.now()
        source, target = chance.sample(WALLETS, 2)
        amount = chance.randint(2, 50)
        if chance.random() < 0.6:
            ledger.post(key=key, kind="SALE", lines=[(source, -amount), (target, amount - 1), (REVENUE, 1)], now=now)
            tell(key)
            continue
        ledger.place_hold(key=key, code=source, money=Money(amount, "MGA"), expires_at=now + timedelta(hours=1), now=now)
        if chance.random() < 0.5:
            tell(ledger.capture_hold(key=key, lines=[(source, -amount), (REVENUE, amount)], now=now).transaction.key)
        else:
            ledger.void_hold(key=key, now=now)


def _await_work(told: Path) -> None:
    """Until the child has posted something; a busy machine may take its time."""
    limit = time.monotonic() + 60
    while not (told.exists() and told.stat().st_size):
        if time.monotonic() > limit:
            raise RuntimeError("a child does not post")
        time.sleep(0.005)


def _kill(pid: int) -> bool:
    """Whether it was killed in the middle of its work, rather than ended by itself."""
    os.kill(pid, signal.SIGKILL)
    _pid, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _judge(folder: Path) -> dict[str, Any]:
    told = {line for file in folder.glob("told-*") for line in file.read_text().splitlines() if line}
    rows = dict(LedgerTransaction.objects.annotate(lines=Count("entries")).values_list("key", "lines"))
    proof = ledger.prove(now=timezone.now())
    return {
        "postings": len(rows),
        "acknowledged": len(told),
        "lost": len(told - set(rows)),
        "half": sum(1 for lines in rows.values() if lines < 2),
        "faults": {name: places for name, places in proof.results.items() if places},
        "negative": LedgerAccount.objects.filter(allow_negative=False, posted__lt=0).count(),
        "held": sum(LedgerAccount.objects.values_list("held", flat=True)),
        "pending": sum(Hold.objects.filter(state="PENDING").values_list("amount_minor", flat=True)),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), migrated="migrated" in sys.argv[3:])) + "\n")
