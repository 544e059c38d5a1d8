"""What the house does about statements by itself, every hour: asks for them, compares again what waits, misses what is absent, and wakes
the team for what nobody brought."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from billing.enums import GapKind, Provider, StatementState
from billing.models import Payment, Statement
from billing.providers.table import list_providers
from billing.services.alarms import Alarm, raise_alarm
from billing.services.reconciliation.absent import day_of, fail_absent, list_missing
from billing.services.reconciliation.comparing import reconcile_statement
from billing.services.reconciliation.importing import import_day
from billing.services.reconciliation.lines import has_files
from core.outages import log_failure

logger = logging.getLogger("resaka.billing")

# A day is asked for again while some of its lines may still be late.
ASKED_AGAIN = 3
WATCHED = 7
PATIENCE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: statements asked for, entries put on the lists, payments ended as absent, alarms for missing files."""

    imported: int
    missing: int
    failed: int
    alarms: int


def make_round(*, now: datetime) -> Round:
    """See to the statements of every provider. What fails is logged and comes again; call it outside of any transaction."""
    imported = sum(_import(provider.name, now) for provider in list_providers() if not has_files(provider.name))
    compare_again(now=now)
    failed = sum(fail_absent(provider=provider, now=now) for provider in Provider.values)
    missing = sum(list_missing(provider=provider, now=now) for provider in Provider.values)
    return Round(imported, missing, failed, watch_files(now=now))


def compare_again(*, now: datetime) -> int:
    """Look again at statements whose lines wait for something of ours to change; how many."""
    waiting = Statement.objects.filter(lines__gaps__open_key__isnull=False, lines__gaps__kind=GapKind.DIFFERENT)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True).distinct()[:100])
    for statement_id in ids:
        reconcile_statement(statement_id=statement_id, now=now)
    return len(ids)


def watch_files(*, now: datetime) -> int:
    """Wake the team, once a day of an operator, for files that nobody brought in two days although something was paid; how many."""
    late = [(provider, day) for provider in Provider.values if has_files(provider) for day in _late_days(provider, now)]
    with transaction.atomic():
        for provider, day in late:
            raise_alarm(alarm=Alarm.STATEMENT_MISSING, ref=f"{provider} {day}", path=reverse("admin:billing_statements"), now=now)
    return len(late)


def _import(provider: str, now: datetime) -> int:
    """Yesterday and the days before it that are still open; how many answered."""
    answered = 0
    for number in range(1, ASKED_AGAIN + 1):
        try:
            import_day(provider=provider, day=(now - timedelta(days=number)).date(), now=now)
        except Exception as error:
            log_failure(logger, "no statement", error, provider=provider)
            break
        answered += 1
    return answered


def _late_days(provider: str, now: datetime) -> list[date]:
    last = day_of(now - PATIENCE)
    first = last - timedelta(days=WATCHED)
    paid = Payment.objects.filter(provider=provider, submitted_at__gte=now - PATIENCE - timedelta(days=WATCHED + 1))
    days = {day_of(at) for at in paid.values_list("submitted_at", flat=True) if at is not None}
    there = Statement.objects.filter(provider=provider, state=StatementState.CONFIRMED).values_list("day", flat=True)
    return sorted(day for day in days - set(there) if first <= day < last)
