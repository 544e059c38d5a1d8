"""What of billing goes when its time has come, and how; `privacy` decides and calls."""

from __future__ import annotations

from billing.models import ContractLetter, ContractRequest
from core.purging import Shelf, delete_rows

# By the code of their retention. Orders and subscriptions stay: invoices rest on them.
SHELVES: dict[str, tuple[Shelf, ...]] = {
    "CONTRACT_PAPER": (
        Shelf(lambda now: ContractLetter.objects.all(), "created_at", delete_rows(ContractLetter), owner="subscription__user_id"),
        Shelf(lambda now: ContractRequest.objects.all(), "received_at", delete_rows(ContractRequest), owner="user_id"),
    ),
}
