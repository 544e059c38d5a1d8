"""Ordering a plan: the button that obliges to pay, with everything that it obliged to frozen in one row."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.enums import AgeGate, DocumentType
from accounts.models import User
from accounts.queries import find_document, is_age_sufficient
from billing.enums import OrderState, PaymentState
from billing.models import Payment, PlanOrder, Price
from billing.queries.orders import ORDER_LIFE
from billing.services.coupons import redeem, release
from billing.services.quotes import Quote, make_quote
from billing.services.subscriptions import settle_order

# A payment in one of these states may still succeed: its order waits.
_OPEN = (PaymentState.CREATED, PaymentState.SUBMITTED, PaymentState.PENDING, PaymentState.UNKNOWN)
# So long the sums of a recap hold while somebody reads it.
READING = timedelta(minutes=30)
_BATCH = 200


class TermsNotPublished(LookupError):
    """There are no conditions of sale to accept (`manage.py load_legal`): nothing can be sold."""


class NotAdult(PermissionError):
    """Whoever pays has to have shown that they are of age."""


class QuoteChanged(Exception):
    """Something of what was shown is no longer so; `quote` is how it stands now. Nothing was ordered."""

    def __init__(self, quote: Quote) -> None:
        super().__init__(quote.digest)
        self.quote = quote


class OrderedOtherwise(ValueError):
    """The same form was sent before with another content."""


class ChangeIsImmediate(ValueError):
    """An upgrade begins at once, and so does what a provider renews: both need the express request."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody ordered, as the form says it: `shown` is the digest of the quote that they read and `shown_at` when it was made (sums
    of what is left of a period run with the clock), `immediate` the express request to begin before the days of withdrawal are over,
    `language` the one in which they read the conditions."""

    price: Price
    shown: str
    shown_at: datetime
    immediate: bool
    language: str
    country: str
    coupon_code: str = ""
    renews: bool = False


def order_plan(*, user: User, wish: Wish, client_key: uuid.UUID, now: datetime) -> PlanOrder:
    """Order a plan. The same form again is the first order; an order that was never paid makes room for the new one. An order of nothing
    (a coupon took all of it) is settled at once.

    Raises:
        NotAdult, TermsNotPublished, QuoteChanged, OrderedOtherwise, ChangeIsImmediate, and all that `make_quote` and `redeem` raise.
    """
    known = PlanOrder.objects.filter(user=user, client_key=client_key).first()
    if known is not None:
        return _same(known, wish)
    if not is_age_sufficient(user=user, session=None, gate=AgeGate.GENERAL, now=now):
        raise NotAdult(user.public_id)
    drop_unpaid(user=user)
    quote = _quote_again(user, wish, now)
    if quote.digest != wish.shown:
        raise QuoteChanged(quote)
    if quote.begins_at_once and not wish.immediate:
        raise ChangeIsImmediate
    try:
        return _write(user, wish, quote, client_key, now)
    except IntegrityError:  # the same form, twice at once
        known = PlanOrder.objects.filter(user=user, client_key=client_key).first()
        if known is None:
            raise
        return _same(known, wish)


def _quote_again(user: User, wish: Wish, now: datetime) -> Quote:
    """The quote as it was read, if that is not long ago; else as it is now."""
    as_of = wish.shown_at if timedelta(0) <= now - wish.shown_at <= READING else now
    return make_quote(user=user, price=wish.price, coupon_code=wish.coupon_code, renews=wish.renews, country=wish.country, now=as_of)


@transaction.atomic
def _write(user: User, wish: Wish, quote: Quote, client_key: uuid.UUID, now: datetime) -> PlanOrder:
    text = find_document(doc_type=DocumentType.SALES, language=wish.language, now=now)
    if text is None:
        raise TermsNotPublished
    order = PlanOrder.objects.create(
        user=user,
        client_key=client_key,
        price=quote.price,
        kind=quote.kind,
        renews=quote.renews,
        base_minor=quote.price.amount_minor,
        credit_minor=quote.credit.amount_minor,
        discount_minor=quote.discount.amount_minor,
        amount_minor=quote.due.amount_minor,
        currency=quote.due.currency,
        net_minor=quote.vat.net.amount_minor,
        vat_minor=quote.vat.vat.amount_minor,
        vat_rate_bp=quote.vat.rate_bp,
        vat_country=quote.vat.country,
        vat_treatment=quote.vat.treatment,
        coupon=quote.coupon,
        text_version=text.version,
        text_sha256=text.text_sha256,
        language=text.language,
        immediate_at=now if wish.immediate else None,
        subscription=quote.changes,
        prorated_at=quote.starts_at if quote.changes else None,
        ordered_at=now,
    )
    if quote.coupon is not None:
        redeem(coupon=quote.coupon, user=user, now=now)
    if order.amount_minor == 0:
        settle_order(order=order, payment=None, now=now)
    return order


def _same(order: PlanOrder, wish: Wish) -> PlanOrder:
    if (order.price_id, order.renews, order.immediate_at is not None) != (wish.price.pk, wish.renews, wish.immediate):
        raise OrderedOtherwise(order.reference)
    return order


def drop_unpaid(*, user: User) -> int:
    """Let go of what this person ordered and neither paid nor is paying; how many orders. Their coupons are free again."""
    return sum(_expire(pk) for pk in PlanOrder.objects.filter(user=user, state=OrderState.ORDERED).values_list("pk", flat=True))


def expire_orders(*, now: datetime) -> int:
    """Let go of orders that nobody paid within a day and that no payment is open for; how many. Should one be paid after all, it is
    delivered (`extend_subscription`)."""
    old = PlanOrder.objects.filter(state=OrderState.ORDERED, ordered_at__lte=now - ORDER_LIFE)
    return sum(_expire(pk) for pk in old.order_by("ordered_at").values_list("pk", flat=True)[:_BATCH])


@transaction.atomic
def _expire(order_id: int) -> bool:
    order = PlanOrder.objects.select_for_update().select_related("coupon", "user").get(pk=order_id)
    if order.state != OrderState.ORDERED or Payment.objects.filter(subject_key=order.subject_key, state__in=_OPEN).exists():
        return False
    order.state = OrderState.EXPIRED
    order.save(update_fields=["state"])
    if order.coupon is not None and order.user is not None:
        release(coupon=order.coupon, user=order.user)
    return True
