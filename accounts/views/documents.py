"""Showing one's age by a document: sending the image, seeing where it stands, taking it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import DocumentNotFound, get_document_attempt
from accounts.age.refusals import RefusalCode, Refused
from accounts.decorators import AuthenticatedRequest, member_required
from accounts.enums import AgeCheckState
from accounts.forms.documents import REFUSALS, DocumentForm
from accounts.models import AgeCheck
from accounts.queries.documents import get_document_standing
from accounts.services.documents import NotOpen, submit_document, withdraw_document
from accounts.views.age import at_hand, refusal_of
from core.uploads import files_in_memory


@files_in_memory
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def document(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """The form of an attempt, and after it where the document stands."""
    attempt = _get_attempt(request, public_id)
    form = DocumentForm(request.POST, request.FILES) if request.method == "POST" else DocumentForm()
    if form.is_valid() and (where := _submit(request, attempt, form)):
        return redirect(where)
    return _page(request, attempt, form)


def _submit(request: AuthenticatedRequest, attempt: AgeCheck, form: DocumentForm) -> str:
    """Where to go on: to the page of the standing, or to the methods when this attempt leads nowhere. Empty: another file may."""
    key = request.session.session_key or ""
    page = reverse("accounts:age_document", args=[attempt.public_id])
    try:
        submit_document(attempt=attempt, session_key=key, file=form.cleaned_data["image"], now=timezone.now())
    except REFUSALS as error:
        form.refuse(error)
        return ""
    except Refused as refused:
        messages.warning(request, str(refused.message))
        return page if refused.code == RefusalCode.REPLAYED else reverse("accounts:age")
    return page


def _page(request: AuthenticatedRequest, attempt: AgeCheck, form: DocumentForm) -> HttpResponse:
    standing = get_document_standing(attempt=attempt, now=timezone.now())
    context: dict[str, Any] = {
        "attempt": attempt,
        "form": form,
        "standing": standing,
        "next": at_hand(request, attempt).get("next") or "/rooms/",
    }
    if attempt.state == AgeCheckState.REFUSED:
        context |= refusal_of(request, attempt)
    return render(request, "accounts/age/document.html", context, status=422 if form.errors else 200)


@require_POST
@member_required
def withdraw(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Take the document back; its image is destroyed."""
    review = get_document_standing(attempt=_get_attempt(request, public_id), now=timezone.now()).review
    try:
        if review is None:
            raise NotOpen(public_id)
        withdraw_document(review=review, now=timezone.now())
    except NotOpen:
        messages.warning(request, _("Ce document n’est plus en cours d’examen. Son image est déjà détruite."))
    else:
        messages.success(request, _("Votre document est retiré et son image est détruite."))
    return redirect("accounts:age_document", public_id)


def _get_attempt(request: AuthenticatedRequest, public_id: str) -> AgeCheck:
    try:
        return get_document_attempt(user=request.user, public_id=public_id)
    except DocumentNotFound as error:
        raise Http404 from error
