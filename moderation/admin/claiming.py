"""The buttons of a case that say whose it is: take, keep, put back, hand on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from moderation.access import CaseNotFound, get_case
from moderation.admin.desk import refuse, taken_by, wants_json
from moderation.admin.queue import query_of, read_wanted
from moderation.models import Case, StaffProfile
from moderation.services.claims import (
    CaseOver,
    ClaimLost,
    ClaimTaken,
    EscalationReasonMissing,
    OnlySenior,
    claim_case,
    escalate_case,
    release_claim,
    renew_claim,
)
from moderation.services.decisions import DecidedBefore

CASE, QUEUE = "admin:moderation_case", "admin:moderation_queue"
REFUSALS = (ClaimTaken, ClaimLost, CaseOver, OnlySenior, EscalationReasonMissing)


@require_POST
def claim(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """Take the case; the page that follows has the form of the decision."""
    return _do(request, staff, public_id, claim_case, then=CASE)


@require_POST
def renew(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """Five more minutes for the open page, which learns the new version."""
    return _do(request, staff, public_id, renew_claim, then=CASE)


@require_POST
def release(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """Put it back, and go on with the queue."""
    return _do(request, staff, public_id, release_claim, then=QUEUE)


@require_POST
def escalate(request: HttpRequest, staff: StaffProfile, public_id: str) -> HttpResponse:
    """Hand it on with a reason, and go on with the queue."""
    deed = partial(escalate_case, reason=request.POST.get("reason", ""))
    return _do(request, staff, public_id, deed, then=QUEUE, done=_("Dossier transmis."))


def open_case(staff: StaffProfile, public_id: str) -> Case:
    """The case behind an address.

    Raises:
        Http404: no such case, or none for this person.
    """
    try:
        return get_case(staff=staff, public_id=public_id)
    except CaseNotFound as error:
        raise Http404 from error


def read_version(request: HttpRequest) -> int:
    """The version of the case that the page showed; 0, which no case has, for what is no number."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


def refusal_words(error: Exception) -> str:
    """Why a deed on a case was not done, in the words of the page."""
    if isinstance(error, ClaimTaken):
        return taken_by(error.handle)
    if isinstance(error, OnlySenior):
        return _("Ce dossier a été transmis à un référent.")
    if isinstance(error, DecidedBefore):
        return _("Vous avez déjà décidé ce dossier : après un recours, une autre personne le regarde.")
    if isinstance(error, CaseOver):
        return _("Ce dossier est déjà décidé.")
    if isinstance(error, EscalationReasonMissing):
        return _("Dites pourquoi vous le transmettez.")
    return _("Vous n’avez plus ce dossier en main, ou il a changé. Relisez-le, puis prenez-le de nouveau.")


def _do(request: HttpRequest, staff: StaffProfile, public_id: str, deed: Callable[..., Case], *, then: str, done: str = "") -> HttpResponse:
    case = open_case(staff, public_id)
    try:
        after = deed(case_id=case.pk, version=read_version(request), by=staff, now=timezone.now())
    except REFUSALS as error:
        return refuse(request, refusal_words(error), CASE, public_id=public_id)
    if wants_json(request):
        return JsonResponse({"version": after.version})
    if done:
        messages.success(request, done)
    address = reverse(CASE, args=[public_id]) if then == CASE else reverse(then)
    return redirect(address + query_of(read_wanted(request)))
