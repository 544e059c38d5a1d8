"""Writing invoices and credit notes: one for each payment and each refund, never edited afterwards.

What was charged and what went back stands in the ledger, and nothing else is written down here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from billing.enums import InvoiceKind, RefundState
from billing.events import InvoiceIssued
from billing.models import Invoice, InvoiceLine, Payment, Refund
from billing.queries.sales import Sale, find_posted_vat, get_sale, is_invoiced
from billing.queries.seller import describe_seller
from billing.queries.taxpayers import Details, get_tax_country
from billing.queries.vat import forget_union_sales
from billing.services.buyers import find_buyer, read_buyer, seal_buyer
from billing.services.locations import do_locations_agree, note_known_locations
from billing.services.mentions import describe_sale, list_mentions
from billing.services.numbering import lock_series, take_number
from core.outbox import NotYet, publish

# So long an invoice waits for the days that a payment bought; then it is written without them.
DELIVERY_PATIENCE = timedelta(minutes=10)
# What a credit note has of the invoice that it corrects.
_INHERITED = ("payer", "language", "seller", "buyer_country", "is_business", "currency", "treatment", "vat_country", "location_agrees")


class NotDelivered(NotYet):
    """What was paid has not been given yet, so nobody knows for which days; the event comes again."""


def issue_invoice(*, payment_id: int, now: datetime) -> Invoice | None:
    """Write the invoice of a settled payment; the one that is there, if it was written before. None for what the house does not sell.

    Raises:
        NotDelivered: for at most ten minutes after the payment. NotPosted: the ledger says otherwise than the order, a fault of ours.
    """
    with transaction.atomic():
        payment = Payment.objects.select_related("payer__profile").get(pk=payment_id)
        if not is_invoiced(payment):
            return None
        key = f"payment:{payment.pk}"
        return Invoice.objects.filter(once_key=key).first() or _write_invoice(payment, key, now)


def issue_credit_note(*, refund_id: int, now: datetime) -> Invoice | None:
    """Write the credit note of a refund that went through, and before it the invoice that it corrects, if that is still missing; the one
    that is there, if it was written before. None for what the house does not sell.

    Raises:
        NotPosted, NotDelivered.
    """
    with transaction.atomic():
        refund = Refund.objects.select_related("payment").get(pk=refund_id)
        invoice = issue_invoice(payment_id=refund.payment_id, now=now)
        if invoice is None or refund.state != RefundState.SUCCEEDED:
            return None
        key = f"refund:{refund.pk}"
        return Invoice.objects.filter(once_key=key).first() or _write_credit_note(refund, invoice, key, now)


def _write_invoice(payment: Payment, key: str, now: datetime) -> Invoice:
    sale = get_sale(payment=payment)
    if not sale.is_delivered and now < (payment.settled_at or payment.created_at) + DELIVERY_PATIENCE:
        raise NotDelivered(payment.our_reference)
    note_known_locations(payment=payment, now=now)
    buyer, payer = find_buyer(payer=payment.payer), payment.payer
    invoice = Invoice(
        kind=InvoiceKind.INVOICE,
        payment=payment,
        payer=payer if buyer else None,
        once_key=key,
        issued_at=now,
        language=payer.language if payer else settings.LANGUAGE_CODE,
        seller=describe_seller(),
        buyer_country=get_tax_country(user=payer) if payer else "",
        is_business=bool(buyer and buyer.is_business),
        currency=payment.currency,
        net_minor=sale.split.net.amount_minor,
        vat_minor=sale.split.vat.amount_minor,
        gross_minor=payment.amount_minor,
        treatment=sale.split.treatment,
        vat_country=sale.split.country,
        location_agrees=do_locations_agree(payment=payment),
    )
    with override(invoice.language):
        invoice.mentions = list_mentions(invoice=invoice, payment=payment)
        return _keep(invoice, buyer, _line_of(sale, payment), now)


def _line_of(sale: Sale, payment: Payment) -> InvoiceLine:
    text = describe_sale(sale=sale, payment=payment)
    return InvoiceLine(text=text, from_date=sale.from_date, to_date=sale.to_date, rate_bp=sale.split.rate_bp)


def _write_credit_note(refund: Refund, corrected: Invoice, key: str, now: datetime) -> Invoice:
    vat, _country = find_posted_vat(key=f"refund:{refund.pk}:settle")
    note = Invoice(
        kind=InvoiceKind.CREDIT_NOTE,
        payment=refund.payment,
        refund=refund,
        corrects=corrected,
        once_key=key,
        issued_at=now,
        net_minor=refund.amount_minor - vat,
        vat_minor=vat,
        gross_minor=refund.amount_minor,
        **{name: getattr(corrected, name) for name in _INHERITED},
    )
    line = corrected.lines.get(position=1)
    with override(note.language):
        note.mentions = list_mentions(invoice=note, payment=refund.payment)
    buyer = read_buyer(invoice=corrected) if corrected.payer or corrected.is_business else None
    same = InvoiceLine(text=line.text, from_date=line.from_date, to_date=line.to_date, rate_bp=line.rate_bp)
    return _keep(note, buyer, same, now)


def _keep(invoice: Invoice, buyer: Details | None, line: InvoiceLine, now: datetime) -> Invoice:
    """Number and write a document; who was faster has written the same one already."""
    counter = lock_series(kind=InvoiceKind(invoice.kind), now=now)
    if (there := Invoice.objects.filter(once_key=invoice.once_key).first()) is not None:
        return there
    take_number(counter=counter, invoice=invoice)
    seal_buyer(invoice=invoice, buyer=buyer)
    invoice.save(force_insert=True)
    line.invoice, line.position, line.net_minor = invoice, 1, invoice.net_minor
    line.save(force_insert=True)
    publish(InvoiceIssued(invoice_id=invoice.pk))
    transaction.on_commit(forget_union_sales)
    return invoice
