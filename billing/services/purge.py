"""What of billing goes when its time has come, and how; `privacy` decides and calls."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from billing.models import ContractLetter, ContractRequest, Invoice, LocationProof
from billing.services.files import drop_file
from core.purging import Shelf, delete_rows


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


# By the code of their retention. Orders and subscriptions stay: invoices rest on them.
SHELVES: dict[str, tuple[Shelf, ...]] = {
    "INVOICE": (Shelf(list_purgeable_invoices, "issued_at", destroy_invoices, owner="payer_id"),),
    "CONTRACT_PAPER": (
        Shelf(lambda now: ContractLetter.objects.all(), "created_at", delete_rows(ContractLetter), owner="subscription__user_id"),
        Shelf(lambda now: ContractRequest.objects.all(), "received_at", delete_rows(ContractRequest), owner="user_id"),
    ),
}
