"""The buttons of advice."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.decorators import AuthenticatedRequest, member_required, wants_json
from accounts.services.tips import NoSuchTip, hide_tip, show_tips_again
from accounts.views.back import go_back


@require_POST
@member_required
def hide(request: AuthenticatedRequest, tip: str) -> HttpResponse:
    """Do not show one tip again."""
    try:
        hide_tip(user=request.user, tip=tip.upper())
    except NoSuchTip as error:
        raise Http404 from error
    return HttpResponse(status=204) if wants_json(request) else go_back(request, "chat:rooms")


@require_POST
@member_required
def show(request: AuthenticatedRequest) -> HttpResponse:
    """Show all tips again."""
    show_tips_again(user=request.user)
    messages.success(request, _("Les conseils s’affichent de nouveau."))
    return go_back(request, "accounts:preferences")
