"""What one agreed to, and what must be accepted anew."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.forms.consents import GiveForm, describe
from accounts.forms.preferences import AgreeForm
from accounts.middleware import LATER
from accounts.queries import list_consents, list_documents, list_free_consents, list_missing_agreements
from accounts.services.consents import NotFree, accept_missing, give_consent, withdraw_consent
from accounts.views.back import back_url, go_back
from core.prose import render_prose


@require_safe
@member_required
def consents(request: AuthenticatedRequest) -> HttpResponse:
    """What one may agree to, all acceptances, and the texts that hold now."""
    now = timezone.now()
    free = [describe(consent) for consent in list_free_consents(user=request.user, language=_language(), now=now)]
    documents = list_documents(language=_language(), now=now)
    return render(request, "accounts/consents.html", {"free": free, "consents": list_consents(user=request.user), "documents": documents})


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def give(request: AuthenticatedRequest, purpose: str) -> HttpResponse:
    """The whole text of a free consent, and one box that nobody ticked."""
    free = [
        one for one in list_free_consents(user=request.user, language=_language(), now=timezone.now()) if one.purpose == purpose.upper()
    ]
    if not free:
        raise Http404
    form = GiveForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        give_consent(user=request.user, purpose=free[0].purpose, language=_language(), now=timezone.now())
        messages.success(request, _("Votre accord est noté. Vous pouvez le retirer ici quand vous voulez."))
        return go_back(request, "accounts:consents")
    context = {
        "form": form,
        "consent": describe(free[0]),
        "html": render_prose(free[0].document.body),
        "next": back_url(request, "accounts:consents"),
    }
    return render(request, "accounts/give_consent.html", context, status=422 if form.errors else 200)


@require_POST
@member_required
def withdraw(request: AuthenticatedRequest, purpose: str) -> HttpResponse:
    """Take a consent back, in one gesture."""
    try:
        withdraw_consent(user=request.user, purpose=purpose.upper(), now=timezone.now())
    except NotFree as error:
        raise Http404 from error
    messages.success(request, _("Votre accord est retiré."))
    return redirect("accounts:consents")


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
