"""Notices of people without account (DSA art. 16): the form, and the receipt at once."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.peers import peer_of_request
from core.ratelimit import RateLimited
from moderation.forms.notices import NoticeForm
from moderation.forms.reasons import DOORS, URGENT, plain_words
from moderation.forms.refusals import REFUSED, wait_words, words_for
from moderation.services.flaggers import UnknownNumber
from moderation.services.notices import PlaceUnknown, file_notice
from moderation.services.reports import AlreadyReported
from moderation.views.helping import numbers_for


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest) -> HttpResponse:
    """First the reason, of which hangs whether a name is asked for; then the form."""
    reason = request.POST.get("reason", "") or request.GET.get("reason", "")
    if not plain_words(reason):
        return render(request, "moderation/notice_reason.html", {"doors": DOORS, "numbers": numbers_for(request)})
    initial = {"reason": reason, "language": (get_language() or "fr")[:2]}
    form = NoticeForm(request.POST if request.method == "POST" else None, reason=reason, initial=initial)
    where = _file(request, form, timezone.now()) if form.is_valid() else ""
    return redirect(where) if where else _page(request, form, reason)


def _file(request: HttpRequest, form: NoticeForm, now: datetime) -> str:
    """The address of the receipt; empty when the notice was refused and the form says why."""
    try:
        filed = file_notice(notice=form.notice(), ip=peer_of_request(request).ip, now=now)
    except UnknownNumber:
        form.refuse(_("Ce numéro n’est pas connu, ou n’est plus en vigueur. Laissez le champ vide pour notifier sans lui."), field="number")
    except PlaceUnknown as error:
        form.refuse_place(error.where)
    except RateLimited as error:
        form.refuse(wait_words(error.retry), wait=error.retry)
    except AlreadyReported:
        form.refuse(_("Vous l’avez déjà notifié aujourd’hui. Le lien de suivi est dans l’accusé de réception."))
    except REFUSED as error:
        form.refuse(words_for(error))
    else:
        keys = [("key", one.token) for one in filed]
        mailed = [("mailed", "1")] if form.cleaned_data.get("email") else []
        return f"{reverse('moderation:status')}?{urlencode([*keys, ('fresh', '1'), *mailed])}"
    return ""


def _page(request: HttpRequest, form: NoticeForm, reason: str) -> HttpResponse:
    context = {"form": form, "plain": plain_words(reason), "urgent": reason in URGENT, "numbers": numbers_for(request)}
    response = render(request, "moderation/notice.html", context, status=429 if form.wait else 422 if form.errors else 200)
    if form.wait:
        response["Retry-After"] = str(form.wait)
    return response
