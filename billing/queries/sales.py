"""What a payment bought of the house itself: what stands on its invoice. Sums come from the ledger, so that the two never differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from billing.enums import OrderState, PaymentState, Purpose, VatTreatment
from billing.models import LedgerEntry, Payment
from billing.queries.orders import find_order_of, find_vat_of
from billing.queries.vat import VatSplit, find_rate, is_home
from core.money import Money

# What the house sells. Orders and bookings are sold by a merchant, who writes the invoice; a filled wallet has bought nothing yet.
INVOICED = (Purpose.SUBSCRIPTION, Purpose.PARTNER_PLAN, Purpose.AD_CAMPAIGN)


class NotPosted(LookupError):
    """The ledger does not hold the payment, or not as it was frozen with its order."""


@dataclass(frozen=True, slots=True)
class Sale:
    """The price with its VAT, the plan and the interval where there are some, and the days for which it was paid."""

    split: VatSplit
    plan: str = ""
    interval: str = ""
    from_date: date | None = None
    to_date: date | None = None
    is_delivered: bool = True


def is_invoiced(payment: Payment) -> bool:
    """Whether a payment is one for which the house writes an invoice. What was paid twice is no sale: it waits to go back.

    Raises:
        NotPosted.
    """
    if payment.state != PaymentState.SUCCEEDED or payment.purpose not in INVOICED:
        return False
    return any(code.startswith("revenue:") for code, _amount in _list_posted(key=f"payment:{payment.pk}:settle"))


def get_sale(*, payment: Payment) -> Sale:
    """What a settled payment bought.

    Raises:
        NotPosted: nothing may be written that the ledger does not say. NoVatRule.
    """
    posted, country = find_posted_vat(key=f"payment:{payment.pk}:settle")
    order, split = find_order_of(subject_key=payment.subject_key), find_vat_of(subject_key=payment.subject_key)
    if order is None or split is None or order.money != payment.money:
        return Sale(_split_posted(payment, posted, country))
    if split.vat.amount_minor != posted:
        raise NotPosted(payment.our_reference)
    return Sale(
        split,
        plan=order.price.plan.code,
        interval=order.price.interval,
        from_date=order.period_start.date() if order.period_start else None,
        to_date=order.period_end.date() if order.period_end else None,
        is_delivered=order.state != OrderState.ORDERED,
    )


def find_posted_vat(*, key: str) -> tuple[int, str]:
    """The VAT in a posting, in minor units and without its sign, and whose it is; nothing and nobody's where there is none.

    Raises:
        NotPosted.
    """
    found = [(abs(amount), code.split(":")[1]) for code, amount in _list_posted(key=key) if code.startswith("vat:")]
    return found[0] if found else (0, "")


def _list_posted(*, key: str) -> list[tuple[str, int]]:
    entries = list(LedgerEntry.objects.filter(transaction__key=key).values_list("account__code", "amount"))
    if not entries:
        raise NotPosted(key)
    return entries


def _split_posted(payment: Payment, vat: int, country: str) -> VatSplit:
    """What has no order of ours (a renewal at its provider) was taxed as the ledger says."""
    on = (payment.settled_at or payment.created_at).date()
    parts = Money(payment.amount_minor - vat, payment.currency), Money(vat, payment.currency)
    if not vat:
        return VatSplit(*parts, 0, country, VatTreatment.OUT_OF_SCOPE)
    treatment = VatTreatment.DOMESTIC if is_home(country, settings.SELLER_COUNTRY) else VatTreatment.DESTINATION
    return VatSplit(*parts, find_rate(country=country, kind=payment.purpose, on=on), country, treatment)
