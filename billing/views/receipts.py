"""The receipts of a person: all of them, one of them, and its file."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.decorators import AuthenticatedRequest, member_required
from billing.access import InvoiceNotFound, get_invoice_for_payer
from billing.models import Invoice
from billing.queries.invoices import list_receipts
from billing.queries.papers import make_paper
from billing.services.buyers import read_buyer
from billing.services.receipts import get_pdf


@never_cache
@require_safe
@member_required
def receipts(request: AuthenticatedRequest) -> HttpResponse:
    """All invoices and credit notes, the newest first."""
    found = list_receipts(user=request.user, page=request.GET.get("page", "1"))
    return render(request, "billing/receipts.html", {"receipts": found})


@never_cache
@require_safe
@member_required
def receipt(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """One document, as it stands in its file."""
    invoice = _get_mine(request, public_id)
    paper = make_paper(invoice=invoice, buyer=read_buyer(invoice=invoice))
    return render(request, "billing/receipt.html", {"invoice": invoice, "paper": paper})


@never_cache
@require_safe
@member_required
def receipt_file(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The file of a document, to keep."""
    invoice = _get_mine(request, public_id)
    return answer_file(get_pdf(invoice=invoice), invoice.number)


def answer_file(pdf: bytes, number: str) -> HttpResponse:
    """A file as a download: kept by nobody on its way, and run as nothing."""
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{slugify(number)}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _get_mine(request: AuthenticatedRequest, public_id: str) -> Invoice:
    try:
        return get_invoice_for_payer(user=request.user, public_id=public_id)
    except InvoiceNotFound as error:
        raise Http404 from error
