"""What of the money goes when somebody has their account erased. `privacy` calls, and has asked what is held.

The books stay (Code de commerce, L123-22): they name a number, and who that was lies sealed with the accounts, if their law keeps it. On
invoices the number stands for the person (`billing.services.buyers`). Providers that know them are told to forget them (`leave_providers`),
outside of any transaction and as often as it takes.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Max, QuerySet

from billing.models import (
    BillingDetails,
    CouponRedemption,
    Entitlement,
    Invoice,
    Payment,
    StripeSubscription,
    Subscription,
    SupportRequest,
    TopUp,
    Wallet,
)
from billing.providers.stripe import Denied, Gateway
from billing.services.buyers import erase_person
from billing.services.entitling import end_at, end_subscription
from billing.services.stripe_asking import ask_stripe
from core.erasing import BATCH, Rows, add_up, blank_some, delete_some, next_batch
from core.sealing import destroy_key

_GONE = "resource_missing"
# The limits that somebody sets on themselves say how they are; the wallet's currency is the books'.
_NO_LIMITS: dict[str, Any] = {"daily_limit_minor": None, "next_limit_minor": None, "next_limit_at": None, "paused_until": None}


class StillKnown(RuntimeError):
    """The provider says that it has forgotten somebody, and still tells of them."""


def leave_providers(*, user_id: int) -> int:
    """Have Stripe forget this person, their cards and what renews for them, and ask whether it has; how many customers. The others keep
    no customer of ours. Asking again does no harm.

    Raises:
        NotReached, Denied, StillKnown: it is asked again later.
    """
    refs = set(_renewals(user_id).exclude(customer_ref="").values_list("customer_ref", flat=True))
    for ref in sorted(refs):
        _forget_customer(ref)
    return len(refs)


def erase_money(*, user_id: int, now: datetime) -> Rows:
    """A batch of what is sold to nobody any more, what they asked the team, and their name on documents; `{}` when nothing is left."""
    return next_batch(_DEEDS, user_id=user_id, now=now)


def has_money(*, user_id: int) -> bool:
    """Whether something still renews, is due or is asked for them, or a document says who they are."""
    mine = (
        *(model._default_manager.filter(user_id=user_id) for model in (BillingDetails, Entitlement, CouponRedemption, SupportRequest)),
        Invoice.objects.filter(payer_id=user_id),
        _renewals(user_id),
        _open(user_id),
        _drafts(user_id),
        _limits(user_id),
    )
    return any(rows.exists() for rows in mine)


def find_last_document(*, user_id: int) -> datetime | None:
    """When the last document of what they paid was written, which stays for the books; None when there is none."""
    last: datetime | None = Invoice.objects.filter(payment__payer_id=user_id).aggregate(last=Max("issued_at"))["last"]
    return last


def _forget_customer(ref: str) -> None:
    try:
        ask_stripe(partial(_delete, ref))
    except Denied as denied:
        if denied.code != _GONE:
            raise
    try:
        said = ask_stripe(lambda at: at.get_customer(ref))
    except Denied as denied:
        if denied.code != _GONE:
            raise
        return
    if said.get("deleted") is not True:
        raise StillKnown(ref)


def _delete(ref: str, at: Gateway) -> dict[str, object]:
    return at.delete_customer(ref)


def _renewals(user_id: int) -> QuerySet[StripeSubscription]:
    return StripeSubscription.objects.filter(user_id=user_id)


def _open(user_id: int) -> QuerySet[Subscription]:
    return Subscription.objects.filter(user_id=user_id, open_key__isnull=False)


def _drafts(user_id: int) -> QuerySet[TopUp]:
    """Sums that were written down and never sent to a provider."""
    mine = TopUp.objects.filter(user_id=user_id)
    sent = Payment.objects.filter(subject_key__in=[one.subject_key for one in mine]).values_list("subject_key", flat=True)
    return mine.exclude(public_id__in=[key.partition(":")[2] for key in sent])


def _limits(user_id: int) -> QuerySet[Wallet]:
    return Wallet.objects.filter(user_id=user_id).exclude(**{f"{name}__isnull": True for name in _NO_LIMITS})


# ---- The deeds, in their order -----------------------------------------------------------------------------------------------
def _subscriptions(user_id: int, now: datetime) -> Rows:
    """What renews or was paid in advance ends now; nobody is left who could use it."""
    rows = list(_open(user_id).select_for_update())
    for row in rows:
        end_at(source_key=row.source_key, at=now)
        end_subscription(subscription=row, now=now)
    return {Subscription._meta.db_table: len(rows)} if rows else {}


def _names_at_stripe(user_id: int, now: datetime) -> Rows:
    """The row stays and is nobody's: what Stripe still says of that subscription must not make another one of this person."""
    return blank_some(_renewals(user_id), user_id=None, customer_ref="")


def _documents(user_id: int, now: datetime) -> Rows:
    mine = BillingDetails.objects.filter(user_id=user_id).count() + Invoice.objects.filter(payer_id=user_id).count()
    if not mine:
        return {}
    erase_person(user_id=user_id, now=now)
    return {Invoice._meta.db_table: mine}


def _asked(user_id: int, now: datetime) -> Rows:
    """The key of each goes first: a process that ends between the two leaves rows that nobody can read, and never a key."""
    mine = SupportRequest.objects.filter(user_id=user_id).order_by("pk")
    for asked in mine.only("public_id")[:BATCH]:
        destroy_key(asked.scope)
    return delete_some(mine)


def _uses(user_id: int, now: datetime) -> Rows:
    rows = (Entitlement.objects.filter(user_id=user_id), CouponRedemption.objects.filter(user_id=user_id), _drafts(user_id))
    return add_up(*(delete_some(one) for one in rows))


def _own_limits(user_id: int, now: datetime) -> Rows:
    return blank_some(_limits(user_id), **_NO_LIMITS)


_DEEDS = (_subscriptions, _names_at_stripe, _documents, _asked, _uses, _own_limits)
