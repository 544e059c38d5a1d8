"""Appeals: what another person decided, what the person says against it, and the second look."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from moderation.access import AppealNotFound, get_appeal
from moderation.admin.cases import list_past, list_pictures, open_sights
from moderation.admin.desk import refuse, render_page
from moderation.admin.forms import AppealForm
from moderation.enums import AppealState
from moderation.models import Appeal, StaffProfile
from moderation.queries.appeals import count_own_appeals, list_pending_appeals
from moderation.queries.casefile import list_reports_of
from moderation.services.appeals import AlreadyDecided, AppealEmpty, AppealTooLong, NotYoursToReview, decide_appeal
from moderation.services.reading import read_for_appeal

QUEUE = "admin:moderation_appeals"


def show_appeals(request: HttpRequest, staff: StaffProfile, **kwargs: Any) -> HttpResponse:
    """What this person may decide, the soonest due first."""
    now = timezone.now()
    rows = list_pending_appeals(staff=staff, now=now)
    own = count_own_appeals(staff=staff)
    return render_page(request, staff, "appeals.html", _("Recours"), now=now, here="appeals", rows=rows, own=own)


def show_appeal(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """One appeal with the content that the decision was about; that it was opened is noted first."""
    return _page(request, staff, _open_appeal(staff, public_id), AppealForm())


@require_POST
def decide(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """Uphold or overturn, with an answer to the person."""
    appeal, form = _open_appeal(staff, public_id), AppealForm(request.POST)
    if not form.is_valid():
        return _page(request, staff, appeal, form, status=422)
    overturn = form.cleaned_data["overturn"] == "yes"
    try:
        decide_appeal(appeal=appeal, by=staff, overturn=overturn, answer=form.cleaned_data["answer"], now=timezone.now())
    except AlreadyDecided:
        return refuse(request, _("Quelqu’un d’autre vient de répondre à ce recours."), QUEUE)
    except (AppealEmpty, AppealTooLong):
        form.add_error("answer", _("Écrivez une réponse que la personne pourra lire."))
        return _page(request, staff, appeal, form, status=422)
    except NotYoursToReview:
        return refuse(request, _("Une autre personne doit répondre à ce recours."), QUEUE)
    messages.success(request, _("La décision est annulée et tout est rétabli.") if overturn else _("La décision est maintenue."))
    return redirect(QUEUE)


def _page(request: HttpRequest, staff: StaffProfile, appeal: Appeal, form: AppealForm, status: int = 200) -> HttpResponse:
    now, case = timezone.now(), appeal.decision.case
    return render_page(
        request,
        staff,
        "appeal.html",
        _("Recours"),
        now=now,
        status=status,
        here="appeals",
        appeal=appeal,
        decision=appeal.decision,
        case=case,
        pending=appeal.state == AppealState.PENDING,
        **open_sights(partial(read_for_appeal, appeal=appeal, by=staff, now=now)),
        media=list_pictures(request, case),
        reports=list_reports_of(case=case),
        **list_past(case, now),
        form=form,
    )


def _open_appeal(staff: StaffProfile, public_id: str) -> Appeal:
    try:
        return get_appeal(staff=staff, public_id=public_id)
    except AppealNotFound as error:
        raise Http404 from error
