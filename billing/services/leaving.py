"""What becomes of a subscription when its person leaves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.enums import GONE
from accounts.models import User
from billing.models import Subscription
from billing.services.cancelling import stop_renewing


@transaction.atomic
def stop_of_account(*, user_id: int, now: datetime) -> int:
    """Let the subscriptions of an account that closes end with what is paid; how many. Of one that only pauses: none."""
    if not User.objects.filter(pk=user_id, status__in=GONE).exists():
        return 0
    rows = Subscription.objects.select_for_update().filter(user_id=user_id, open_key__isnull=False, cancel_at_period_end=False)
    for row in rows:
        stop_renewing(subscription=row, now=now)
    return len(rows)
