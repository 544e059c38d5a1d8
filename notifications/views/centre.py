"""The centre: what a person was told, the newest first."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import AuthenticatedRequest, member_required
from notifications.access import NoticeNotFound
from notifications.services.reading import look_at_notices, mark_read, open_notice
from notifications.services.suppressions import has_bounced


@require_safe
@member_required
def centre(request: AuthenticatedRequest) -> HttpResponse:
    """A page of notices; what it shows counts as seen from now on."""
    page = look_at_notices(user=request.user, after=request.GET.get("after", ""), now=timezone.now())
    return render(request, "notifications/centre.html", {"centre": page, "bounced": has_bounced(user=request.user)})


@require_POST
@member_required
def open_one(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Read a notice: on to the page that it is about."""
    try:
        return redirect(open_notice(user=request.user, public_id=public_id, now=timezone.now()))
    except NoticeNotFound as error:
        raise Http404 from error


@require_POST
@member_required
def read_all(request: AuthenticatedRequest) -> HttpResponse:
    """Be done with all of them."""
    mark_read(user=request.user, now=timezone.now())
    messages.success(request, _("Tout est marqué comme lu."))
    return redirect("notifications:centre")
