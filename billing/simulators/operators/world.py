"""The three operators together: how a payment begins, how it ends, and who is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from billing.simulators.operators.callbacks import Message, deliver
from billing.simulators.operators.clock import Clock, Schedule
from billing.simulators.operators.deals import DOUBT_SECONDS, OPEN, PROMPT_SECONDS, Book, Deal, Fate, State

ORANGE_SECONDS = 600.0  # the life of a pay_token
_DIGITS = "0123456789"
_ENDS = {Fate.APPROVE: State.COMPLETED, Fate.REFUSE: State.FAILED, Fate.TIMEOUT: State.EXPIRED, Fate.DOUBT: State.DOUBT}

# What an operator tells the merchant of a payment; with the flag it tells the contrary of what is true.
Writer = Callable[[Book, Deal, bool], Message | None]


class World:
    """Everything that one process of the stand-in knows. `lock` guards the books."""

    def __init__(self, seed: int, writers: dict[str, Writer], knobs: dict[str, dict[str, Any]] | None = None) -> None:
        self.seed, self._writers, self._knobs = seed, writers, knobs or {}
        self.clock = Clock()
        self.schedule = Schedule(self.clock)
        self.lock = threading.RLock()
        self._messengers = ThreadPoolExecutor(8)
        self.underway = 0  # messages that no merchant has answered yet
        self.books: dict[str, Book] = {}
        self.reset()

    def reset(self) -> None:
        """As at the start: no payment, the knobs of then, the time of this machine, and chance from its seed.

        Raises:
            BadKnob. KeyError: no such operator.
        """
        with self.lock:
            self.schedule.forget()
            self.clock.reset()
            self.books = {name: Book(name, self.clock, self.seed) for name in self._writers}
            for name, values in self._knobs.items():
                self.books[name].knobs.turn(values)

    # ---- A payment --------------------------------------------------------------------------------------------------------------
    def begin(self, book: Book, deal: Deal) -> None:
        """Put the question of a payment that lies in the book to the payer: a prompt on the telephone, or the page of Orange."""
        with self.lock:
            patience = ORANGE_SECONDS if book.name == "orange" else PROMPT_SECONDS
            self.schedule.at(deal.made_at + patience, lambda: self.expire(book, deal))
            acts = book.name != "orange" and book.knobs.settle_ms is not None
            early = acts and book.happens(book.knobs.callback_early)
            wait = book.draw_wait()
        if early:
            self.follow(book, deal, at_once=True)
        elif acts and deal.fate != Fate.TIMEOUT:
            self.schedule.at(deal.made_at + wait, lambda: self.follow(book, deal))

    def confirm(self, book: Book, deal: Deal) -> bool:
        """Orange: the payer presses the button of the page; whether it could still be pressed."""
        with self.lock:
            if deal.state != State.WAITING:
                return False
            deal.state = State.CONFIRMED
            early, wait = book.happens(book.knobs.callback_early), book.draw_wait()
        if early and deal.fate == Fate.APPROVE:  # the message is there before the truth
            self._send(book, deal, at_once=True, times=1)
        if deal.fate != Fate.TIMEOUT:
            self.schedule.at(self.clock.now() + wait, lambda: self.follow(book, deal))
        return True

    def follow(self, book: Book, deal: Deal, *, at_once: bool = False) -> None:
        """The payer does what was drawn."""
        state = _ENDS[deal.fate]
        if state == State.DOUBT:
            with self.lock:
                if deal.state in OPEN:
                    deal.state = State.DOUBT
            self.schedule.at(self.clock.now() + DOUBT_SECONDS, lambda: self.end(book, deal, State.COMPLETED))
        elif state != State.EXPIRED:
            self.end(book, deal, state, at_once=at_once)

    def expire(self, book: Book, deal: Deal) -> None:
        """Nobody has pressed a key in time."""
        if deal.state == State.WAITING or deal.fate == Fate.TIMEOUT:
            self.end(book, deal, State.EXPIRED)

    def end(self, book: Book, deal: Deal, state: State, *, at_once: bool = False) -> bool:
        """Decide a payment; whether it was open. A doubt ends in COMPLETED alone."""
        with self.lock:
            doubted = deal.state == State.DOUBT and state != State.COMPLETED
            if deal.state not in OPEN or doubted or self.books[book.name] is not book:
                return False
            deal.state, deal.ended_at = state, self.clock.now()
            if state == State.COMPLETED:
                book.name_transaction(deal, self._draw_transaction(book))
            silent = book.happens(book.knobs.callback_never)
            times = 3 if book.happens(book.knobs.callback_triple) else 1
        if not silent:
            self._send(book, deal, at_once=at_once, times=times)
        return True

    def _draw_transaction(self, book: Book) -> str:
        if book.name == "mvola":
            return book.draw_name(10, _DIGITS)
        moment = datetime.fromtimestamp(self.clock.now(), UTC)
        return f"MP{moment:%y%m%d.%H%M}.{'A' if book.name == 'orange' else 'L'}{book.draw_name(8, _DIGITS)}"

    # ---- Messages to the merchant -----------------------------------------------------------------------------------------------
    def _send(self, book: Book, deal: Deal, *, at_once: bool, times: int) -> None:
        """Tell the merchant, by other hands unless it is to be told before anything else; of three messages the last one is false."""
        write = self._writers[book.name]
        messages = [write(book, deal, times > 1 and number == times - 1) for number in range(times)]
        for message in messages:
            if message is None:
                continue
            self._count(1)
            if at_once:
                self._deliver(book, message)
            else:
                self._messengers.submit(self._deliver, book, message)

    def _deliver(self, book: Book, message: Message) -> None:
        status = deliver(message)
        self._count(-1)
        with self.lock:
            book.counts[f"callback {status}"] += 1

    def _count(self, more: int) -> None:
        with self.lock:
            self.underway += more

    def dawdle(self, book: Book) -> None:
        """Take as long for a reply as the knob says."""
        if book.knobs.reply_slow_ms:
            time.sleep(book.knobs.reply_slow_ms / 1000)
