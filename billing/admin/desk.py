"""What all pages of the money desk share: who stands before us, the frame of the admin around a page, and its menu."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.queries.staff import is_money_staff, is_support_staff

Page = Callable[..., HttpResponseBase]
Door = Callable[[User], bool]

# The parts of the desk in the order of the menu; each person sees those that open to them.
PARTS: tuple[tuple[str, Promise, Door], ...] = (
    ("ledger", _("Grand livre"), is_money_staff),
    ("payments", _("Paiements"), is_money_staff),
    ("refunds", _("Remboursements"), is_money_staff),
    ("disputes", _("Contestations"), is_money_staff),
    ("gaps", _("Écarts"), is_money_staff),
    ("statements", _("Relevés"), is_money_staff),
    ("figures", _("Chiffres"), is_money_staff),
    ("vat", _("TVA"), is_money_staff),
    ("support", _("Demandes d’aide"), is_support_staff),
)


def money_view(site: AdminSite, page: Page, door: Door) -> Callable[..., HttpResponseBase]:
    """The page behind the door of the admin (log-in, second factor) and of this part of the desk."""

    @wraps(page)
    def opened(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        user = cast(User, request.user)
        if not door(user):
            raise PermissionDenied
        return page(request, user, **kwargs)

    return site.admin_view(opened)


def render_page(request: HttpRequest, user: User, template: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the desk inside the frame of the admin; `here` names its part."""
    frame = {
        **admin.site.each_context(request),
        "title": title,
        "parts": list_parts(user),
        "now": timezone.now(),
        "is_nav_sidebar_enabled": False,
    }
    return render(request, f"admin/billing/{template}", frame | context, status=status)


def list_parts(user: User) -> list[tuple[str, str, str]]:
    """(name, words, address) of the parts that this person may open; a query for each kind of door."""
    opens = {door: door(user) for _name, _words, door in PARTS}
    return [(name, str(words), reverse(f"admin:billing_{name}")) for name, words, door in PARTS if opens[door]]


def refuse(request: HttpRequest, words: str, where: str, **kwargs: Any) -> HttpResponse:
    """Say on the page it comes from why a deed was not done."""
    messages.warning(request, words)
    answer: HttpResponse = redirect(where, **kwargs)
    return answer
