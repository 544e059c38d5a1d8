"""Many at once, on an engine that lets them: every key once, nothing lost, nothing below nothing, and no deadlock."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest
from django.db import connection

from billing.enums import HoldState
from billing.ledger import AlreadyResolved, InsufficientFunds, LedgerError, capture_hold, expire_holds, place_hold, post, prove, void_hold
from billing.metrics import LEDGER_RETRIES
from billing.models import Hold, LedgerAccount, LedgerEntry, LedgerTransaction
from billing.tests.ledger.books import AMINA, BEN, MVOLA, NOON, REVENUE, SOON, move, pay_in, sums
from core.money import Money

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.servers,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="needs writers that work at the same time"),
]
THREADS = 16


def race(*deeds: Callable[[], object]) -> list[object]:
    """Do all at once, each in a thread of its own; what each returned or refused."""
    begin, ends = threading.Barrier(len(deeds)), list[object]()

    def run(deed: Callable[[], object]) -> None:
        try:
            begin.wait(30)
            ends.append(deed())
        except LedgerError as refusal:
            ends.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(ends) == len(deeds), "a thread ended with an error"
    return ends


def tell(deed: Callable[[], object]) -> str:
    """One of many deeds of a thread: done, or the name of the refusal."""
    try:
        deed()
    except LedgerError as refusal:
        return type(refusal).__name__
    return "done"


@pytest.fixture(autouse=True)
def _no_deadlock() -> Iterator[None]:
    """Nothing here is won by trying again, and what is left is proved."""
    before = LEDGER_RETRIES._value.get()
    yield
    assert LEDGER_RETRIES._value.get() == before, "the engine had to break deadlocks"
    proof = prove(now=NOON)
    assert proof.results == {name: [] for name in proof.results}
    assert not LedgerAccount.objects.filter(allow_negative=False, posted__lt=0).exists()


def test_the_same_keys_from_all_sides_are_posted_once() -> None:
    keys = [f"payment:{number}:x" for number in range(30)]

    def deliver(order: Sequence[str]) -> Callable[[], list[bool]]:
        return lambda: [pay_in(AMINA, 7, key=key).is_new for key in order]

    chance = random.Random(1)
    answers = race(*(deliver(chance.sample(keys, len(keys))) for _thread in range(8)))
    assert sum(new for answer in answers for new in answer) == 30  # type: ignore[attr-defined]
    assert sums(AMINA) == (210, 0)
    assert (LedgerTransaction.objects.count(), LedgerEntry.objects.count()) == (30, 60)


def test_a_hot_account_adds_up() -> None:
    def pay(thread: int) -> Callable[[], object]:
        return lambda: [pay_in(AMINA, 1, key=f"{thread}:{number}") for number in range(25)]

    race(*(pay(thread) for thread in range(THREADS)))
    assert (sums(AMINA), sums(MVOLA)) == ((THREADS * 25, 0), (THREADS * 25, 0))
    ends = LedgerEntry.objects.filter(account__code=AMINA).order_by("pk").values_list("balance_after", flat=True)
    assert list(ends) == list(range(1, THREADS * 25 + 1))


def test_nobody_spends_what_is_not_there() -> None:
    pay_in(AMINA, 100)

    def spend(thread: int) -> Callable[[], object]:
        return lambda: [tell(lambda: move(AMINA, REVENUE, 1, key=f"{thread}:{number}")) for number in range(10)]  # noqa: B023  (called at once)

    answers = Counter(word for answer in race(*(spend(thread) for thread in range(THREADS))) for word in answer)  # type: ignore[attr-defined]
    assert answers == {"done": 100, "InsufficientFunds": 60}
    assert (sums(AMINA), sums(REVENUE)) == ((0, 0), (100, 0))


def test_there_and_back_and_round_in_circles() -> None:
    """Accounts are locked by id, however the lines are written."""
    circle = [AMINA, BEN, "wallet:carol:MGA", "wallet:dera:MGA"]
    for code in circle:
        pay_in(code, 10_000)

    def turn(thread: int) -> Callable[[], object]:
        chance = random.Random(thread)

        def run() -> None:
            for number in range(15):
                lines = [(code, chance.choice((-3, -2, 2, 3))) for code in chance.sample(circle, 3)]
                lines.append((MVOLA, -sum(amount for _code, amount in lines)))
                post(key=f"{thread}:{number}", kind="TURN", lines=[line for line in lines if line[1]], now=NOON)

        return run

    race(*(turn(thread) for thread in range(THREADS)))
    assert LedgerTransaction.objects.filter(kind="TURN").count() == THREADS * 15


def test_accounts_that_all_use_first_are_opened_once() -> None:
    codes = [f"wallet:new{number}:MGA" for number in range(12)]

    def use(thread: int) -> Callable[[], object]:
        order = random.Random(thread).sample(codes, len(codes))
        return lambda: post(key=f"{thread}", kind="GIFT", lines=[*((code, 1) for code in order), (MVOLA, -12)], now=NOON)

    race(*(use(thread) for thread in range(8)))
    assert LedgerAccount.objects.count() == 13
    assert [sums(code) for code in codes] == [(8, 0)] * 12


def test_no_more_is_held_than_there_is() -> None:
    pay_in(AMINA, 100)

    def hold(number: int) -> Callable[[], object]:
        return lambda: place_hold(key=f"h{number}", code=AMINA, money=Money(10, "MGA"), expires_at=SOON, now=NOON)

    answers = race(*(hold(number) for number in range(THREADS)))
    assert sum(isinstance(answer, Hold) for answer in answers) == 10
    assert sum(isinstance(answer, InsufficientFunds) for answer in answers) == THREADS - 10
    assert sums(AMINA) == (100, 100)


def test_the_same_hold_from_all_sides_is_placed_once() -> None:
    pay_in(AMINA, 100)
    answers = race(*[lambda: place_hold(key="h", code=AMINA, money=Money(60, "MGA"), expires_at=SOON, now=NOON)] * 8)
    assert len({answer.pk for answer in answers}) == 1  # type: ignore[attr-defined]
    assert sums(AMINA) == (100, 60)


@pytest.mark.parametrize("again", range(4))
def test_a_hold_has_one_end(again: int) -> None:
    pay_in(AMINA, 100)
    place_hold(key="h", code=AMINA, money=Money(60, "MGA"), expires_at=SOON, now=NOON)
    lines = [(AMINA, -40), (REVENUE, 40)]
    ends = race(
        *[lambda: capture_hold(key="h", lines=lines, now=NOON)] * 3,
        *[lambda: void_hold(key="h", now=NOON)] * 3,
        *[lambda: expire_holds(now=SOON)] * 2,
    )
    state = Hold.objects.get().state
    won = [end for end in ends if not isinstance(end, AlreadyResolved) and end != 0]
    assert len(won) == 1
    assert sums(AMINA) == ((60, 0) if state == HoldState.POSTED else (100, 0))


def test_holds_and_postings_on_one_account_do_not_block_each_other_for_ever() -> None:
    pay_in(AMINA, 1000)

    def work(thread: int) -> Callable[[], object]:
        def run() -> None:
            for number in range(8):
                key = f"{thread}:{number}"
                place_hold(key=key, code=AMINA, money=Money(2, "MGA"), expires_at=SOON, now=NOON)
                move(AMINA, BEN, 1, key=f"pay:{key}")
                if number % 2:
                    capture_hold(key=key, lines=[(AMINA, -2), (REVENUE, 2)], now=NOON)
                else:
                    void_hold(key=key, now=NOON)

        return run

    race(*(work(thread) for thread in range(THREADS)))
    paid, taken = THREADS * 8, THREADS * 4 * 2
    assert (sums(AMINA), sums(BEN), sums(REVENUE)) == ((1000 - paid - taken, 0), (paid, 0), (taken, 0))


def test_proofs_while_all_post_are_green_and_their_chain_holds() -> None:
    """Numbers of entries are given before they are committed: the chain waits for those below its end."""
    done = threading.Event()
    proofs: list[bool] = []

    def pay(thread: int) -> Callable[[], object]:
        return lambda: [pay_in(AMINA, 1, key=f"{thread}:{number}") for number in range(60)]

    def watch() -> None:
        while not done.is_set():
            proofs.append(prove(now=NOON).is_green)

    def all_pay() -> None:
        race(*(pay(thread) for thread in range(8)))
        done.set()

    race(all_pay, watch)
    assert len(proofs) >= 2
    assert all(proofs)
