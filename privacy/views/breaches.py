"""What somebody reads of a breach that touched their data."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.decorators import AuthenticatedRequest, owner_required
from privacy.access import BreachNotFound, get_breach_for_person


@never_cache
@require_safe
@owner_required
def breach(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The letter of a breach in the reader's language, the kinds of data it touches, and whom to ask; it opens to barred accounts too."""
    try:
        found = get_breach_for_person(user=request.user, public_id=public_id)
    except BreachNotFound as error:
        raise Http404 from error
    letter = found.letter((get_language() or "")[:2])
    return render(request, "privacy/breach.html", {"breach": found, "letter": letter, "labels": found.code_names})
