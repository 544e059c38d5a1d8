"""What of billing goes when its time has come, and how; `privacy` decides and calls."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from accounts.enums import UserStatus
from billing.enums import OrderState, RefundState
from billing.models import (
    ContractLetter,
    ContractRequest,
    Invoice,
    LocationProof,
    Payment,
    PlanOrder,
    ProviderEvent,
    Refund,
    StatementLine,
    SupportRequest,
    TopUp,
)
from billing.models.plan import SUBJECT
from billing.services.files import drop_file
from billing.services.payments.states import ENDED
from core.purging import Shelf, delete_rows
from core.sealing import destroy_key


def list_purgeable_invoices(now: datetime) -> QuerySet[Invoice]:
    """Documents that nothing corrects any more: a credit note goes before what it corrects."""
    return Invoice.objects.filter(credit_notes__isnull=True)


def destroy_invoices(keys: list[int]) -> int:
    """Delete documents with their lines, their files and what proved where their payers were; how many."""
    rows = Invoice.objects.filter(pk__in=keys)
    LocationProof.objects.filter(payment__invoices__in=keys).delete()
    for invoice in rows:
        drop_file(invoice)
    return int(rows.delete()[1].get(Invoice._meta.label, 0))


def list_bodies(now: datetime) -> QuerySet[ProviderEvent]:
    """Events of which the body is still there."""
    return ProviderEvent.objects.filter(raw__isnull=False)


def forget_bodies(keys: list[Any]) -> int:
    """Forget what providers wrote; the hash stays."""
    return ProviderEvent.objects.filter(pk__in=keys).update(raw=None)


def list_secrets(now: datetime) -> QuerySet[Payment]:
    """Payments that still have a number or a token; those that nobody knows the end of keep what asking needs."""
    kept = Q(payer_msisdn__isnull=False) | Q(redirect_url__isnull=False) | Q(provider_secret__isnull=False)
    return Payment.objects.filter(kept, state__in=ENDED)


def forget_secrets(keys: list[Any]) -> int:
    """Forget the telephones and tokens of payments; amounts and references stay with the books."""
    rows = Payment.objects.filter(pk__in=keys)
    return rows.update(payer_msisdn=None, msisdn_hash="", redirect_url=None, provider_secret=None)


def destroy_requests(keys: list[int]) -> int:
    """Delete answered requests with the keys under which their words lie, so that no backup can be read either; how many."""
    rows = SupportRequest.objects.filter(pk__in=keys)
    for asked in rows.only("public_id"):
        transaction.on_commit(partial(destroy_key, asked.scope))
    return int(rows.delete()[1].get(SupportRequest._meta.label, 0))


def list_written_lines(now: datetime) -> QuerySet[StatementLine]:
    """Lines of statements that still have what the provider wrote, telephones included."""
    return StatementLine.objects.filter(raw__isnull=False)


def forget_written_lines(keys: list[Any]) -> int:
    """Forget what was written; the line and its figures stay with the books."""
    return StatementLine.objects.filter(pk__in=keys).update(raw=None)


def list_payments_of_the_closed(now: datetime) -> QuerySet[Payment]:
    """Payments that are over, of accounts that are gone, and of which nothing is on its way back."""
    on_its_way = Refund.objects.filter(payment=OuterRef("pk")).exclude(state__in=(RefundState.SUCCEEDED, RefundState.FAILED))
    closed = Payment.objects.filter(payer__status=UserStatus.CLOSED, payer__closed_at__isnull=False, state__in=ENDED)
    return closed.exclude(Exists(on_its_way))


def forget_payers(keys: list[Any]) -> int:
    """Forget who paid; kind, reference, amount and time stay with the books."""
    return Payment.objects.filter(pk__in=keys).update(payer=None)


def list_unpaid_top_ups(now: datetime) -> QuerySet[TopUp]:
    """Top-ups that nobody began to pay."""
    paid = Payment.objects.filter(subject_key=Concat(Value("topup:"), OuterRef("public_id")))
    return TopUp.objects.exclude(Exists(paid))


def list_unpaid_orders(now: datetime) -> QuerySet[PlanOrder]:
    """Orders that expired, that no payment was begun for, and on which nothing rests."""
    begun = Payment.objects.filter(subject_key=Concat(Value(f"{SUBJECT}:"), OuterRef("public_id")))
    free = PlanOrder.objects.filter(state=OrderState.EXPIRED, payment=None, replaced_by=None)
    return free.filter(replaces=None, requests=None).exclude(Exists(begun))


# By the code of their retention. Orders and subscriptions stay: invoices rest on them.
SHELVES: dict[str, tuple[Shelf, ...]] = {
    "INVOICE": (Shelf(list_purgeable_invoices, "issued_at", destroy_invoices, owner="payer_id"),),
    "SUPPORT_REQUEST": (
        Shelf(lambda now: SupportRequest.objects.filter(answered_at__isnull=False), "answered_at", destroy_requests, owner="user_id"),
    ),
    "CONTRACT_PAPER": (
        Shelf(lambda now: ContractLetter.objects.all(), "created_at", delete_rows(ContractLetter), owner="subscription__user_id"),
        Shelf(lambda now: ContractRequest.objects.all(), "received_at", delete_rows(ContractRequest), owner="user_id"),
    ),
    "PROVIDER_EVENT": (
        Shelf(list_bodies, "received_at", forget_bodies, owner="payment__payer_id"),
        Shelf(list_written_lines, "at", forget_written_lines),
    ),
    "PAYMENT": (Shelf(list_payments_of_the_closed, "payer__closed_at", forget_payers, owner="payer_id"),),
    "TOP_UP_DRAFT": (
        Shelf(list_unpaid_top_ups, "expires_at", delete_rows(TopUp), owner="user_id"),
        Shelf(list_unpaid_orders, "ordered_at", delete_rows(PlanOrder), owner="user_id"),
    ),
    "PAYMENT_NUMBER": (Shelf(list_secrets, "created_at", forget_secrets, owner="payer_id"),),
}
