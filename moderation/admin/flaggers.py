"""Trusted flaggers in the admin: to look at, and for a senior to take in, suspend and bring back, each by its service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.admin.tables import ReasonForm, RoleAdmin, acting_staff, staff_of
from moderation.enums import StaffRole
from moderation.models import TrustedFlagger
from moderation.queries.flaggers import get_record
from moderation.queries.shown import DESK
from moderation.services.flaggers import FlaggerIncomplete, NotYoursToAdmit, register_flagger, resume_flagger, suspend_flagger

_ASKED = ("name", "areas", "contact", "coordinator_ref")


@admin.register(TrustedFlagger)
class TrustedFlaggerAdmin(RoleAdmin):
    roles = (*DESK, StaffRole.AUDITOR)
    list_display = ("name", "areas", "contact", "coordinator_ref", "active", "unfounded", "warned_at", "created_at")
    list_filter = ("active",)
    search_fields = ("name",)
    action_form = ReasonForm
    actions = ("suspend", "resume")

    def get_fields(self, request: HttpRequest, obj: TrustedFlagger | None = None) -> Any:
        """What a new one needs, and all of one that is there."""
        return self.list_display if obj else _ASKED

    def get_readonly_fields(self, request: HttpRequest, obj: TrustedFlagger | None = None) -> Any:
        return self.list_display if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A senior, who alone may."""
        staff = staff_of(request)
        return staff is not None and staff.has_role(StaffRole.SENIOR)

    has_admit_permission = has_add_permission

    @admin.display(description=_("infondées sur six mois"))
    def unfounded(self, flagger: TrustedFlagger) -> str:
        """Of how many notices that were answered how many were unfounded."""
        record = get_record(flagger=flagger, now=timezone.now())
        return f"{record.unfounded} / {record.decided}"

    def save_model(self, request: HttpRequest, obj: TrustedFlagger, form: ModelForm[TrustedFlagger], change: bool) -> None:
        """Take the organisation in; its number is in the answer to this request and nowhere else."""
        said = {name: form.cleaned_data[name] for name in _ASKED}
        admitted = register_flagger(by=acting_staff(request), now=timezone.now(), **said)
        obj.pk, obj.public_id = admitted.flagger.pk, admitted.flagger.public_id
        text = gettext("Numéro, montré cette seule fois : %(number)s. Remettez-le par une voie sûre.")
        messages.warning(request, text % {"number": admitted.number})

    @admin.action(description=_("Suspendre, avec une raison"), permissions=["admit"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[TrustedFlagger]) -> None:
        self._each(request, queryset, suspend_flagger)

    @admin.action(description=_("Remettre en vigueur, avec une raison"), permissions=["admit"])
    def resume(self, request: HttpRequest, queryset: QuerySet[TrustedFlagger]) -> None:
        self._each(request, queryset, resume_flagger)

    def _each(self, request: HttpRequest, queryset: QuerySet[TrustedFlagger], deed: Callable[..., None]) -> None:
        for flagger in queryset:
            try:
                deed(flagger=flagger, reason=request.POST.get("reason", ""), by=acting_staff(request), now=timezone.now())
            except FlaggerIncomplete:
                messages.error(request, gettext("Écrivez la raison à côté de l’action."))
                return
            except NotYoursToAdmit as error:
                raise PermissionDenied from error
