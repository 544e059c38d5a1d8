"""What was decided against an account, told to its owner."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.decorators import AuthenticatedRequest, owner_required
from accounts.queries import list_active_suspensions


@require_safe
@owner_required
def standing(request: AuthenticatedRequest) -> HttpResponse:
    """The measures in force. For a barred account it is the one page left."""
    return render(request, "accounts/standing.html", {"measures": list_active_suspensions(user=request.user)})
