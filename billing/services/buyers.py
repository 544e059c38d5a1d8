"""Who a document is for: sealed with it, and replaced by its number when a person leaves.

A person's name and address are sealed under a key of their own, those of a company under the house's. Ten years of keeping (Code de
commerce, L123-22) hold for the sale; for the person it is enough that the number stays.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from accounts.enums import UserStatus
from accounts.models import User
from billing.models import BillingDetails, Invoice
from billing.models.invoice import HOUSE_SCOPE
from billing.queries.taxpayers import Details, find_details, get_tax_country
from billing.services.files import drop_file
from core.sealing import KeyFrozen, SealingError, destroy_key, open_sealed, seal


def find_buyer(*, payer: User | None) -> Details | None:
    """What stands on a document about whoever paid: their billing details, or the name they wear. None when they have left."""
    if payer is None or payer.status == UserStatus.CLOSED:
        return None
    told = find_details(user=payer)
    return told if told and told.name else Details(name=payer.profile.pseudonym, country=get_tax_country(user=payer))


def seal_buyer(*, invoice: Invoice, buyer: Details | None) -> None:
    """Set the sealed buyer of a document that has its number; without one the number stands for them. The caller saves."""
    is_person = buyer is not None and not invoice.is_business and invoice.payer is not None
    invoice.buyer_scope = scope_of(invoice.payer) if is_person and invoice.payer else HOUSE_SCOPE
    written = buyer or Details(name=invoice.number, country=invoice.buyer_country)
    invoice.buyer = seal(invoice.buyer_scope, json.dumps(asdict(written), ensure_ascii=False).encode(), invoice.buyer_ad)


def read_buyer(*, invoice: Invoice) -> Details:
    """The buyer as it stands on a document. When its key is gone, the number stands for them."""
    try:
        return Details(**json.loads(open_sealed(invoice.buyer_scope, bytes(invoice.buyer), invoice.buyer_ad)))
    except SealingError:
        return Details(name=invoice.number, country=invoice.buyer_country)


def scope_of(payer: User) -> str:
    """The sealing scope of a person's invoices and nothing else."""
    return f"invoice:{payer.public_id}"


def erase_person(*, user_id: int, now: datetime) -> int:
    """Replace a person who has left by the number on each of their documents, and destroy the key of what they were; how many documents.
    What was sold to a company stays, without the account. Doing it twice changes nothing. A key that a legal hold froze stays.

    The files are written anew when somebody of the team asks for one; the fingerprint of what was given out stays.
    """
    with transaction.atomic():
        BillingDetails.objects.filter(user_id=user_id).delete()
        mine = list(Invoice.objects.select_for_update().filter(payer_id=user_id).order_by("pk"))
        for invoice in mine:
            _erase(invoice, now)
    public_id = User.objects.filter(pk=user_id).values_list("public_id", flat=True).first()
    try:
        destroy_key(f"invoice:{public_id}")
    except KeyFrozen:
        return len(mine)
    return len(mine)


def _erase(invoice: Invoice, now: datetime) -> None:
    invoice.payer = None
    if not invoice.is_business:
        seal_buyer(invoice=invoice, buyer=None)
        drop_file(invoice)
        invoice.file_name, invoice.erased_at = "", now
    invoice.save(update_fields=["payer", "buyer", "buyer_scope", "file_name", "erased_at"])
