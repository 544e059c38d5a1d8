"""Orders of plans: as their buyer sees them, and as a payment finds them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from billing.enums import Interval, OrderState, PlanCode, Purpose, VatTreatment
from billing.models import PlanOrder, Subscription
from billing.providers.table import list_providers
from billing.queries.payable import NotPayable, Payable
from billing.queries.vat import VatSplit
from core.money import Money

# How long an order that nobody pays stays open.
ORDER_LIFE = timedelta(hours=24)


def find_payable_order(user: User, ref: str, now: datetime) -> Payable:
    """The order of that outward id, to be paid by its buyer.

    Raises:
        NotPayable.
    """
    order = PlanOrder.objects.select_related("price__plan").filter(user=user, public_id=ref, state=OrderState.ORDERED).first()
    if order is None or order.amount_minor == 0 or now >= order.ordered_at + ORDER_LIFE:
        raise NotPayable(ref)
    return Payable(
        purpose=Purpose.SUBSCRIPTION,
        subject_key=order.subject_key,
        money=order.money,
        title=title_of(order),
        back=reverse("billing:plan_order", args=[order.public_id]),
        done=reverse("billing:subscription"),
        only=tuple(list_renewing(currency=order.currency)) if order.renews else (),
        kept_card=order.changes_renewal,
    )


def title_of(order: PlanOrder) -> str:
    """What was ordered, in a line."""
    words = {"plan": PlanCode(order.price.plan.code).label, "interval": Interval(order.price.interval).label}
    return _("%(plan)s, %(interval)s") % words


def list_renewing(*, currency: str) -> list[str]:
    """The names of the providers that this house has keys for and that renew a subscription in that currency by themselves."""
    found = [(provider.name, provider.capabilities()) for provider in list_providers()]
    return [name for name, able in found if able.recurring and currency in able.currencies]


def find_vat_of(*, subject_key: str) -> VatSplit | None:
    """The VAT of an order as it was frozen when it was ordered; None when the subject is no order of a plan."""
    order = PlanOrder.objects.of_subject(subject_key).first()
    if order is None:
        return None
    net, vat = Money(order.net_minor, order.currency), Money(order.vat_minor, order.currency)
    return VatSplit(net, vat, order.vat_rate_bp, order.vat_country, VatTreatment(order.vat_treatment))


def find_order_of(*, subject_key: str) -> PlanOrder | None:
    """The order that a payment names as its subject, with its price; None when the subject is something else."""
    return PlanOrder.objects.of_subject(subject_key).select_related("price__plan", "subscription").first()


def list_orders(*, user: User) -> list[PlanOrder]:
    """What this person ordered and paid, the newest first; at most a hundred."""
    shown = PlanOrder.objects.filter(user=user).exclude(state__in=(OrderState.ORDERED, OrderState.EXPIRED))
    return list(shown.select_related("price__plan", "payment").order_by("-ordered_at")[:100])


def find_open_order(*, user: User, now: datetime) -> PlanOrder | None:
    """The last order that this person has not paid yet and still may."""
    waiting = PlanOrder.objects.filter(user=user, state=OrderState.ORDERED, ordered_at__gt=now - ORDER_LIFE)
    return waiting.select_related("price__plan").order_by("-ordered_at").first()


def list_living_orders(*, subscription: Subscription, now: datetime) -> list[PlanOrder]:
    """The paid orders of a subscription that have time left, in the order of their periods."""
    paid = PlanOrder.objects.filter(subscription=subscription, state=OrderState.PAID, period_end__gt=now)
    return list(paid.select_related("price__plan").order_by("period_start", "pk"))
