"""Statements of reasons, for the team: what was said, what the Commission's database answered, and a button to try again."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.readonly import ReadOnlyAdmin
from moderation.admin.tables import staff_of
from moderation.enums import StaffRole
from moderation.models import StatementOfReasons
from moderation.services.sending import AlreadySent, is_stopped, resend_statement

RESENDERS = (StaffRole.SENIOR, StaffRole.DATA_PROTECTION)


class StateFilter(admin.SimpleListFilter):
    """Where statements stand on their way."""

    title = _("transmission")
    parameter_name = "road"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("refused", _("Refusés")), ("due", _("À transmettre")), ("sent", _("Transmis"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {
            "refused": {"sent_at__isnull": True, "due_at__isnull": True},
            "due": {"due_at__isnull": False},
            "sent": {"sent_at__isnull": False},
        }
        return queryset.filter(**chosen.get(self.value() or "", {}))


@admin.register(StatementOfReasons)
class StatementAdmin(ReadOnlyAdmin):
    """A statement carries nobody's name, so all of the team may read it."""

    list_display = ("puid", "created_at", "measure", "road", "tries", "due_at", "sent_at", "short_error")
    list_filter = (StateFilter, "schema_version")
    list_select_related = ("decision",)
    search_fields = ("puid", "remote_uuid", "decision__public_id")
    fields = (*list_display[:-1], "error", "remote_uuid", "schema_version", "content")
    readonly_fields = ("measure", "road", "content")
    ordering = ("-created_at",)
    show_full_result_count = False
    actions = ("resend",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return staff_of(request) is not None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        found = staff_of(request)
        return found is not None and found.has_role(*RESENDERS)

    @admin.display(description=_("Mesure"))
    def measure(self, statement: StatementOfReasons) -> str:
        return str(statement.decision.get_action_display())

    @admin.display(description=_("Transmission"))
    def road(self, statement: StatementOfReasons) -> Any:
        if statement.sent_at:
            return _("Transmis")
        return _("Refusé") if statement.waits_for_staff else _("À transmettre")

    @admin.display(description=_("Erreur"))
    def short_error(self, statement: StatementOfReasons) -> str:
        return statement.error[:120]

    @admin.display(description=_("Contenu"))
    def content(self, statement: StatementOfReasons) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(statement.payload, ensure_ascii=False, indent=1))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if settings.DSA_MODE != "platform":
            messages.info(request, _("Cette maison est une petite entreprise : les exposés sont faits, et rien n’est transmis."))
        elif is_stopped(now=timezone.now()):
            messages.error(request, _("La base européenne refuse notre jeton : rien ne part pendant une heure. Il faut le changer."))
        return super().changelist_view(request, extra_context)

    @admin.action(description=_("Transmettre de nouveau"), permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: QuerySet[StatementOfReasons]) -> None:
        by, count = staff_of(request), 0
        assert by is not None  # the permission of the action
        for statement in queryset:
            try:
                resend_statement(statement=statement, by=by, now=timezone.now())
            except AlreadySent:
                continue
            count += 1
        text = ngettext("%(count)d exposé repart.", "%(count)d exposés repartent.", count)
        messages.success(request, text % {"count": count})
