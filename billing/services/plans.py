"""What is for sale: brought to the settings by a command, changed by the money team with a reason that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from billing.enums import PlanCode
from billing.models import Coupon, Plan, Price
from billing.services.deeds import note_deed
from core import audit
from core.text import clean

REASON = 500


class ReasonMissing(ValueError):
    """What is for sale is not changed without saying why."""


@transaction.atomic
def load_plans(*, prices: Mapping[tuple[str, str], int], now: datetime) -> list[str]:
    """Bring plans and prices to `prices` ((currency, interval) -> minor units); the names of the prices that are new on offer.

    Doing it twice changes nothing. A price whose amount changes goes off offer and another takes its place; whoever subscribed at the
    old one keeps it until they order anew. A plan or a price that the team took off offer stays so.
    """
    for code in PlanCode:
        Plan.objects.get_or_create(code=code)
    premium = Plan.objects.get(code=PlanCode.PREMIUM)
    new = [_offer(premium, currency, interval, amount, now) for (currency, interval), amount in prices.items()]
    wanted = {_open_key(premium, currency, interval) for currency, interval in prices}
    _withdraw(Price.objects.filter(plan=premium, open_key__isnull=False).exclude(open_key__in=wanted))
    return [name for name in new if name]


def _offer(plan: Plan, currency: str, interval: str, amount: int, now: datetime) -> str:
    key, name = _open_key(plan, currency, interval), f"{plan.code}_{currency}_{interval}_{amount}".lower()
    offered = Price.objects.filter(open_key=key)
    known = Price.objects.filter(lookup_key=name)
    if known.exists() and (not offered.exists() or offered.filter(lookup_key=name).exists()):
        return ""  # it is on offer, or the team took it off
    _withdraw(offered)
    if not known.update(active=True, open_key=key):
        Price.objects.create(
            plan=plan, currency=currency, interval=interval, amount_minor=amount, open_key=key, lookup_key=name, created_at=now
        )
    return name


def _withdraw(rows: Any) -> None:
    rows.update(active=False, open_key=None)


def _open_key(plan: Plan, currency: str, interval: str) -> str:
    return f"{plan.code}:{currency}:{interval}"


@transaction.atomic
def set_plan_active(*, plan: Plan, active: bool, by: User, reason: str, now: datetime) -> None:
    """Put a plan on offer or take it off; what was sold goes on.

    Raises:
        ReasonMissing.
    """
    before = {"active": Plan.objects.select_for_update().get(pk=plan.pk).active}
    Plan.objects.filter(pk=plan.pk).update(active=active)
    _note(action="billing.plan.change", kind="plan", ref=plan.code, by=by, reason=reason, before=before, after={"active": active}, now=now)


@transaction.atomic
def set_price_active(*, price: Price, active: bool, by: User, reason: str, now: datetime) -> None:
    """Put a price on offer in the place of the one that is, or take it off; subscriptions at either go on.

    Raises:
        ReasonMissing.
    """
    before = {"active": Price.objects.select_for_update().get(pk=price.pk).active}
    key = _open_key(price.plan, price.currency, price.interval)
    _withdraw(Price.objects.filter(open_key=key))
    if active:
        Price.objects.filter(pk=price.pk).update(active=True, open_key=key)
    _note(
        action="billing.price.change",
        kind="price",
        ref=price.lookup_key,
        by=by,
        reason=reason,
        before=before,
        after={"active": active},
        now=now,
    )


@transaction.atomic
def save_coupon(*, coupon: Coupon, plans: list[Plan], by: User, reason: str, now: datetime) -> Coupon:
    """Write a coupon, new or changed; its code and what it takes off never change once somebody has used it.

    Raises:
        ReasonMissing, CouponInUse.
    """
    stored = Coupon.objects.select_for_update().filter(pk=coupon.pk).first() if coupon.pk else None
    if stored is not None and stored.redeemed and _terms(stored) != _terms(coupon):
        raise CouponInUse(stored.code)
    if stored is None:
        coupon.created_at = now
        coupon.save(force_insert=True)
    else:
        coupon.save(update_fields=[*_TERMS, "starts_at", "ends_at", "max_redemptions", "first_purchase_only", "active"])
    coupon.plans.set(plans)
    _note(
        action="billing.coupon.save",
        kind="coupon",
        ref=coupon.code,
        by=by,
        reason=reason,
        before=_state(stored),
        after=_state(coupon),
        now=now,
    )
    return coupon


def keeps_promise(coupon_id: int | None, terms: Mapping[str, Any]) -> bool:
    """Whether a coupon may be given these terms: those that somebody has used stay as they are."""
    stored = Coupon.objects.filter(pk=coupon_id, redeemed__gt=0).first() if coupon_id else None
    return stored is None or _terms(stored) == tuple(terms.get(name) for name in _TERMS)


class CouponInUse(ValueError):
    """People have used this coupon: what they were promised stays."""


_TERMS = ("code", "percent", "amount_minor", "currency", "duration", "periods")


def _terms(coupon: Coupon) -> tuple[Any, ...]:
    return tuple(getattr(coupon, name) for name in _TERMS)


def _state(coupon: Coupon | None) -> dict[str, Any]:
    if coupon is None:
        return {}
    names = (*_TERMS, "starts_at", "ends_at", "max_redemptions", "first_purchase_only", "active")
    return {name: getattr(coupon, name) for name in names}


def _note(
    *,
    action: str,
    kind: str,
    ref: str,
    by: User,
    reason: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write a change of what is for sale into the audit chain, in its transaction.

    Raises:
        ReasonMissing.
    """
    words = clean(reason, lines=False)[:REASON]
    if not words:
        raise ReasonMissing
    note_deed(action, kind=kind, ref=ref, reason=words, by=by, before=audit.digest_of(before), after=audit.digest_of(after), now=now)
