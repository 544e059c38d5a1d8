"""What was decided against somebody, told to them alone: the statement of reasons, and what it was about."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.decorators import AuthenticatedRequest, owner_required
from moderation.access import DecisionNotFound, get_decision_for_subject
from moderation.forms.appeals import AppealForm
from moderation.models import Decision
from moderation.queries.restrictions import find_statement, get_restriction, list_decisions_about
from moderation.queries.statements import statement_words
from moderation.services.ownwords import open_own_content


@never_cache
@require_safe
@owner_required
def decisions(request: AuthenticatedRequest) -> HttpResponse:
    """All decisions about the person; a barred account opens this page too."""
    return render(request, "moderation/decisions.html", {"decisions": list_decisions_about(user=request.user)})


@never_cache
@require_safe
@owner_required
def decision(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """One decision: the statement of reasons in the reader's language, the content, the appeal."""
    return show_decision(request, get_mine(request, public_id), AppealForm())


def show_decision(request: AuthenticatedRequest, found: Decision, form: AppealForm) -> HttpResponse:
    """The page of a decision; `form` may be an appeal that was refused."""
    now, statement = timezone.now(), find_statement(decision=found)
    restriction = get_restriction(decision=found, now=now)
    context = {
        "restriction": restriction,
        "over": restriction.is_over(now),
        "words": statement_words(statement, (get_language() or "fr")[:2]) if statement else None,
        "content": open_own_content(decision=found, user=request.user),
        "form": form,
    }
    return render(request, "moderation/decision.html", context, status=422 if form.errors else 200)


def get_mine(request: AuthenticatedRequest, public_id: str) -> Decision:
    """A decision about the person themselves; 404 for every other."""
    try:
        return get_decision_for_subject(user=request.user, public_id=public_id)
    except DecisionNotFound as error:
        raise Http404 from error
