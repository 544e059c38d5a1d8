"""Stripe's own pages about a subscription: another card, and the question of the payer's bank. Nothing about a card passes through us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from billing.models import StripeSubscription
from billing.providers.stripe import Denied, Gateway
from billing.providers.stripe_payments import open_stripe
from billing.queries.renewing import find_renewing
from billing.services.reach import NotReached
from billing.services.stripe_asking import ask_stripe


class NothingRenews(LookupError):
    """Stripe renews nothing for this person, or nothing of it waits for them."""


def open_card_page(*, user: User) -> str:
    """The address of the page on which this person gives another card; good for some minutes and for whoever has it.

    Raises:
        NothingRenews, NotReached.
    """
    row = _demand(find_renewing(user))
    page = settings.ORIGIN + reverse("billing:renewal")
    params = {"customer": row.customer_ref, "return_url": page, "flow_data": {"type": "payment_method_update"}}
    return _open(lambda at: at.create_portal(params), "url")


def open_confirmation(*, user: User) -> str:
    """The address of the page on which this person's bank asks whether it is them who pay.

    Raises:
        NothingRenews, NotReached.
    """
    row = _demand(find_renewing(user))
    if not row.action_invoice_ref:
        raise NothingRenews(user.public_id)
    invoice = row.action_invoice_ref
    return _open(lambda at: at.get_invoice(invoice), "hosted_invoice_url")


def _demand(row: StripeSubscription | None) -> StripeSubscription:
    if row is None or open_stripe() is None:
        raise NothingRenews("nothing")
    return row


def _open(call: Callable[[Gateway], dict[str, Any]], name: str) -> str:
    try:
        url = ask_stripe(call).get(name)
    except Denied as denied:
        raise NotReached(denied.code) from denied
    if not isinstance(url, str) or not url.startswith(("https://", settings.STRIPE_URL)):
        raise NotReached("no page")
    return url
