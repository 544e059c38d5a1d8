"""The team's door: the admin opens to staff who came in by the pages of everybody, and who have a second factor."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from accounts.models import User
from accounts.queries import has_second_factor

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class ResakaAdminSite(AdminSite):
    """Django's, without a log-in of its own: that one would know neither limits nor second factors."""

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer

    def get_urls(self) -> list[Any]:
        """The pages of the desks of moderation, of money and of oversight before Django's own."""
        from billing.admin.site import money_urls  # their tables register with this very site, so they are read after it was made
        from moderation.admin.site import desk_urls
        from privacy.admin.oversight import oversight_urls

        return [*desk_urls(self), *money_urls(self), *oversight_urls(self), *super().get_urls()]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        from superapp.auditors import is_auditor, look  # which reads tables that register here, too

        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if isinstance(user, User) and self.has_permission(request) and not has_second_factor(user=user):
                return render(request, "admin/second_factor.html", status=403)
            if self.has_permission(request) and is_auditor(request):
                return look(request, lambda: inner(request, *args, **kwargs))
            return inner(request, *args, **kwargs)

        return cast("View", guarded)
