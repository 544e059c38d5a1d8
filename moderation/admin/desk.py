"""What all pages of the desk share: who stands before us, the frame of the admin around a page, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from moderation.access import NotStaff, get_staff
from moderation.admin.pauses import is_pause_due
from moderation.enums import StaffRole
from moderation.models import StaffProfile
from moderation.queries.shown import DESK

REVIEW = (StaffRole.APPEALS,)
CHILDREN = (StaffRole.CHILD_SAFETY,)
FIGURES = (*DESK, StaffRole.APPEALS, StaffRole.AUDITOR)
EVERYBODY = tuple(StaffRole)

# The parts of the desk in the order of the menu; each person sees those that open to their roles.
PARTS: tuple[tuple[str, Promise, tuple[StaffRole, ...]], ...] = (
    ("queue", gettext_lazy("File des dossiers"), DESK),
    ("appeals", gettext_lazy("Recours"), REVIEW),
    ("approvals", gettext_lazy("Accords à deux"), EVERYBODY),
    ("transmissions", gettext_lazy("Autorités, enfance"), CHILDREN),
    ("rules", gettext_lazy("Règles"), (StaffRole.RULE_EDITOR, StaffRole.SENIOR, StaffRole.AUDITOR)),
    ("workload", gettext_lazy("Charge de travail"), FIGURES),
    ("team", gettext_lazy("Équipe"), EVERYBODY),
)


# A page of the desk: the request, who of the team asks, and what its address names.
Page = Callable[..., HttpResponseBase]


def desk_view(site: AdminSite, page: Page, roles: tuple[StaffRole, ...]) -> Callable[..., HttpResponseBase]:
    """The page behind the door of the admin (log-in, second factor) and of the team (roles)."""

    @wraps(page)
    def opened(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            staff = get_staff(user=cast(User, request.user), roles=roles)
        except NotStaff as error:
            raise PermissionDenied from error
        return page(request, staff, **kwargs)

    return site.admin_view(opened)


def render_page(
    request: HttpRequest, staff: StaffProfile, template: str, title: str, *, now: datetime | None = None, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of the desk inside the frame of the admin."""
    now = now or timezone.now()
    frame = {
        **admin.site.each_context(request),
        "title": title,
        "staff": staff,
        "parts": list_parts(staff),
        "now": now,
        "pause_due": is_pause_due(request.session, now),
        "is_nav_sidebar_enabled": False,
    }
    return render(request, f"admin/moderation/{template}", frame | context, status=status)


def list_parts(staff: StaffProfile) -> list[tuple[str, str, str]]:
    """(name, words, address) of the parts of the desk that this person may open."""
    return [(name, str(words), reverse(f"admin:moderation_{name}")) for name, words, roles in PARTS if staff.has_role(*roles)]


def show_desk(request: HttpRequest, staff: StaffProfile, **kwargs: Any) -> HttpResponse:
    """To the first part of the desk that opens to this person."""
    return redirect(list_parts(staff)[0][2])


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asked, which reads the answer itself."""
    return "application/json" in request.headers.get("Accept", "")


def refuse(request: HttpRequest, words: str, where: str, **kwargs: Any) -> HttpResponse:
    """Say why a deed was not done: to a script as 409, to a form on the page it comes from."""
    if wants_json(request):
        return JsonResponse({"error": words}, status=409)
    messages.warning(request, words)
    answer: HttpResponse = redirect(where, **kwargs)
    return answer


def taken_by(handle: str) -> str:
    return _("Pris par %(handle)s.") % {"handle": handle}
