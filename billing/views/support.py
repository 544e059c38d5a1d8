"""The pages on which people ask the team, and read what it answered."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from billing.access import SupportNotFound, get_support_request
from billing.forms.support import SupportForm
from billing.models import SupportRequest
from billing.queries.support import list_own_requests
from billing.queries.supportkeys import token_of
from billing.services.support.asking import ask_support, open_request
from core.peers import peer_of_request
from core.ratelimit import RateLimited


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def support(request: HttpRequest) -> HttpResponse:
    """The form for everybody, and below it what a member asked before."""
    user = request.user if isinstance(request.user, User) else None
    form = SupportForm(request.POST if request.method == "POST" else None, member=user is not None)
    asked = _ask(request, form, user) if form.is_valid() else None
    if asked is not None:
        return redirect(_page_of(asked))
    status = 429 if form.wait else 422 if form.errors else 200
    context = {"form": form, "asked": list_own_requests(user=user) if user else []}
    response = render(request, "billing/support.html", context, status=status)
    if form.wait:
        response["Retry-After"] = str(form.wait)
    return response


@never_cache
@require_safe
def support_request(request: HttpRequest, public_id: str) -> HttpResponse:
    """One request: what was asked, by when it is answered, and the answer; for its author, or for whoever holds the link of a letter."""
    user = request.user if isinstance(request.user, User) else None
    try:
        asked = get_support_request(user=user, public_id=public_id, key=request.GET.get("key", ""))
    except SupportNotFound as error:
        raise Http404 from error
    context = {"asked": asked, "content": open_request(asked), "now": timezone.now(), "fresh": "fresh" in request.GET}
    return render(request, "billing/support_request.html", context)


def _ask(request: HttpRequest, form: SupportForm, user: User | None) -> SupportRequest | None:
    """The request that was kept; None when it was refused and the form says why."""
    question = form.question((get_language() or "fr")[:2])
    try:
        return ask_support(question=question, user=user, ip=peer_of_request(request).ip, now=timezone.now())
    except RateLimited as error:
        minutes = max(1, round(error.retry / 60))
        words = ngettext(
            "Trop de demandes d’un coup. Réessayez dans %(n)d minute.", "Trop de demandes d’un coup. Réessayez dans %(n)d minutes.", minutes
        )
        form.refuse(words % {"n": minutes}, wait=error.retry)
    return None


def _page_of(asked: SupportRequest) -> str:
    query = {"fresh": "1"} if asked.user_id else {"key": token_of(asked.public_id), "fresh": "1"}
    return f"{reverse('billing:support_request', args=[asked.public_id])}?{urlencode(query)}"
