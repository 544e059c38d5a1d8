"""The queue of those who asked for help, and the page on which one of them is answered."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from billing.admin.desk import refuse, render_page
from billing.forms.support import AnswerForm
from billing.models import SupportRequest
from billing.queries.support import find_request, list_answered_requests, list_waiting_requests
from billing.services.support.asking import open_request
from billing.services.support.desk import Answered, EmptyAnswer, NotInHand, Taken, answer_request, claim_request, release_request

QUEUE, PAGE = "admin:billing_support", "admin:billing_support_request"


@require_safe
def show_queue(request: HttpRequest, user: User) -> HttpResponse:
    """What waits, safety first, and what was answered last."""
    waiting, answered = list_waiting_requests(now=timezone.now()), list_answered_requests()
    return render_page(request, user, "support.html", _("Demandes d’aide"), here="support", waiting=waiting, answered=answered)


@require_safe
def show_request(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """One request; its words are shown to whoever opens it, the form to whoever has it in hand."""
    return _page(request, user, _find(public_id), AnswerForm())


@require_POST
def claim(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """Take it for a quarter of an hour."""
    return _do(request, user, public_id, claim_request, then=PAGE)


@require_POST
def release(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """Put it back."""
    return _do(request, user, public_id, release_request, then=QUEUE)


@sensitive_post_parameters()
@require_POST
def answer(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """Send the answer; what was typed stays when it is refused."""
    asked, form = _find(public_id), AnswerForm(request.POST)
    if form.is_valid():
        try:
            answer_request(request_id=asked.pk, words=form.cleaned_data["words"], by=user, now=timezone.now())
        except (Answered, Taken, EmptyAnswer) as error:
            form.add_error(None, _words_of(error))
        else:
            messages.success(request, _("Réponse envoyée."))
            return redirect(QUEUE)
    return _page(request, user, _find(public_id), form, status=422)


def _do(request: HttpRequest, user: User, public_id: str, deed: Callable[..., None], *, then: str) -> HttpResponse:
    asked = _find(public_id)
    try:
        deed(request_id=asked.pk, by=user, now=timezone.now())
    except (Taken, Answered, NotInHand) as error:
        return refuse(request, _words_of(error), PAGE, public_id=public_id)
    answered: HttpResponse = redirect(then, public_id=public_id) if then == PAGE else redirect(then)
    return answered


def _page(request: HttpRequest, user: User, asked: SupportRequest, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    held = asked.claim_expires_at is not None and asked.claim_expires_at > now
    return render_page(
        request,
        user,
        "support_request.html",
        asked.get_topic_display(),
        status=status,
        here="support",
        asked=asked,
        content=open_request(asked),
        form=form,
        mine=held and asked.claimed_by_id == user.pk,
        taken=held and asked.claimed_by_id != user.pk,
    )


def _find(public_id: str) -> SupportRequest:
    found = find_request(public_id=public_id)
    if found is None:
        raise Http404
    return found


def _words_of(error: Exception) -> str:
    if isinstance(error, Taken):
        return _("Une autre personne a cette demande en main.")
    if isinstance(error, Answered):
        return _("Cette demande a déjà sa réponse.")
    if isinstance(error, EmptyAnswer):
        return _("Écrivez une réponse.")
    return _("Vous n’avez plus cette demande en main.")
