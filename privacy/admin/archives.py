"""The copies that people asked for, in figures: how far each is, how large, how often it was fetched. Of whom it is stands nowhere here,
and nothing of it is opened."""

from __future__ import annotations

from django.contrib import admin

from moderation.admin.tables import RoleAdmin
from moderation.enums import StaffRole
from privacy.models import ExportArchive


@admin.register(ExportArchive)
class ExportArchiveAdmin(RoleAdmin):
    """What is being made, what waits to be fetched, and what failed: then its request in the queue comes near its day."""

    roles = (StaffRole.DATA_PROTECTION, StaffRole.AUDITOR)
    list_display = ("public_id", "state", "asked_at", "done_rows", "all_rows", "built_at", "parts", "bytes", "downloads", "expires_at")
    list_filter = ("state",)
    fields = (*list_display, "language", "tries", "sha256")
    ordering = ("-asked_at", "-pk")
    show_full_result_count = False
