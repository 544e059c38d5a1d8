"""Tables of moderation to look at. What people wrote in reports stands on the page of its case, behind its door, and not here."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.readonly import ReadOnlyAdmin
from moderation.access import find_staff
from moderation.enums import StaffRole
from moderation.models import Decision, Report, StaffProfile
from moderation.queries.shown import DESK

_STAFF = "_moderation_staff"


class RoleAdmin(ReadOnlyAdmin):
    """A table that opens to roles of the team, not to permissions of accounts."""

    roles: tuple[StaffRole, ...] = DESK

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        staff = staff_of(request)
        return staff is not None and staff.has_role(*self.roles)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


def staff_of(request: HttpRequest) -> StaffProfile | None:
    """Who of the team asks; looked up once a request, for the admin asks at each table."""
    if not hasattr(request, _STAFF):
        user = request.user
        setattr(request, _STAFF, find_staff(user=user) if user.is_authenticated else None)
    return cast("StaffProfile | None", getattr(request, _STAFF))


def acting_staff(request: HttpRequest) -> StaffProfile:
    """Who of the team does a deed here.

    Raises:
        PermissionDenied: nobody of the team.
    """
    staff = staff_of(request)
    if staff is None:
        raise PermissionDenied
    return staff


class ReasonForm(ActionForm):
    """The reason, typed beside the choice of the action; it goes into the audit chain."""

    reason = forms.CharField(label=_("Raison"), max_length=500, required=False)


@admin.register(Report)
class ReportAdmin(RoleAdmin):
    list_display = ("public_id", "source", "target_kind", "reason", "state", "language", "created_at", "outcome_at")
    list_filter = ("source", "state", "reason", "language")
    search_fields = ("public_id",)
    fields = list_display
    ordering = ("-created_at",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without what is about children, for whoever has not that role, and without one's own reports."""
        rows = super().get_queryset(request).defer("contact", "explanation")
        staff = staff_of(request)
        if staff is None:
            return rows.none()
        rows = rows.exclude(reporter=staff.user_id)
        return rows if staff.has_role(StaffRole.CHILD_SAFETY) else rows.exclude(case__child_safety=True)


@admin.register(Decision)
class DecisionAdmin(RoleAdmin):
    roles = (*DESK, StaffRole.APPEALS, StaffRole.AUDITOR)
    list_display = ("public_id", "action", "reason", "ground", "moderator", "starts_at", "ends_at", "reversed_at")
    list_filter = ("action", "ground", "reason")
    list_select_related = ("moderator",)
    search_fields = ("public_id",)
    fields = list_display
    ordering = ("-starts_at",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without what is about children, for whoever has not that role."""
        rows, staff = super().get_queryset(request), staff_of(request)
        if staff is None:
            return rows.none()
        rows = rows.exclude(subject=staff.user_id)
        return rows if staff.has_role(StaffRole.CHILD_SAFETY, StaffRole.AUDITOR) else rows.exclude(case__child_safety=True)
