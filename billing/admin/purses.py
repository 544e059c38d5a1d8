"""Wallets as the team sees them: limits, given credit, spends and top-ups. Whom somebody thanked is nobody's business: not here."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from billing.admin.tables import MoneyAdmin
from billing.enums import WalletAct
from billing.models import PromoGrant, TopUp, Wallet, WalletSpend


@admin.register(Wallet)
class WalletAdmin(MoneyAdmin):
    list_display = ("user", "currency", "daily_limit_minor", "next_limit_minor", "next_limit_at", "paused_until", "opened_at")
    list_filter = ("currency",)
    search_fields = ("user__username", "user__public_id")
    list_select_related = ("user",)


@admin.register(PromoGrant)
class PromoGrantAdmin(MoneyAdmin):
    list_display = ("user", "source", "amount_minor", "left_minor", "currency", "given_at", "expires_at")
    list_filter = ("source", "currency")
    search_fields = ("user__username", "user__public_id")
    list_select_related = ("user",)
    exclude = ("source_key",)


@admin.register(WalletSpend)
class WalletSpendAdmin(MoneyAdmin):
    """Spends that paid the house."""

    list_display = ("key", "user", "amount_minor", "promo_minor", "currency", "subject_key", "spent_at", "returned_at")
    list_filter = ("currency",)
    search_fields = ("key", "user__username", "user__public_id", "subject_key")
    list_select_related = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WalletSpend]:
        return super().get_queryset(request).filter(act=WalletAct.SPEND)


@admin.register(TopUp)
class TopUpAdmin(MoneyAdmin):
    list_display = ("public_id", "user", "amount_minor", "currency", "created_at", "expires_at")
    list_filter = ("currency",)
    search_fields = ("public_id", "user__username", "user__public_id")
    list_select_related = ("user",)
