"""Pictures of a case: a small grey one for everybody who may open it, the whole one for a minute after a click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core.images import ImageTooLarge, NotAnImage
from moderation.access import AppealNotFound, get_appeal
from moderation.admin.claiming import CASE, open_case
from moderation.admin.desk import refuse
from moderation.imaging.previews import make_preview
from moderation.models import Case, StaffProfile
from moderation.queries.media import find_media
from moderation.services.approvals import NotApproved
from moderation.services.evidence import EvidenceDamaged, unseal_evidence
from moderation.services.reveals import (
    EnoughForToday,
    NoMedia,
    NotHeld,
    Revealed,
    open_revealed,
    reveal_for_appeal,
    reveal_media,
)

APPEAL = "admin:moderation_appeal"
_SESSION = "revealed"
_REFUSALS: dict[type[Exception], Promise] = {
    NotHeld: gettext_lazy("Prenez d’abord le dossier : sans lui, il n’y a pas de raison de regarder."),
    EnoughForToday: gettext_lazy("Vous avez regardé assez d’images aujourd’hui. Laissez celle-ci à quelqu’un d’autre."),
    NotApproved: gettext_lazy("Il faut d’abord l’accord d’une seconde personne de la protection de l’enfance."),
}


@require_GET
def small(request: HttpRequest, staff: StaffProfile, public_id: str, evidence_id: str) -> HttpResponse:
    """The small grey one, at most 4 KB."""
    return _small(open_case(staff, public_id), evidence_id)


@require_GET
def small_of_appeal(request: HttpRequest, staff: StaffProfile, public_id: str, evidence_id: str) -> HttpResponse:
    """The same on the page of an appeal."""
    try:
        return _small(get_appeal(staff=staff, public_id=public_id).decision.case, evidence_id)
    except AppealNotFound as error:
        raise Http404 from error


@require_POST
def reveal(request: HttpRequest, staff: StaffProfile, public_id: str, evidence_id: str) -> HttpResponse:
    """Note the look; the page that follows shows the picture for a minute."""
    case = open_case(staff, public_id)
    return _reveal(request, public_id, CASE, lambda: reveal_media(case=case, evidence_id=evidence_id, by=staff, now=timezone.now()))


@require_POST
def reveal_of_appeal(request: HttpRequest, staff: StaffProfile, public_id: str, evidence_id: str) -> HttpResponse:
    """The same for whoever decides the appeal."""
    try:
        appeal = get_appeal(staff=staff, public_id=public_id)
    except AppealNotFound as error:
        raise Http404 from error
    return _reveal(
        request, public_id, APPEAL, lambda: reveal_for_appeal(appeal=appeal, evidence_id=evidence_id, by=staff, now=timezone.now())
    )


@require_GET
def picture(request: HttpRequest, staff: StaffProfile, token: str) -> HttpResponse:
    """The whole picture, for whoever clicked within the minute."""
    try:
        data, content_type = open_revealed(token=token, by=staff, now=timezone.now())
    except (NoMedia, EvidenceDamaged) as error:
        raise Http404 from error
    return _image(data, content_type)


def read_revealed(request: HttpRequest) -> dict[str, tuple[str, int]]:
    """Evidence id -> token and last second (epoch), of what this browser revealed less than a minute ago."""
    now = timezone.now().timestamp()
    kept: dict[str, list[Any]] = request.session.get(_SESSION, {})
    return {evidence: (token, until) for evidence, (token, until) in kept.items() if until > now}


def _reveal(request: HttpRequest, public_id: str, page: str, deed: Callable[[], Revealed]) -> HttpResponse:
    try:
        revealed = deed()
    except NoMedia as error:
        raise Http404 from error
    except (NotHeld, EnoughForToday, NotApproved) as error:
        return refuse(request, str(_REFUSALS[type(error)]), page, public_id=public_id)
    request.session[_SESSION] = {
        **read_revealed(request),
        revealed.evidence.public_id: (revealed.token, int(revealed.until.timestamp())),
    }
    return redirect(page, public_id=public_id)


def _small(case: Case, evidence_id: str) -> HttpResponse:
    evidence = find_media(case=case, public_id=evidence_id)
    if evidence is None:
        raise Http404
    try:
        return _image(make_preview(unseal_evidence(evidence=evidence)), "image/webp")
    except (NotAnImage, ImageTooLarge, EvidenceDamaged) as error:
        raise Http404 from error


def _image(data: bytes, content_type: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=content_type)
    answer["Cache-Control"] = "no-store"
    answer["Content-Disposition"] = "inline"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
