"""Notices and how they were sent, to look at. Neither addresses nor values are shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.readonly import ReadOnly, ReadOnlyAdmin
from notifications.models import Delivery, EmailSuppression, Notification
from notifications.queries.health import get_health


class DeliveryInline(ReadOnly, admin.TabularInline[Delivery, Notification]):
    model = Delivery
    fields = ("transport", "state", "reason", "attempt", "next_at", "status_code")


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "user", "kind", "created_at", "seen_at", "read_at")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("public_id", "user__public_id")
    fields = ("public_id", "user", "kind", "subject_app", "subject_kind", "subject_public_id", "created_at", "seen_at", "read_at")
    ordering = ("-pk",)
    show_full_result_count = False
    inlines = (DeliveryInline,)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """The log of departures, under how well each road carries."""

    change_list_template = "admin/notifications/deliveries.html"
    list_display = ("notification", "transport", "state", "reason", "attempt", "next_at", "status_code", "created_at")
    list_filter = ("state", "transport", "reason")
    list_select_related = ("notification",)
    fields = list_display
    ordering = ("-pk",)
    show_full_result_count = False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        health = {"health": get_health(now=timezone.now())}
        return super().changelist_view(request, {**(extra_context or {}), **health})


@admin.register(EmailSuppression)
class EmailSuppressionAdmin(ReadOnlyAdmin):
    """How many addresses get no mail, and since when; which ones, nobody can read here."""

    list_display = ("reason", "category", "status_code", "created_at")
    list_filter = ("reason", "category")
    fields = list_display
    ordering = ("-pk",)
    show_full_result_count = False
