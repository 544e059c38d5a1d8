"""The queue: one line a case, its filters, and the small answer by which the open page learns what changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moderation.admin.desk import render_page
from moderation.enums import Reason
from moderation.models import StaffProfile
from moderation.queries.queue import BadPlace, Lane, QueueCounts, QueuePage, Wanted, count_queue, list_queue

_NAMES = {
    Lane.ALL: gettext_lazy("Tout"),
    Lane.MINE: gettext_lazy("À moi"),
    Lane.FREE: gettext_lazy("Libres"),
    Lane.ESCALATED: gettext_lazy("Transmis"),
    Lane.OVERDUE: gettext_lazy("En retard"),
    Lane.FLAGGERS: gettext_lazy("Signaleurs de confiance"),
}


def show_queue(request: HttpRequest, staff: StaffProfile, **kwargs: Any) -> HttpResponse:
    """The page of the queue."""
    now, wanted = timezone.now(), read_wanted(request)
    page, counts = _page(request, staff, wanted), count_queue(staff=staff, wanted=wanted, now=now)
    return render_page(
        request,
        staff,
        "queue.html",
        _("File des dossiers"),
        now=now,
        here="queue",
        rows=page.rows,
        following=query_of(wanted, after=page.following) if page.following else "",
        state_url=reverse("admin:moderation_queue_state") + query_of(wanted),
        filters=write_wanted(wanted),
        query=query_of(wanted),
        wanted=wanted,
        lanes=[(str(_NAMES[lane]), query_of(wanted, lane=lane.value) or "?", counts.lanes[lane], lane == wanted.lane) for lane in Lane],
        counts=counts,
        reasons=Reason.choices,
        languages=settings.LANGUAGES,
    )


def show_state(request: HttpRequest, staff: StaffProfile, **kwargs: Any) -> JsonResponse:
    """What the open page compares itself with every 15 seconds: the same rows, in a few hundred bytes."""
    now, wanted = timezone.now(), read_wanted(request)
    page, counts = _page(request, staff, wanted), count_queue(staff=staff, wanted=wanted, now=now)
    return JsonResponse(_state(page, counts))


def read_wanted(request: HttpRequest) -> Wanted:
    """The filters of the address; what is not one of ours filters nothing."""
    asked = request.GET
    lane = asked.get("lane", "")
    return Wanted(
        lane=Lane(lane) if lane in set(Lane) else Lane.ALL,
        language=asked.get("language", "") if asked.get("language") in dict(settings.LANGUAGES) else "",
        reason=asked.get("reason", "") if asked.get("reason") in Reason.values else "",
    )


def write_wanted(wanted: Wanted) -> dict[str, str]:
    """The filters as fields, without those that filter nothing."""
    fields = {"lane": wanted.lane.value if wanted.lane != Lane.ALL else "", "language": wanted.language, "reason": wanted.reason}
    return {name: value for name, value in fields.items() if value}


def _page(request: HttpRequest, staff: StaffProfile, wanted: Wanted) -> QueuePage:
    now = timezone.now()
    try:
        return list_queue(staff=staff, wanted=wanted, after=request.GET.get("after", ""), now=now)
    except BadPlace:  # an address that somebody shortened: the head of the queue is a good answer
        return list_queue(staff=staff, wanted=wanted, now=now)


def _state(page: QueuePage, counts: QueueCounts) -> dict[str, Any]:
    rows = [{"id": row.case.public_id, "taken": row.taken_by, "overdue": row.overdue, "reports": row.reports} for row in page.rows]
    return {"rows": rows, "lanes": {lane.value: number for lane, number in counts.lanes.items()}, "appeals": counts.appeals}


def query_of(wanted: Wanted, **more: str) -> str:
    """The filters as the end of an address, "?" included, empty without any; every page and button of a case carries them along."""
    fields = {**write_wanted(wanted), **more}
    if fields.get("lane") == Lane.ALL:
        del fields["lane"]
    return "?" + urlencode(fields) if fields else ""
