"""Tables of the books to look at. Nothing here writes: what is wrong is undone by a posting of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.admin.tables import MoneyAdmin, opens_to
from billing.models import Hold, LedgerAccount, LedgerEntry, LedgerProof, LedgerTransaction
from core.money import Money, format_money
from core.readonly import ReadOnly


def written(minor: int, currency: str) -> str:
    """An amount of a row, in the language of the page."""
    return format_money(Money(minor, currency), get_language() or "fr")


class EntriesOfPosting(ReadOnly, admin.TabularInline[LedgerEntry, LedgerTransaction]):
    """The lines of a posting, below it."""

    model = LedgerEntry
    fields = readonly_fields = ("account", "money", "after")
    ordering = ("pk",)
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return opens_to(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("account")

    @admin.display(description=_("montant"))
    def money(self, entry: LedgerEntry) -> str:
        return written(entry.amount, entry.account.currency)

    @admin.display(description=_("solde après"))
    def after(self, entry: LedgerEntry) -> str:
        return written(entry.balance_after, entry.account.currency)


@admin.register(LedgerAccount)
class LedgerAccountAdmin(MoneyAdmin):
    list_display = ("code", "kind", "balance", "kept", "free", "closed_at")
    list_filter = ("kind", "currency")
    search_fields = ("code__startswith", "owner_key__exact")
    search_help_text = _("Le début d’un code (wallet:…), ou la personne ou le partenaire à qui est le compte")
    readonly_fields = ("balance", "kept", "free", "statement")
    fields = ("code", "kind", "normal", "allow_negative", "owner_key", "balance", "kept", "free", "version", "closed_at", "statement")
    ordering = ("code",)

    @admin.display(description=_("solde"), ordering="posted")
    def balance(self, account: LedgerAccount) -> str:
        return written(account.posted, account.currency)

    @admin.display(description=_("retenu"), ordering="held")
    def kept(self, account: LedgerAccount) -> str:
        return written(account.held, account.currency)

    @admin.display(description=_("disponible"))
    def free(self, account: LedgerAccount) -> str:
        return written(account.posted - account.held, account.currency)

    @admin.display(description=_("relevé"))
    def statement(self, account: LedgerAccount) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin:billing_statement_of", args=[account.pk]), _("Voir le relevé"))


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(MoneyAdmin):
    list_display = ("key", "kind", "created_at", "effective_date", "reverses")
    list_select_related = ("reverses",)
    search_fields = ("key__startswith",)
    search_help_text = _("Le début d’une clé (payment:12:…)")
    fields = ("key", "kind", "created_at", "effective_date", "reverses", "fingerprint")
    ordering = ("-pk",)
    inlines = (EntriesOfPosting,)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(MoneyAdmin):
    list_display = ("pk", "account", "money", "after", "transaction")
    list_display_links = None
    list_select_related = ("account", "transaction")
    search_fields = ("account__code__exact", "transaction__key__exact")
    search_help_text = _("Le code d’un compte ou la clé d’une écriture, en entier")
    readonly_fields = ("money", "after")
    fields = ("transaction", "account", "money", "after")
    ordering = ("-pk",)

    @admin.display(description=_("montant"))
    def money(self, entry: LedgerEntry) -> str:
        return written(entry.amount, entry.account.currency)

    @admin.display(description=_("solde après"))
    def after(self, entry: LedgerEntry) -> str:
        return written(entry.balance_after, entry.account.currency)


@admin.register(Hold)
class HoldAdmin(MoneyAdmin):
    list_display = ("key", "account", "money", "state", "expires_at", "created_at")
    list_filter = ("state",)
    list_select_related = ("account",)
    search_fields = ("key__startswith", "account__code__exact")
    search_help_text = _("Le début d’une clé, ou le code d’un compte en entier")
    readonly_fields = ("money",)
    fields = ("key", "account", "money", "state", "expires_at", "created_at", "resolved_by")
    ordering = ("-pk",)

    @admin.display(description=_("montant"), ordering="amount_minor")
    def money(self, hold: Hold) -> str:
        return written(hold.amount_minor, hold.account.currency)


@admin.register(LedgerProof)
class LedgerProofAdmin(MoneyAdmin):
    list_display = ("number", "date", "is_green", "faults", "created_at")
    list_filter = ("is_green",)
    readonly_fields = ("places",)
    fields = ("number", "date", "is_green", "places", "last_entry_id", "chain", "created_at")
    ordering = ("-number",)

    @admin.display(description=_("règles fausses"))
    def faults(self, proof: LedgerProof) -> str:
        return ", ".join(name for name, found in proof.results.items() if found)

    @admin.display(description=_("où"))
    def places(self, proof: LedgerProof) -> SafeString:
        lines = ((name, ", ".join(found)) for name, found in proof.results.items() if found)
        return format_html_join("", "<p><b>{}</b> {}</p>", lines) or SafeString("-")
