"""The clock of the authority: data protection is woken at 48 hours, and again when the 72 are over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from moderation.enums import StaffRole
from moderation.services.alarms import list_role
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify
from privacy.enums import BreachRisk
from privacy.models import Breach
from privacy.services.breaches import note_breach

# Hours after the discovery at which the alarm rings while the authority has not been told.
ALARMS = (48, 72)
_MOST = 100


def ring_breaches(*, now: datetime) -> int:
    """Wake everybody of data protection once for each breach and alarm that has come; how many breaches rang.

    A breach that was written in late rings the last alarm that has passed, and no other.
    """
    owed = Breach.objects.filter(closed_at__isnull=True, authority_told_at__isnull=True).exclude(risk=BreachRisk.NONE)
    due = owed.filter(found_at__lte=now - timedelta(hours=ALARMS[0]), alarmed__lt=ALARMS[-1])
    return sum(_ring(breach, now) for breach in due.order_by("found_at")[:_MOST])


def _ring(breach: Breach, now: datetime) -> bool:
    hours = max(hour for hour in ALARMS if breach.found_at + timedelta(hours=hour) <= now)
    with transaction.atomic():
        if not Breach.objects.filter(pk=breach.pk, alarmed__lt=hours, authority_told_at__isnull=True).update(alarmed=hours):
            return False  # it rang, or the authority was told a moment ago
        for one in list_role(StaffRole.DATA_PROTECTION):
            _tell(breach, one.user_id, hours, now)
        note_breach("breach.alarm", breach, None, reason=f"{hours} h", now=now)
    return True


def _tell(breach: Breach, user_id: int, hours: int, now: datetime) -> None:
    ends_at = breach.authority_due_at
    notify(
        user_id=user_id,
        kind=NoticeKind.BREACH_CLOCK,
        subject=Subject("privacy", "BREACH", breach.public_id),
        dedupe_key=f"breach-clock:{breach.public_id}:{hours}",
        group_key=f"breach-clock:{breach.public_id}",
        args={"ref": breach.public_id, "ends_at": ends_at.strftime("%Y-%m-%d %H:%M"), "late": ends_at <= now},
        path=reverse("admin:privacy_breach_page", args=[breach.public_id]),
        now=now,
    )
