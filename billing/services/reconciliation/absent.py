"""What stands in our books and on no statement.

Days are those of UTC, as statements are read. A payment is missed once the statements of all its days and of the day after them have been
compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from billing.enums import GapKind, LineKind, PaymentState, RefundChannel, RefundState, StatementState
from billing.models import Gap, Payment, Refund, Statement
from billing.providers.base import ProviderState
from billing.services.payments import settle_as_found
from billing.services.reconciliation.gaps import open_own_gap
from billing.services.reconciliation.lines import has_files

LOOK_BACK = timedelta(days=90)
_MOST = 2000
_DAY = timedelta(days=1)
ABSENT = "ABSENT"


def list_missing(*, provider: str, now: datetime) -> int:
    """Put on the list of ours what succeeded and was on no statement of its days; how many entries are new."""
    days = _compared_days(provider, now)
    missed = [one for one in _unmatched_payments(provider, now) if _covers(days, one.submitted_at, one.settled_at)]
    returned = [one for one in _unmatched_refunds(provider, now) if _covers(days, one.submitted_at, one.settled_at)]
    with transaction.atomic():
        opened = [open_own_gap(payment=one, now=now) for one in missed]
        return sum(opened) + sum(open_own_gap(refund=one, now=now) for one in returned)


def fail_absent(*, provider: str, now: datetime) -> int:
    """End as FAILED the payments without known outcome that two consecutive statements do not know (design of MVola: nothing else can
    tell); how many. One that a line without owner may still be is left to the person who looks at that line."""
    if not has_files(provider):
        return 0
    days, ended = _compared_days(provider, now), 0
    waiting = Payment.objects.filter(
        provider=provider, state__in=(PaymentState.UNKNOWN, PaymentState.PENDING), submitted_at__gte=now - LOOK_BACK
    )
    for payment in waiting.filter(matches__isnull=True).order_by("pk")[:_MOST]:
        if _covers(days, payment.submitted_at, payment.submitted_at) and not _may_be_a_line(payment):
            proof = ProviderState(PaymentState.FAILED.value, failure_code=ABSENT)
            ended += settle_as_found(payment_id=payment.pk, found=proof, now=now).state == PaymentState.FAILED
    return ended


def day_of(moment: datetime) -> date:
    """On which statement a moment falls."""
    return moment.astimezone(UTC).date()


def _compared_days(provider: str, now: datetime) -> frozenset[date]:
    done = Statement.objects.filter(provider=provider, state=StatementState.CONFIRMED, matched_at__isnull=False)
    return frozenset(done.filter(day__gte=(now - LOOK_BACK).date() - _DAY).values_list("day", flat=True))


def _covers(days: Iterable[date], began: datetime | None, ended: datetime | None) -> bool:
    if began is None or ended is None:
        return False
    day, last = day_of(began), day_of(ended) + _DAY
    wanted = {day + _DAY * number for number in range((last - day).days + 1)}
    return wanted <= set(days)


def _unmatched_payments(provider: str, now: datetime) -> QuerySet[Payment]:
    paid = Payment.objects.filter(provider=provider, state=PaymentState.SUCCEEDED, settled_at__gte=now - LOOK_BACK)
    return paid.filter(matches__isnull=True, gaps__isnull=True).order_by("pk")[:_MOST]


def _unmatched_refunds(provider: str, now: datetime) -> QuerySet[Refund]:
    back = Refund.objects.filter(payment__provider=provider, state=RefundState.SUCCEEDED, settled_at__gte=now - LOOK_BACK)
    rows = back.filter(matches__isnull=True, gaps__isnull=True).exclude(channel=RefundChannel.MANUAL, submitted_at__isnull=True)
    return rows.select_related("payment").order_by("pk")[:_MOST]


def _may_be_a_line(payment: Payment) -> bool:
    """Whether money came in about then that nobody could place, and that this payment might be."""
    began = payment.submitted_at or payment.created_at
    unplaced = Gap.objects.filter(kind=GapKind.THEIRS_ONLY, open_key__isnull=False, provider=payment.provider, line__kind=LineKind.PAYMENT)
    alike = unplaced.filter(line__amount_minor=payment.amount_minor, line__currency=payment.currency)
    return alike.filter(line__at__gte=began - _DAY, line__at__lte=began + 2 * _DAY).exists()
