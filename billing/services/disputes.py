"""What the payer's bank asks back. Told in any order and any number of times, each step is booked once; nobody is punished for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from billing.enums import DisputeStatus
from billing.events import DisputeClosed, DisputeOpened
from billing.ledger import post
from billing.ledger.postings import lines_of_dispute
from billing.models import Dispute, Payment
from billing.services.alarms import Alarm, raise_alarm
from core.money import Money
from core.outbox import publish

_WARNED_BEFORE = timedelta(days=3)


def record_dispute(
    *,
    payment_id: int,
    provider_ref: str,
    money: Money,
    status: str,
    funds_withdrawn: bool,
    evidence_due_at: datetime | None,
    now: datetime,
) -> Dispute:
    """Note a dispute as it stands at the provider now. `funds_withdrawn`: the bank has taken the money at any time, even if it came back.

    Money that was taken lies in `dispute:`; won, it is the provider's clearing again, lost, an expense. A decision is not taken back.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment_id)
        dispute, is_new = Dispute.objects.get_or_create(
            provider_ref=provider_ref,
            defaults={"payment": payment, "amount_minor": money.amount_minor, "evidence_due_at": evidence_due_at, "opened_at": now},
        )
        if is_new:
            publish(DisputeOpened(dispute.pk))
        is_lost = status == DisputeStatus.LOST
        if (funds_withdrawn or is_lost) and not dispute.funds_withdrawn:
            _post(dispute, money, "withdrawn", now)
            dispute.funds_withdrawn = True
        if dispute.status == DisputeStatus.OPEN and status != DisputeStatus.OPEN:
            _close(dispute, money, DisputeStatus(status), now)
        dispute.evidence_due_at = evidence_due_at or dispute.evidence_due_at
        dispute.save(update_fields=["status", "funds_withdrawn", "evidence_due_at", "closed_at"])
    return dispute


def warn_of_deadlines(*, now: datetime) -> int:
    """Wake the team for every open dispute that must be answered within three days, once; how many there were."""
    due = Dispute.objects.filter(status=DisputeStatus.OPEN, warned_at__isnull=True, evidence_due_at__lte=now + _WARNED_BEFORE)
    rows = list(due.filter(evidence_due_at__gt=now).order_by("evidence_due_at")[:100])
    for dispute in rows:
        with transaction.atomic():
            if Dispute.objects.filter(pk=dispute.pk, warned_at__isnull=True).update(warned_at=now):
                raise_alarm(alarm=Alarm.DISPUTE_DUE, ref=dispute.provider_ref[:40], now=now)
    return len(rows)


def _close(dispute: Dispute, money: Money, status: DisputeStatus, now: datetime) -> None:
    if dispute.funds_withdrawn:
        _post(dispute, money, "won" if status == DisputeStatus.WON else "lost", now)
    dispute.status, dispute.closed_at = status, now
    publish(DisputeClosed(dispute.pk))


def _post(dispute: Dispute, money: Money, step: str, now: datetime) -> None:
    lines = lines_of_dispute(provider=dispute.payment.provider, money=money, step=step)
    post(key=f"dispute:{dispute.pk}:{step}", kind="DISPUTE", lines=lines, now=now)
