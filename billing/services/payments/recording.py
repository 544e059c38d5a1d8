"""A payment that began at the provider and not with us: the renewal of a subscription."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from accounts.models import User
from billing.enums import PaymentState
from billing.models import Payment
from billing.providers.base import ProviderState
from billing.services.payments.pace import CREATED_FOR, FIRST
from billing.services.payments.settling import settle_as_found
from billing.services.payments.states import note_step


def record_payment(
    *, payer: User, purpose: str, subject_key: str, provider: str, found: ProviderState, once_key: str, now: datetime
) -> Payment:
    """Note a payment that the provider took by itself, and settle it as it was found there. `once_key` names it among all of this payer
    (the provider's invoice): told again, it is the same one. `found` must hold the sum.

    Raises:
        ValueError: it has no sum.
    """
    if found.money is None:
        raise ValueError(once_key)
    key = uuid.uuid5(uuid.NAMESPACE_URL, f"billing:{provider}:{once_key}")
    with transaction.atomic():
        payment, made = Payment.objects.get_or_create(
            payer=payer,
            client_key=key,
            defaults={
                "purpose": purpose,
                "subject_key": subject_key,
                "open_key": subject_key,
                "amount_minor": found.money.amount_minor,
                "currency": found.money.currency,
                "provider": provider,
                "provider_ref": found.provider_ref or None,
                "state": PaymentState.PENDING,
                "created_at": now,
                "submitted_at": now,
                "expires_at": now + CREATED_FOR,
                "next_check_at": now + FIRST,
            },
        )
        if made:
            note_step(payment, before="", why="taken by the provider", now=now)
    return settle_as_found(payment_id=payment.pk, found=found, now=now)
