"""One run of the campaign: people who pay by one operator in some weather, through the doors of the house, until nothing moves any more.

What the outbox would do is done here by hand, worse: every event is followed twice and in any order, and some payments are sent by two
workers at once. Time is the stand-in's and ours together, moved by hand.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django.db import connections

from accounts.models import User
from billing.enums import PaymentState, Provider, Purpose
from billing.models import Payment, ProviderEvent
from billing.providers.base import open_text
from billing.services.inbox import process_event
from billing.services.janitor import make_round
from billing.services.payments import create_payment, submit_payment
from billing.tests.campaign.people import make_crowd, number_of
from billing.tests.operators.standin import Operators, wait_until
from core.ids import new_client_id
from core.money import Money

THREADS = 8
PREFIXES = {Provider.MVOLA: "34", Provider.ORANGE: "32", Provider.AIRTEL: "33"}
# The steps in which the janitor's time goes by: more than the longest of its pauses, in the end.
STEPS = (10, 30, 60, 180, 60, 120, 300, 300, 600, 900, 900, 900, 1800, 1800, 1800, 1800, 1800, 1800)
OPEN = (PaymentState.CREATED, PaymentState.SUBMITTED, PaymentState.PENDING, PaymentState.UNKNOWN)
Thing = TypeVar("Thing")


@dataclass
class Run:
    """`provider`, `count` payments, and what chance gives."""

    operators: Operators
    provider: Provider
    count: int
    seed: int
    later: timedelta = timedelta(0)
    followed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.began = self.now

    @property
    def now(self) -> datetime:
        """The time that the house and the operator share."""
        return datetime.now(UTC) + self.later

    def wait(self, seconds: float) -> None:
        """Let time go by on both sides, and everybody be told what happened in it."""
        self.later += timedelta(seconds=seconds)
        self.operators.advance(seconds)
        self._hear()

    # ---- The run ----------------------------------------------------------------------------------------------------------------
    def pay(self) -> None:
        """Everybody pays once; those who stand before a page confirm there."""
        people = make_crowd(self.count)
        payments = in_threads(lambda one: self._create(*one), list(enumerate(people)))
        in_threads(self._send, [one.pk for one in payments for _worker in range(1 + (one.pk % 10 == 0))])
        self._walk()
        self.wait(1)

    def look_after(self) -> None:
        """The janitor's rounds, until all is known that asking can tell."""
        for step in STEPS:
            self.wait(step)
            in_threads(lambda _number: self._round(), range(THREADS))
            self._walk()
            self.wait(1)
            if not self.list_open():
                break

    def list_open(self) -> list[Payment]:
        """The payments that have not ended."""
        return list(Payment.objects.filter(state__in=OPEN))

    # ---- Deeds ------------------------------------------------------------------------------------------------------------------
    def _create(self, place: int, payer: User) -> Payment:
        number = number_of(PREFIXES[self.provider], place)
        return create_payment(
            payer=payer,
            purpose=Purpose.WALLET_TOPUP,
            subject_key=f"campaign:{place}",
            money=Money(1000 + place % 997, "MGA"),
            provider=self.provider,
            client_key=new_client_id(place),
            msisdn=number,
            now=self.now,
        )

    def _send(self, payment_id: int) -> None:
        submit_payment(payment_id=payment_id, now=self.now)

    def _round(self) -> None:
        for _more in range(100):
            done = make_round(now=self.now)
            assert done.failed == 0
            if not done.payments:
                return

    def _walk(self) -> None:
        """Orange: whoever was sent to a page presses its button, with the number of their telephone."""
        if self.provider == Provider.ORANGE:
            shown = Payment.objects.filter(state=PaymentState.PENDING, redirect_url__isnull=False)
            in_threads(self._confirm, [one for one in shown if one.provider_ref not in self.followed])

    def _confirm(self, payment: Payment) -> None:
        self.followed.add(str(payment.provider_ref))
        number = number_of("32", int(payment.subject_key.partition(":")[2]))
        form = urlencode({"key": "confirm", "number": "0" + number[4:]})
        path = urlsplit(open_text(payment, "redirect_url")).path
        status, _body, _names = self.operators.call("POST", path, form, Content_Type="application/x-www-form-urlencoded")
        assert status == 303

    def _hear(self) -> None:
        """Follow what was told: each event twice, in no order."""
        wait_until(lambda: self.operators.json("GET", "/__sim/state?operator=none")[1]["underway"] == 0, seconds=600, every=0.1)
        events = 2 * list(ProviderEvent.objects.filter(state="RECEIVED").values_list("pk", flat=True))
        self.chance.shuffle(events)
        in_threads(lambda one: process_event(event_id=one, now=self.now), events)


def in_threads(deed: Callable[[Thing], Any], things: Iterable[Thing]) -> list[Any]:
    """The deed done to all, by eight at once, each with connections of its own; what one of them raises is raised here."""
    waiting = list(things)
    queue, lock = iter(waiting), threading.Lock()
    results: list[Any] = []
    faults: list[Exception] = []

    def work() -> None:
        try:
            results.extend(deed(thing) for thing in _take(queue, lock))
        except Exception as error:
            faults.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _number in range(min(THREADS, len(waiting)))]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    if faults:
        raise faults[0]
    return results


def _take(queue: Iterator[Thing], lock: threading.Lock) -> Iterator[Thing]:
    while True:
        with lock:
            try:
                thing = next(queue)
            except StopIteration:
                return
        yield thing
