"""The copy of one's data: asked for, waited for, fetched. Open to everybody who has an account, whatever was decided against it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import AuthenticatedRequest, owner_required, step_up_required
from core.ratelimit import RateLimited
from core.streaming import stream_file
from privacy.access import ArchiveNotFound, get_archive_for_owner, get_download
from privacy.export.handing import RangeUnsatisfiable, Zip, open_zip, read_range
from privacy.models import ExportArchive
from privacy.queries.archives import find_last_archive, is_erasure_asked
from privacy.services.archives import DOWNLOADS, ArchiveOver, DownloadsUsed, ErasureAsked, TooSoon, ask_export, begin_download, may_ask_from


@never_cache
@require_safe
@owner_required
def export(request: AuthenticatedRequest) -> HttpResponse:
    """What an archive holds and how to ask for one; how far it is; where to fetch it."""
    now, archive = timezone.now(), find_last_archive(user=request.user)
    next_at = may_ask_from(user=request.user)
    context = {
        "archive": archive,
        "ready": archive is not None and archive.is_ready(now),
        "next_at": next_at if next_at and now < next_at else None,
        "erasing": is_erasure_asked(user=request.user),
        "most": DOWNLOADS,
        "progress": say_progress(archive) if archive and archive.is_open else "",
    }
    return render(request, "privacy/export.html", context)


@require_POST
@owner_required
@step_up_required
def ask(request: AuthenticatedRequest) -> HttpResponse:
    """Have an archive made. Somebody who proved a moment ago that it is them; asked twice, it is one."""
    try:
        ask_export(user=request.user, now=timezone.now())
    except TooSoon as error:
        words = _("Une copie par jour. Vous pourrez en demander une autre le %(at)s (temps universel).")
        messages.error(request, words % {"at": date_format(error.next_at, "j F Y, H:i")})
    except ErasureAsked:
        messages.error(request, _("Vous avez demandé l’effacement de vos données : aucune copie n’en est plus faite."))
    except RateLimited:
        messages.error(request, _("Trop de demandes d’un coup. Réessayez dans une heure."))
    return redirect("privacy:export")


@never_cache
@require_safe
@owner_required
def status(request: AuthenticatedRequest, public_id: str) -> JsonResponse:
    """How far it is, for the page that waits."""
    archive = _own(request, public_id)
    return JsonResponse({"state": archive.state, "percent": archive.percent, "words": say_progress(archive)})


@require_POST
@owner_required
@step_up_required
def begin(request: AuthenticatedRequest, public_id: str, number: int) -> HttpResponse:
    """Count a download and lead to its address. Somebody who proved a moment ago that it is them."""
    try:
        key = begin_download(archive=_own(request, public_id), number=number, now=timezone.now())
    except ArchiveOver:
        messages.error(request, _("Cette copie n’est plus là. Demandez-en une autre."))
    except DownloadsUsed:
        messages.error(request, _("Cette copie a été téléchargée autant de fois que possible. Demandez-en une autre."))
    else:
        return redirect("privacy:export_file", public_id, number, key)
    return redirect("privacy:export")


@require_safe
@owner_required
def fetch(request: AuthenticatedRequest, public_id: str, number: int, key: str) -> HttpResponseBase:
    """A part as a ZIP file, or what is still missing of it after a download broke off."""
    try:
        part = get_download(user=request.user, public_id=public_id, number=number, key=key, now=timezone.now())
    except ArchiveNotFound as error:
        raise Http404 from error
    found = open_zip(part)
    try:
        start, end = _span(request, found)
    except RangeUnsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{found.length}"})
    body = found.read(start, end)
    return stream_file(
        request, name=found.name, body=body, content_type="application/zip", length=found.length, span=(start, end), tag=found.tag
    )


def say_progress(archive: ExportArchive) -> str:
    """How far it is, in a sentence."""
    if archive.all_rows is None:
        return _("Nous comptons ce qu’il y a.")
    return _("%(percent)s %% : %(done)s éléments sur %(all)s") % {
        "percent": archive.percent,
        "done": min(archive.done_rows, archive.all_rows),
        "all": archive.all_rows,
    }


def _span(request: AuthenticatedRequest, found: Zip) -> tuple[int, int]:
    """A range of another file than the one that was begun is none (RFC 9110, 13.1.5)."""
    same = request.headers.get("If-Range", found.tag) == found.tag
    return (read_range(request.headers.get("Range", ""), found.length) if same else None) or (0, found.length)


def _own(request: AuthenticatedRequest, public_id: str) -> ExportArchive:
    try:
        return get_archive_for_owner(user=request.user, public_id=public_id)
    except ArchiveNotFound as error:
        raise Http404 from error
