"""Measures against accounts: to look at, and to lift with a reason."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.enums import SuspensionKind
from accounts.models import Suspension, User
from accounts.services.suspension import NoReason, NotSuspended, lift
from core.readonly import ReadOnlyAdmin


class LiftForm(ActionForm):
    """The reason, typed beside the choice of the action; it goes into the audit chain."""

    reason = forms.CharField(label=_("Raison"), max_length=300, required=False)


@admin.register(Suspension)
class SuspensionAdmin(ReadOnlyAdmin):
    list_display = ("user", "kind", "decision_ref", "starts_at", "ends_at", "lifted_at", "lift_reason")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__public_id", "decision_ref")
    fields = list_display
    ordering = ("-starts_at",)
    action_form = LiftForm
    actions = ("lift_measures",)

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_suspension")

    @admin.action(description=_("Lever la mesure, avec une raison"), permissions=["lift"])
    def lift_measures(self, request: HttpRequest, queryset: QuerySet[Suspension]) -> None:
        lifted = 0
        for row in queryset.select_related("user"):
            try:
                self._lift(request, row)
            except NoReason:
                messages.error(request, _("Écrivez la raison à côté de l’action."))
                return
            except NotSuspended:
                continue
            lifted += 1
        text = ngettext("%(count)d mesure est levée.", "%(count)d mesures sont levées.", lifted)
        messages.success(request, text % {"count": lifted})

    def _lift(self, request: HttpRequest, row: Suspension) -> None:
        kind, reason = SuspensionKind(row.kind), request.POST.get("reason", "")
        if row.open_key is None:
            raise NotSuspended(row.kind)
        lift(user=row.user, kind=kind, reason=reason, by=cast(User, request.user), role="staff", now=timezone.now())
