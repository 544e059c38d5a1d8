"""Signals of accounts that may be a banned person's next one: to look at, the strongest first."""

from __future__ import annotations

from django.contrib import admin

from accounts.models import EvasionSignal
from core.readonly import ReadOnlyAdmin


@admin.register(EvasionSignal)
class EvasionSignalAdmin(ReadOnlyAdmin):
    list_display = ("user", "kind", "priority", "decision_ref", "seen_at")
    list_filter = ("priority", "kind")
    list_select_related = ("user",)
    fields = list_display
    ordering = ("-priority", "seen_at")
