"""Notices and how they were sent, to look at. Neither addresses nor values are shown."""

from __future__ import annotations

from django.contrib import admin

from core.readonly import ReadOnly, ReadOnlyAdmin
from notifications.models import Delivery, Notification


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
    list_display = ("notification", "transport", "state", "reason", "attempt", "next_at", "status_code", "created_at")
    list_filter = ("state", "transport", "reason")
    list_select_related = ("notification",)
    fields = list_display
    ordering = ("-pk",)
    show_full_result_count = False
