"""The addresses of the money desk below /admin/billing/, and to whom each opens."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from billing.admin import support
from billing.admin.desk import Door, Page, money_view
from billing.queries.staff import is_support_staff

PAGES: tuple[tuple[str, Page, str, Door], ...] = (
    ("support/", support.show_queue, "support", is_support_staff),
    ("support/<str:public_id>/", support.show_request, "support_request", is_support_staff),
    ("support/<str:public_id>/claim/", support.claim, "support_claim", is_support_staff),
    ("support/<str:public_id>/release/", support.release, "support_release", is_support_staff),
    ("support/<str:public_id>/answer/", support.answer, "support_answer", is_support_staff),
)


def money_urls(site: AdminSite) -> list[URLPattern]:
    """All pages of the desk, for the admin site to put before its own."""
    return [path(f"billing/{address}", money_view(site, page, door), name=f"billing_{name}") for address, page, name, door in PAGES]
