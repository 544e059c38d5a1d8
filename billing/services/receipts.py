"""Giving documents out: the file made once and kept sealed, its payer told, and whoever may have it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from billing.models import Invoice
from billing.services.buyers import read_buyer
from billing.services.deeds import note_deed
from billing.services.files import FileLost, read_file, store_file
from billing.services.printing import make_pdf
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify


def send_receipt(*, invoice_id: int, now: datetime) -> None:
    """Make the file of a new document and tell its payer that it is there. Not inside a transaction; twice it does both once."""
    invoice = Invoice.objects.select_related("payer", "corrects").filter(pk=invoice_id).first()
    if invoice is None:
        return
    if not invoice.file_name:
        _print(invoice)
    if invoice.payer is not None:
        _tell(invoice, invoice.payer, now)


def get_pdf(*, invoice: Invoice) -> bytes:
    """The file of a document. One that is not made yet, or that the storage lost, is made now from what stands in the rows."""
    try:
        return read_file(invoice=invoice)
    except FileLost:
        return _print(invoice)


def open_for_staff(*, invoice: Invoice, by: User, now: datetime) -> bytes:
    """The file of somebody's document for a member of the team; that they had it stands in the audit chain before they have."""
    with transaction.atomic():
        note_deed("invoice.open", kind="invoice", ref=invoice.number, reason="download", by=by, now=now)
    return get_pdf(invoice=invoice)


def _print(invoice: Invoice) -> bytes:
    """Make and keep the file; the fingerprint of the first one stays. Of two who do it at once one keeps theirs, and both give the same."""
    pdf = make_pdf(invoice=invoice, buyer=read_buyer(invoice=invoice))
    name = store_file(invoice=invoice, pdf=pdf)
    mine = Invoice.objects.filter(pk=invoice.pk, file_name=invoice.file_name, buyer_scope=invoice.buyer_scope)
    if not mine.update(file_name=name, pdf_sha256=invoice.pdf_sha256 or hashlib.sha256(pdf).hexdigest()):
        default_storage.delete(name)
        invoice.refresh_from_db()
        return read_file(invoice=invoice)
    invoice.file_name = name
    return pdf


def _tell(invoice: Invoice, payer: User, now: datetime) -> None:
    notify(
        user_id=payer.pk,
        kind=NoticeKind.RECEIPT,
        subject=Subject("billing", "INVOICE", invoice.public_id),
        dedupe_key=f"receipt:{invoice.number}",
        group_key=f"receipt:{invoice.number}",
        args={
            "number": invoice.number,
            "amount_minor": invoice.gross_minor,
            "vat_minor": invoice.vat_minor,
            "currency": invoice.currency,
            "returned": invoice.is_credit_note,
        },
        path=reverse("billing:receipt", args=[invoice.public_id]),
        now=now,
    )
