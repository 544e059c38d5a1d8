"""What Stripe renews for somebody."""

from __future__ import annotations

from accounts.models import User
from billing.models import StripeSubscription

# Stripe's words for what has ended.
ENDED = ("canceled", "incomplete_expired")


def find_renewing(user: User) -> StripeSubscription | None:
    """The subscription that Stripe renews for this person; None without one."""
    return StripeSubscription.objects.filter(user=user).exclude(status__in=ENDED).order_by("-pk").first()
