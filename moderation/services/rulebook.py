"""The rules in force as a process uses them: read from the tables into one snapshot, and read anew when the rule book has turned a page.

A web process looks at the number of the rule book every two seconds, in a thread of its own; whoever screens a text waits for no table.
What is known of people (how many reported them, whether they came on the device of a banned account) is read anew every half minute.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import Count, F
from django.utils import timezone

from accounts.models import EvasionSignal
from core.connections import tend_connections
from core.outages import log_failure
from moderation.enums import RuleKind, RuleOutcome, RuleState, RuleTopic
from moderation.models import Report, RuleBook, RuleVersion
from moderation.screening.behaviour import Suspicion
from moderation.screening.snapshot import RuleSnapshot, RuleSource, Scope
from moderation.services.screening import screener

logger = logging.getLogger("resaka.screening")
LOOK_SECONDS = 2.0
_FIRST_LOOK_SECONDS = 10.0
_SUSPICION_ROUNDS = 15
_REPORTED_WITHIN = timedelta(hours=24)
_SUSPECT_FOR = timedelta(days=30)
_BOOK = 1


def turn_page() -> None:
    """Say, in the transaction of a change, that what is in force or on trial has changed."""
    RuleBook.objects.get_or_create(pk=_BOOK)
    RuleBook.objects.filter(pk=_BOOK).update(number=F("number") + 1)


def read_number() -> int:
    """The page at which the rule book stands; 0 before there were rules."""
    return RuleBook.objects.filter(pk=_BOOK).values_list("number", flat=True).first() or 0


def read_snapshot(*, now: datetime) -> RuleSnapshot:
    """The rules in force and on trial, compiled. Two versions of one rule may be in it: one in force, the next on trial."""
    number = read_number()  # first: a change meanwhile is then read twice rather than not at all
    live = RuleVersion.objects.filter(state__in=[RuleState.ACTIVE, RuleState.SHADOW]).select_related("rule").order_by("rule_id", "number")
    return RuleSnapshot([source_of(version) for version in live], number=number, suspicion=read_suspicion(now=now))


def read_suspicion(*, now: datetime) -> Suspicion:
    """Whom several people reported in the last day, and who came on the device of a banned account in the last thirty."""
    reported = Report.objects.filter(created_at__gt=now - _REPORTED_WITHIN, reporter__isnull=False, case__subject__isnull=False)
    counted = reported.values_list("case__subject").annotate(people=Count("reporter", distinct=True)).order_by()
    signals = EvasionSignal.objects.filter(seen_at__gt=now - _SUSPECT_FOR).values_list("user_id", flat=True)
    return Suspicion(reporters=dict(counted), on_banned_device=frozenset(signals))


def source_of(version: RuleVersion) -> RuleSource:
    """A version as the engine takes it."""
    return RuleSource(
        rule_id=version.rule_id,
        version=version.number,
        kind=RuleKind(version.rule.kind),
        text=version.text,
        outcome=RuleOutcome(version.outcome),
        topic=RuleTopic(version.rule.topic),
        scope=scope_of(version.scope),
        weight=version.weight,
        shadow=version.state != RuleState.ACTIVE,
        room_id=version.rule.room_id,
    )


def scope_of(stored: dict[str, Any]) -> Scope:
    """The stored scope of a version as the engine takes it."""
    hours = stored.get("account_age_below_h")
    return Scope(
        languages=frozenset(stored.get("languages", ())),
        rooms=frozenset(stored.get("rooms", ())),
        age_gates=frozenset(stored.get("age_gates", ())),
        kinds=frozenset(stored.get("kinds", ())),
        account_age_below=timedelta(hours=hours) if hours else None,
        first_messages=bool(stored.get("first_messages", False)),
    )


class Watcher(threading.Thread):
    """Keeps the snapshot of this process at the page of the rule book."""

    def __init__(self) -> None:
        super().__init__(name="resaka-rulebook", daemon=True)
        self.looked = threading.Event()
        self._stopped = threading.Event()
        self._rounds = 0

    def run(self) -> None:
        self.look(now=timezone.now())
        self.looked.set()
        while not self._stopped.wait(LOOK_SECONDS):
            tend_connections()
            self.look(now=timezone.now())
        connections.close_all()

    def look(self, *, now: datetime) -> bool:
        """One look at the rule book; whether a snapshot was read. What fails is logged and comes again; the rules read last stay."""
        self._rounds += 1
        try:
            known = screener.snapshot
            if known is not None and known.number == read_number() and self._rounds % _SUSPICION_ROUNDS:
                return False
            screener.use(read_snapshot(now=now))
        except Exception as error:
            log_failure(logger, "the rules could not be read", error)
            return False
        return True

    def stop(self) -> None:
        """End after the look in hand."""
        self._stopped.set()
        self.join(timeout=5)


_watcher: Watcher | None = None


def start() -> None:
    """Read the rules and follow them from now on. Until they could be read once, every text is refused."""
    global _watcher
    if _watcher is None:
        screener.use(None)
        _watcher = Watcher()
        _watcher.start()
        _watcher.looked.wait(_FIRST_LOOK_SECONDS)  # so that the first who write are not refused


def stop() -> None:
    """Follow the rules no longer."""
    global _watcher
    if _watcher is not None:
        _watcher.stop()
    _watcher = None
