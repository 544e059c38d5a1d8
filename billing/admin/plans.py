"""What is for sale, and what was sold: plans, prices and coupons are changed with a reason that is kept; all else is only shown."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.admin.tables import MoneyAdmin
from billing.enums import RequestState
from billing.forms.selling import CouponAdminForm, PlanForm, PriceForm, SettleForm
from billing.models import ContractLetter, ContractRequest, Coupon, CouponRedemption, Entitlement, Plan, PlanOrder, Price, Subscription
from billing.services.contracts import open_contact, settle_request
from billing.services.plans import save_coupon, set_plan_active, set_price_active


class ChangedByTeam(MoneyAdmin):
    """One whose rows the team changes, through a service."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The service has written everything."""


@admin.register(Plan)
class PlanAdmin(ChangedByTeam):
    form = PlanForm
    list_display = ("code", "active")
    readonly_fields = ("code",)
    fields = ("code", "active", "reason")

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:
        data = form.cleaned_data
        set_plan_active(plan=obj, active=data["active"], by=cast(User, request.user), reason=data["reason"], now=timezone.now())


@admin.register(Price)
class PriceAdmin(ChangedByTeam):
    form = PriceForm
    list_display = ("lookup_key", "plan", "currency", "interval", "amount_minor", "active", "created_at")
    list_filter = ("active", "currency", "interval")
    list_select_related = ("plan",)
    readonly_fields = ("lookup_key", "plan", "currency", "interval", "amount_minor", "tax", "created_at")
    fields = (*readonly_fields, "active", "reason")
    ordering = ("-created_at",)

    def save_model(self, request: HttpRequest, obj: Price, form: Any, change: bool) -> None:
        data = form.cleaned_data
        set_price_active(price=obj, active=data["active"], by=cast(User, request.user), reason=data["reason"], now=timezone.now())


@admin.register(Coupon)
class CouponAdmin(ChangedByTeam):
    form = CouponAdminForm
    list_display = (
        "code",
        "percent",
        "amount_minor",
        "currency",
        "duration",
        "starts_at",
        "ends_at",
        "redeemed",
        "max_redemptions",
        "active",
    )
    list_filter = ("active", "duration")
    search_fields = ("code",)
    readonly_fields = ("redeemed",)
    fields = (
        *("code", "percent", "amount_minor", "currency", "duration", "periods", "starts_at", "ends_at"),
        *("max_redemptions", "plans", "first_purchase_only", "active", "redeemed", "reason"),
    )
    ordering = ("-created_at",)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.has_view_permission(request)

    def save_model(self, request: HttpRequest, obj: Coupon, form: Any, change: bool) -> None:
        data = form.cleaned_data
        save_coupon(coupon=obj, plans=list(data["plans"]), by=cast(User, request.user), reason=data["reason"], now=timezone.now())


@admin.register(CouponRedemption)
class CouponRedemptionAdmin(MoneyAdmin):
    list_display = ("coupon", "user", "times", "redeemed_at")
    list_select_related = ("coupon", "user")
    search_fields = ("coupon__code", "user__public_id")
    fields = list_display
    ordering = ("-redeemed_at",)


@admin.register(Subscription)
class SubscriptionAdmin(MoneyAdmin):
    list_display = ("reference", "user", "price", "provider", "renews", "state", "period_end", "cancel_at_period_end", "due_since")
    list_filter = ("state", "renews", "provider", "cancel_at_period_end")
    list_select_related = ("user", "price")
    search_fields = ("reference", "provider_ref", "user__public_id")
    fields = (*list_display, "provider_ref", "next_price", "period_start", "cancel_on", "created_at", "canceled_at", "ended_at")
    ordering = ("-created_at",)


@admin.register(PlanOrder)
class PlanOrderAdmin(MoneyAdmin):
    list_display = ("reference", "user", "price", "kind", "state", "renews", "amount_minor", "currency", "ordered_at", "paid_at")
    list_filter = ("state", "kind", "renews", "currency")
    list_select_related = ("user", "price")
    search_fields = ("reference", "user__public_id")
    fields = (
        *list_display,
        *("base_minor", "credit_minor", "discount_minor", "coupon", "net_minor", "vat_minor", "vat_rate_bp", "vat_country"),
        *("vat_treatment", "text_version", "text_sha256", "language", "immediate_at", "period_start", "period_end", "withdrawn_at"),
    )
    ordering = ("-ordered_at",)


@admin.register(Entitlement)
class EntitlementAdmin(MoneyAdmin):
    list_display = ("user", "code", "value", "source", "source_key", "starts_at", "ends_at")
    list_filter = ("code", "source")
    list_select_related = ("user",)
    search_fields = ("user__public_id", "source_key")
    fields = list_display
    ordering = ("-pk",)


@admin.register(ContractRequest)
class ContractRequestAdmin(ChangedByTeam):
    """What waits for a person is settled with words; the rest is only shown."""

    form = SettleForm
    list_display = ("public_id", "kind", "state", "typed_reference", "received_at", "ends_at", "refund_minor")
    list_filter = ("state", "kind")
    search_fields = ("public_id", "typed_reference")
    readonly_fields = (*list_display, "who", "wished_on", "language", "subscription", "order", "settled_by", "settled_at")
    fields = (*readonly_fields, "note")
    ordering = ("-received_at",)

    @admin.display(description=_("De la part de"))
    def who(self, obj: ContractRequest) -> str:
        contact = open_contact(obj)
        return " · ".join(filter(None, (contact.name, contact.email, contact.address)))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request) and (obj is None or obj.state == RequestState.UNMATCHED)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ContractRequest]:
        return super().get_queryset(request).select_related("subscription", "order", "settled_by")

    def save_model(self, request: HttpRequest, obj: ContractRequest, form: Any, change: bool) -> None:
        settle_request(request=obj, by=cast(User, request.user), note=form.cleaned_data["note"], now=timezone.now())


@admin.register(ContractLetter)
class ContractLetterAdmin(MoneyAdmin):
    """The proof that a letter left; its words are sealed."""

    list_display = ("kind", "subscription", "subject", "language", "created_at", "sent_at", "bounced_at")
    list_filter = ("kind", "language")
    list_select_related = ("subscription",)
    search_fields = ("key", "subscription__reference")
    fields = (*list_display, "key", "text_sha256", "next_try_at")
    ordering = ("-created_at",)
