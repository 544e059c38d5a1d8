"""Staff's view of the outbox (what waits, what failed too often; no payloads) and of the audit chain."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.models import AuditEntry, OutboxEvent
from core.outbox import retry_parked
from core.readonly import ReadOnlyAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("seq", "at", "handle", "role", "action", "object_kind", "object_ref", "reason")
    list_filter = ("action", "object_kind")
    search_fields = ("object_ref",)
    fields = (*list_display, "actor_hash", "before_sha256", "after_sha256", "mac")
    ordering = ("-seq",)
    show_full_result_count = False


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    list_display = ("event", "handler", "state", "attempts", "created_at", "due_at", "last_error")
    list_filter = ("state", "handler")
    fields = ("event", "handler", "state", "attempts", "created_at", "due_at", "last_error")
    ordering = ("-pk",)
    show_full_result_count = False
    actions = ("retry",)

    @admin.action(description=_("Réessayer ce qui est mis de côté"), permissions=["view"])
    def retry(self, request: HttpRequest, queryset: QuerySet[OutboxEvent]) -> None:
        count = retry_parked(ids=queryset.values_list("pk", flat=True), now=timezone.now())
        text = ngettext("%(count)d livraison repart.", "%(count)d livraisons repartent.", count)
        messages.success(request, text % {"count": count})
