"""Counting who uses the house (DSA art. 24(3)): a number a month, from the day of each member's last visit."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from accounts.queries.activity import count_active_since
from moderation.models import MonthlyRecipients


def count_recipients(*, now: datetime) -> int:
    """Count the month that runs; how many members came since its first day.

    An account keeps the day of its last visit alone, so a month can be counted only while it runs: whoever came in it came last in it.
    Accounts that closed since an earlier count stay counted. Guests are not: nothing is kept of them.
    """
    month = now.date().replace(day=1)
    total, union = count_active_since(day=month)
    with transaction.atomic():
        row, _made = MonthlyRecipients.objects.get_or_create(month=month, defaults={"counted_at": now})
        MonthlyRecipients.objects.filter(pk=row.pk).update(
            recipients=Greatest(F("recipients"), total), in_union=Greatest(F("in_union"), union), counted_at=now
        )
    return total
