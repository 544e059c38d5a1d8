"""Payments as their payer and the team see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q

from accounts.models import User
from billing.enums import PaymentState, RefundChannel, RefundState
from billing.models import Dispute, Payment, PaymentStep, ProviderEvent, Refund

PAGE = 20
_DESK_PAGE = 50
OPEN = (PaymentState.CREATED, PaymentState.SUBMITTED, PaymentState.PENDING, PaymentState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Page:
    """Some payments, and whether there are more."""

    rows: list[Payment]
    more: bool


def list_payments(*, payer: User, page: int) -> Page:
    """The payments of this person, the newest first, with what went back of them; `page` begins with 1."""
    rows = Payment.objects.filter(payer=payer).order_by("-created_at", "-pk").prefetch_related("refunds")
    return _cut(list(rows[(page - 1) * PAGE : page * PAGE + 1]), PAGE)


def list_for_desk(*, word: str, state: str, provider: str, page: int) -> Page:
    """Payments for the team, the newest first: `word` is a reference of ours or of the provider, or an outward id; `state` also FLAGGED."""
    rows = Payment.objects.select_related("payer").order_by("-created_at", "-pk")
    if word:
        names = ("our_reference", "public_id", "provider_ref", "settle_ref", "subject_key")
        rows = rows.filter(Q(*((name, word) for name in names), _connector=Q.OR))
    if state == "FLAGGED":
        rows = rows.exclude(flag="")
    elif state:
        rows = rows.filter(state=state)
    if provider:
        rows = rows.filter(provider=provider)
    return _cut(list(rows[(page - 1) * _DESK_PAGE : page * _DESK_PAGE + 1]), _DESK_PAGE)


def find_for_desk(*, public_id: str) -> Payment | None:
    """A payment with its story, its refunds, disputes and events, for the team."""
    steps = Prefetch("steps", PaymentStep.objects.select_related("by", "refund").order_by("at", "pk"))
    events = Prefetch("events", ProviderEvent.objects.defer("raw").order_by("received_at", "pk"))
    refunds = Prefetch("refunds", Refund.objects.select_related("requested_by", "approved_by", "sent_by").order_by("pk"))
    rows = Payment.objects.select_related("payer").prefetch_related(steps, events, refunds, "disputes")
    return rows.filter(public_id=public_id).first()


def list_refunds_to_do() -> dict[str, list[Refund]]:
    """Refunds that wait for somebody of the team: for an agreement, to be sent by hand, to be confirmed; and those nobody knows of."""
    rows = Refund.objects.select_related("payment__payer", "requested_by", "approved_by", "sent_by").order_by("created_at")
    by_hand = rows.filter(channel=RefundChannel.MANUAL)
    return {
        "asked": list(rows.filter(state=RefundState.REQUESTED)[:200]),
        "to_send": list(by_hand.filter(state=RefundState.APPROVED)[:200]),
        "to_confirm": list(by_hand.filter(state=RefundState.SUBMITTED)[:200]),
        "unknown": list(rows.filter(state=RefundState.UNKNOWN)[:200]),
    }


def find_refund(*, public_id: str) -> Refund | None:
    """A refund with its payment, for the team."""
    return Refund.objects.select_related("payment").filter(public_id=public_id).first()


def list_disputes(*, now: datetime) -> list[Dispute]:
    """Open disputes, the first that must be answered first, and then those closed last."""
    rows = Dispute.objects.select_related("payment").order_by("closed_at", "evidence_due_at", "-opened_at")
    return sorted(rows[:200], key=lambda one: (one.closed_at is not None, one.evidence_due_at or now))


def _cut(rows: list[Payment], size: int) -> Page:
    return Page(rows[:size], more=len(rows) > size)
