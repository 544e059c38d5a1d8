"""What one agreed to, and what must be accepted anew."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.forms.preferences import AgreeForm
from accounts.middleware import LATER
from accounts.queries import list_consents, list_documents, list_missing_agreements
from accounts.services.consents import accept_missing
from accounts.views.back import back_url, go_back


@require_safe
@member_required
def consents(request: AuthenticatedRequest) -> HttpResponse:
    """All acceptances, with the texts that hold now."""
    documents = list_documents(language=_language(), now=timezone.now())
    return render(request, "accounts/consents.html", {"consents": list_consents(user=request.user), "documents": documents})


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def agree(request: AuthenticatedRequest) -> HttpResponse:
    """New versions to accept; until then the person may only read."""
    missing = list_missing_agreements(user=request.user, language=_language(), now=timezone.now())
    if not missing:
        return go_back(request, "accounts:home")
    form = AgreeForm(request.POST if request.method == "POST" else None, documents=missing)
    if form.is_valid():
        accept_missing(user=request.user, accepted=form.accepted(), language=_language(), now=timezone.now())
        return go_back(request, "accounts:home")
    context = {"form": form, "documents": missing, "next": back_url(request, "accounts:home")}
    return render(request, "accounts/agree.html", context, status=422 if form.errors else 200)


@require_POST
@member_required
def agree_later(request: AuthenticatedRequest) -> HttpResponse:
    """Read today without accepting; writing stays shut."""
    request.session[LATER] = timezone.now().date().isoformat()
    return go_back(request, "accounts:home")


def _language() -> str:
    return (translation.get_language() or "")[:2]
