"""Subscriptions as their people and the jobs see them."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from billing.enums import LetterKind
from billing.models import ContractLetter, Subscription


def find_subscription(*, user: User) -> Subscription | None:
    """The open subscription of this person; the oldest should there be two."""
    mine = Subscription.objects.select_related("price__plan", "next_price__plan").filter(user=user, open_key__isnull=False)
    return mine.order_by("pk").first()


def find_last_subscription(*, user: User) -> Subscription | None:
    """The subscription of this person that ended last, to say when."""
    ended = Subscription.objects.select_related("price__plan").filter(user=user, open_key__isnull=True, ended_at__isnull=False)
    return ended.order_by("-ended_at").first()


def has_notice_of_renewal(*, subscription: Subscription, period_end: datetime) -> bool:
    """Whether the notice of the renewal at `period_end` was sent and did not come back."""
    letters = ContractLetter.objects.filter(key=renewal_key(subscription, period_end), kind=LetterKind.RENEWAL)
    return letters.filter(sent_at__isnull=False, bounced_at__isnull=True).exists()


def renewal_key(subscription: Subscription, period_end: datetime) -> str:
    """The key of the letter that announces the renewal of a subscription at the end of a period."""
    return f"renewal:{subscription.public_id}:{period_end:%Y-%m-%d}"
