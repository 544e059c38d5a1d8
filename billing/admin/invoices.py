"""Invoices, credit notes and rates of VAT for the part of the team that works on money: to look at, and to download."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from billing.access import InvoiceNotFound, get_invoice_for_staff
from billing.admin.tables import MoneyAdmin, opens_to
from billing.models import Invoice, InvoiceLine, LocationProof, VatRule
from billing.services.receipts import open_for_staff
from billing.views.receipts import answer_file
from core.money import format_money
from core.readonly import ReadOnly


class LineInline(ReadOnly, admin.TabularInline[InvoiceLine, Invoice]):
    model = InvoiceLine
    fields = ("position", "text", "from_date", "to_date", "net_minor", "rate_bp")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return opens_to(request)


@admin.register(Invoice)
class InvoiceAdmin(MoneyAdmin):
    """Who bought stands in the file alone: opening it is noted."""

    list_display = ("number", "issue_date", "kind", "gross_shown", "treatment", "vat_country", "location_agrees")
    list_filter = ("kind", "treatment", "location_agrees", "is_business", "currency", "year")
    search_fields = ("number", "payment__our_reference")
    ordering = ("-issue_date", "-pk")
    list_select_related = ("payment",)
    fields = (
        "number", "kind", "corrects", "payment", "refund", "issued_at", "issue_date", "language", "buyer_country", "is_business",
        "currency", "net_minor", "vat_minor", "gross_minor", "treatment", "vat_country", "mentions", "location_agrees", "pdf_sha256",
        "erased_at",
    )  # fmt: skip
    inlines = (LineInline,)
    change_form_template = "admin/billing/invoice.html"

    @admin.display(description=gettext_lazy("toutes taxes comprises"))
    def gross_shown(self, invoice: Any) -> str:
        return format_money(invoice.gross, "fr")

    def get_urls(self) -> list[URLPattern]:
        opened = self.admin_site.admin_view
        return [path("<str:public_id>/file/", opened(self.file), name="billing_invoice_file"), *super().get_urls()]

    @method_decorator(require_POST)
    def file(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """The file of anybody's document; that it was opened is noted first."""
        user = cast(User, request.user)
        try:
            invoice = get_invoice_for_staff(user=user, public_id=public_id)
        except InvoiceNotFound as error:
            raise Http404 from error
        return answer_file(open_for_staff(invoice=invoice, by=user, now=timezone.now()), invoice.number)


@admin.register(VatRule)
class VatRuleAdmin(MoneyAdmin):
    """Only to look at: rates are set by two at the desk."""

    list_display = ("country", "kind", "rate_bp", "valid_from", "source", "checked_on")
    list_filter = ("country", "checked_on")
    ordering = ("country", "kind", "-valid_from")


@admin.register(LocationProof)
class LocationProofAdmin(MoneyAdmin):
    list_display = ("payment", "kind", "country", "noted_at")
    list_filter = ("kind", "country")
    list_select_related = ("payment",)
    ordering = ("-pk",)
