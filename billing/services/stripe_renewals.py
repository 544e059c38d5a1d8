"""A renewal that Stripe took by itself: an order and a payment of ours, once for each of its invoices."""

from __future__ import annotations

import uuid
from datetime import datetime

from billing.enums import OrderKind, Provider, Purpose, VatTreatment
from billing.models import Payment, PlanOrder, Price, StripeSubscription
from billing.providers.stripe_objects import InvoiceState, judge_invoice
from billing.services.alarms import Alarm, raise_alarm
from billing.services.payments import record_payment, settle_payment
from billing.services.vat import split_vat

_NAME = Provider.STRIPE.value
# Among so many of a person's last changes of one subscription an invoice is looked for.
_ORDERS = 20


def record_renewal(*, row: StripeSubscription, found: InvoiceState, now: datetime) -> Payment | None:
    """The payment of a renewal that is paid, settled; told again, it is the same one. The invoice of a change that somebody ordered belongs
    to the payment of that order. None for the first invoice of a subscription, which belongs to the payment by which it was bought, and
    for one of nothing.

    Money that was taken for somebody who is gone, or for a subscription that we never sold, is not booked: somebody is woken, and the
    statement has it.
    """
    if found.reason == "subscription_create" or found.paid.amount_minor == 0:
        return None
    if (ordered := _find_change(row, found)) is not None:
        return settle_payment(payment_id=ordered.pk, now=now)
    order = _order_of(row, found, now)
    if row.user is None or order is None:
        raise_alarm(alarm=Alarm.UNKNOWN_RENEWAL, ref=found.ref[:60], now=now)
        return None
    return record_payment(
        payer=row.user,
        purpose=Purpose.SUBSCRIPTION,
        subject_key=order.subject_key,
        provider=_NAME,
        found=judge_invoice(found, ref=found.ref),
        once_key=found.ref,
        now=now,
    )


def _find_change(row: StripeSubscription, found: InvoiceState) -> Payment | None:
    """The payment that had this invoice made: by its name, or while it has not heard it, by the subscription and the sum."""
    if found.reason != "subscription_update":
        return None
    mine = Payment.objects.filter(provider=_NAME, purpose=Purpose.SUBSCRIPTION)
    if (named := mine.filter(provider_ref=found.ref).first()) is not None:
        return named
    unnamed = mine.filter(payer=row.user, provider_ref=None, amount_minor=found.paid.amount_minor, currency=found.paid.currency)
    orders = PlanOrder.objects.filter(user=row.user, renews=True, kind=OrderKind.UPGRADE, subscription__provider_ref=row.subscription_ref)
    subjects = [order.subject_key for order in orders.order_by("-pk")[:_ORDERS]]
    return unnamed.filter(subject_key__in=subjects, submitted_at__isnull=False).order_by("-pk").first()


def _order_of(row: StripeSubscription, found: InvoiceState, now: datetime) -> PlanOrder | None:
    """The order of a renewal, under the terms of the one by which the subscription was bought, and the VAT of today."""
    begun = Payment.objects.filter(provider=_NAME, our_reference=found.payment_ref).first()
    first = PlanOrder.objects.of_subject(begun.subject_key).first() if begun else None
    price = Price.objects.filter(lookup_key=row.price_key).first()
    if first is None or price is None or row.user is None:
        return None
    is_company = first.vat_treatment == VatTreatment.REVERSE_CHARGE
    split = split_vat(found.paid, country=first.vat_country, kind=price.tax, on=now.date(), reverse_charge=is_company)
    base = max(price.amount_minor, found.paid.amount_minor)
    order, _made = PlanOrder.objects.get_or_create(
        user=row.user,
        client_key=uuid.uuid5(uuid.NAMESPACE_URL, f"billing:renewal:{found.ref}"),
        defaults={
            "price": price,
            "kind": OrderKind.RENEWAL,
            "renews": True,
            "base_minor": base,
            "discount_minor": base - found.paid.amount_minor,
            "amount_minor": found.paid.amount_minor,
            "currency": found.paid.currency,
            "net_minor": split.net.amount_minor,
            "vat_minor": split.vat.amount_minor,
            "vat_rate_bp": split.rate_bp,
            "vat_country": split.country,
            "vat_treatment": split.treatment,
            "text_version": first.text_version,
            "text_sha256": first.text_sha256,
            "language": first.language,
            "immediate_at": first.immediate_at,
            "period_start": found.period_start,
            "period_end": found.period_end,
            "subscription": first.subscription,
            "ordered_at": now,
        },
    )
    return order
