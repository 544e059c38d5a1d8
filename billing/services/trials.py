"""Fourteen days of Premium to try, once, without a card and without an end that costs: it ends in FREE because nothing follows it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.models import User
from billing.enums import EntitlementSource, OrderState, PlanCode
from billing.models import Entitlement, PlanOrder
from billing.queries.entitlements import forget_entitlements
from billing.services.entitling import give_plan

TRIAL = timedelta(days=14)


class NoTrial(Exception):
    """This person has tried Premium before, or has paid for it."""


def may_try(*, user: User) -> bool:
    """Whether this person may still have their one trial. Two queries."""
    if Entitlement.objects.filter(source_key=_key_of(user)).exists():
        return False
    return not PlanOrder.objects.filter(user=user).exclude(state__in=(OrderState.ORDERED, OrderState.EXPIRED)).exists()


def find_trial_end(*, user_id: int, now: datetime) -> datetime | None:
    """Until when the trial of this person runs; None when it does not."""
    running = Entitlement.objects.filter(user_id=user_id, source=EntitlementSource.TRIAL, ends_at__gt=now)
    return running.values_list("ends_at", flat=True).first()


def start_trial(*, user: User, now: datetime) -> datetime:
    """Begin the trial; when it ends. The key of its entitlements is the person's, so that even two tabs begin it once.

    Raises:
        NoTrial.
    """
    if not may_try(user=user):
        raise NoTrial(user.public_id)
    ends_at = now + TRIAL
    try:
        with transaction.atomic():
            give_plan(
                user_id=user.pk,
                plan=PlanCode.PREMIUM,
                source=EntitlementSource.TRIAL,
                source_key=_key_of(user),
                starts_at=now,
                ends_at=ends_at,
            )
    except IntegrityError as error:
        raise NoTrial(user.public_id) from error
    forget_entitlements(user)
    return ends_at


def _key_of(user: User) -> str:
    return f"trial:{user.public_id}"
