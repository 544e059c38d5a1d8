"""Tables of money to look at, for those who work on it: events of providers and disputes, and payments and refunds as plain rows."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest

from billing.models import Dispute, Payment, ProviderEvent, Refund, StripeSubscription
from billing.queries.staff import is_money_staff
from core.readonly import ReadOnlyAdmin

_ASKED = "_is_money_staff"


def opens_to(request: HttpRequest) -> bool:
    """Whether somebody of the money team asks; looked up once a request, for the admin asks at each table."""
    if not hasattr(request, _ASKED):
        setattr(request, _ASKED, request.user.is_authenticated and is_money_staff(request.user))
    return cast(bool, getattr(request, _ASKED))


class MoneyAdmin(ReadOnlyAdmin):
    """A table that opens to the money team alone, not to permissions of accounts."""

    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return opens_to(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return opens_to(request)


@admin.register(ProviderEvent)
class ProviderEventAdmin(MoneyAdmin):
    """What providers told us. The bodies stay sealed: they may hold numbers of telephones."""

    list_display = ("received_at", "provider", "kind", "state", "attempts")
    list_filter = ("provider", "state")
    search_fields = ("event_id__exact", "payment__our_reference__exact")
    date_hierarchy = "received_at"
    fields = (
        "provider",
        "event_id",
        "kind",
        "payment",
        "hint",
        "raw_sha256",
        "api_version",
        "state",
        "attempts",
        "last_error",
        "received_at",
    )


@admin.register(Dispute)
class DisputeAdmin(MoneyAdmin):
    """What banks ask back."""

    list_display = ("provider_ref", "payment", "amount_minor", "status", "evidence_due_at")
    list_filter = ("status",)
    search_fields = ("provider_ref__exact", "payment__our_reference__exact")
    fields = ("payment", "provider_ref", "amount_minor", "status", "funds_withdrawn", "evidence_due_at", "opened_at", "closed_at")


@admin.register(Payment)
class PaymentAdmin(MoneyAdmin):
    """Payments as rows; their story and the deeds are on the desk."""

    list_display = ("our_reference", "created_at", "provider", "purpose", "amount_minor", "currency", "state", "flag")
    list_filter = ("state", "provider", "purpose", "currency")
    search_fields = ("our_reference__exact", "provider_ref__exact", "settle_ref__exact", "public_id__exact")
    fields = (
        *("our_reference", "public_id", "payer", "purpose", "subject_key", "amount_minor", "currency", "provider", "state", "flag"),
        *("attempt", "provider_ref", "settle_ref", "checks", "next_check_at", "created_at", "submitted_at", "settled_at", "failure_code"),
    )


@admin.register(Refund)
class RefundAdmin(MoneyAdmin):
    """Refunds as rows."""

    list_display = ("public_id", "payment", "amount_minor", "reason", "channel", "state", "created_at")
    list_filter = ("state", "channel", "reason")
    search_fields = ("public_id__exact", "payment__our_reference__exact", "operator_reference__exact")
    fields = (
        *("public_id", "payment", "amount_minor", "reason", "note", "channel", "state", "provider_ref", "operator_reference"),
        *("requested_by", "approved_by", "sent_by", "created_at", "submitted_at", "settled_at", "failure_code"),
    )


@admin.register(StripeSubscription)
class StripeSubscriptionAdmin(MoneyAdmin):
    """What Stripe renews, as it stood when it was last asked."""

    list_display = ("subscription_ref", "price_key", "status", "period_end", "cancel_at_period_end", "asked_at")
    list_filter = ("status",)
    search_fields = ("subscription_ref__exact", "customer_ref__exact", "latest_invoice_ref__exact")
    fields = (
        *("user", "subscription_ref", "customer_ref", "item_ref", "latest_invoice_ref", "schedule_ref", "price_key", "status"),
        *("period_end", "cancel_at_period_end", "action_invoice_ref", "asked_at"),
    )
