"""Having a provider stop what it renews. Asked outside of any transaction, as often as it takes."""

from __future__ import annotations

from datetime import datetime

from billing.models import Subscription
from billing.providers.base import RenewingProvider
from billing.providers.table import get_provider


class CannotStop(RuntimeError):
    """The provider of this subscription knows no way to stop it: a fault of ours."""


def stop_at_provider(*, subscription_id: int, at_once: bool, now: datetime) -> bool:
    """Have the provider of a subscription renew it no more, or end it `at_once`; False when it has no name there (yet). Asking again does
    no harm.

    Raises:
        NotConfigured, CannotStop, and what the call of the provider raises; the outbox asks again.
    """
    row = Subscription.objects.filter(pk=subscription_id).first()
    if row is None or row.provider_ref is None:
        return False
    provider = get_provider(row.provider)
    if not isinstance(provider, RenewingProvider):
        raise CannotStop(row.provider)
    provider.stop_subscription(row.provider_ref, at_once=at_once, now=now)
    return True
