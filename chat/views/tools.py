"""The pages of a room for those who moderate it: its tools, what waits to be read, and the journal that all members may read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.decorators import AuthenticatedRequest, member_required
from chat.access import Seat, get_held_to_judge, get_moderator_seat, get_own_held, get_seat
from chat.forms import RefusalForm, ToolsForm
from chat.queries import deeds
from chat.queries import held as kept
from chat.queries.rooms import get_room_line
from chat.services import holding, undoing
from chat.services import tools as tool_rules
from chat.services.errors import ChatError
from chat.services.rooms import change_room
from chat.views.cards import build_card, build_my_rooms, reader_of
from chat.views.discretion import discreetly
from chat.views.refusals import answers_refusals

_FIELDS = ("slow_mode_s", "state", "hold_first", "hold_links", "hold_media", "rules_pinned")


@require_http_methods(["GET", "POST"])
@member_required
@answers_refusals
def tools(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Slow mode, pause, members only, shield, reading before publication."""
    now = timezone.now()
    seat = get_moderator_seat(user=request.user, session=request.session, slug=slug, now=now)
    form = ToolsForm(request.POST or None, initial=_initial(seat))
    if request.method == "POST" and form.is_valid():
        try:
            changes = tool_rules.timed(form.changes(), now=now)
            reason = form.cleaned_data["reason"]
            change_room(user=request.user, session=request.session, slug=slug, changes=changes, reason=reason, now=now)
            notices.success(request, _("C’est en vigueur, et le journal du salon le dit."))
            return redirect("chat:tools", slug)
        except ChatError as error:
            form.add_error(None, error.words)
    waiting = kept.count_waiting(room=seat.room, me=request.user.pk, now=now)
    return _page(request, seat, "chat/tools.html", {"form": form, "waiting": waiting, "ends": _initial(seat)})


@require_POST
@member_required
@answers_refusals
def shield(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """The shield in one click: up for six hours, or down."""
    now, hours = timezone.now(), 6 if request.POST.get("on", "1") == "1" else 0
    changes = tool_rules.timed({"shield_hours": hours}, now=now)
    change_room(user=request.user, session=request.session, slug=slug, changes=changes, now=now)
    notices.success(request, _("Bouclier levé pour six heures.") if hours else _("Bouclier baissé."))
    return redirect("chat:tools", slug)


@require_GET
@member_required
@answers_refusals
def held(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """What waits for somebody who moderates the room."""
    now = timezone.now()
    seat = get_moderator_seat(user=request.user, session=request.session, slug=slug, now=now)
    waiting = kept.list_waiting(room=seat.room, me=request.user.pk, now=now)
    return _page(request, seat, "chat/held.html", {"waiting": waiting, "form": RefusalForm()})


@require_POST
@member_required
@answers_refusals
def release(request: AuthenticatedRequest, slug: str, held_id: str) -> HttpResponse:
    """Let a kept message in."""
    now = timezone.now()
    seat, row = get_held_to_judge(user=request.user, session=request.session, slug=slug, held_id=held_id, now=now)
    with _told(request, _("Le message est publié.")):
        holding.release_held(held_id=row.public_id, by=seat, now=now)
    return redirect("chat:held", slug)


@require_POST
@member_required
@answers_refusals
def refuse(request: AuthenticatedRequest, slug: str, held_id: str) -> HttpResponse:
    """Keep a message out, with a reason for its author."""
    now = timezone.now()
    seat, row = get_held_to_judge(user=request.user, session=request.session, slug=slug, held_id=held_id, now=now)
    with _told(request, _("Le message n’est pas publié. Son auteur lit votre raison.")):
        holding.refuse_held(held_id=row.public_id, reason=request.POST.get("reason", ""), by=seat, now=now)
    return redirect("chat:held", slug)


@require_GET
@member_required
@answers_refusals
def own(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """One's own messages that wait, were refused or given back, to be read, copied and taken back."""
    now = timezone.now()
    seat = get_seat(user=request.user, session=request.session, slug=slug, now=now)
    return _page(request, seat, "chat/kept.html", {"kept": kept.list_own(membership=seat.membership, now=now)})


@require_POST
@member_required
@answers_refusals
def withdraw(request: AuthenticatedRequest, slug: str, held_id: str) -> HttpResponse:
    """Take one's own message back before anybody has decided."""
    row = get_own_held(user=request.user, slug=slug, held_id=held_id)
    with _told(request, _("Votre message ne sera pas publié. Son texte reste ici sept jours.")):
        holding.withdraw_held(held=row, now=timezone.now())
    return redirect("chat:kept", slug)


@require_GET
@member_required
@answers_refusals
def journal(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """What the moderation of the room did, for all its members."""
    seat = get_seat(user=request.user, session=request.session, slug=slug, now=timezone.now())
    return _page(request, seat, "chat/journal.html", {"deeds": deeds.list_deeds(membership=seat.membership)})


@require_POST
@member_required
@answers_refusals
def undo(request: AuthenticatedRequest, slug: str, deed_id: str) -> HttpResponse:
    """Take a deed of the moderation back."""
    with _told(request, _("Mesure annulée.")):
        undoing.undo_deed(user=request.user, session=request.session, slug=slug, deed_id=deed_id, now=timezone.now())
    return redirect("chat:journal", slug)


def _initial(seat: Seat) -> dict[str, Any]:
    room, now = seat.room, timezone.now()
    ends = {
        "members_only_until": room.members_only_until if room.is_members_only(now) else None,
        "shield_until": room.shield_until if room.is_shielded(now) else None,
    }
    return {name: getattr(room, name) for name in _FIELDS} | ends


@contextmanager
def _told(request: AuthenticatedRequest, done: str) -> Iterator[None]:
    """Say that the deed inside is done, or why it was refused; the page that follows shows either."""
    try:
        yield
    except ChatError as error:
        notices.error(request, str(error.words))
    else:
        notices.success(request, done)


def _page(request: AuthenticatedRequest, seat: Seat, template: str, context: dict[str, Any]) -> HttpResponse:
    reader = reader_of(request)
    card = build_card(get_room_line(seat.room, seat.membership, reader=reader))
    everywhere = {"room": card, "my_rooms": build_my_rooms(reader), "moderates": seat.membership.moderates}
    status = 400 if getattr(context.get("form"), "errors", None) else 200
    return discreetly(seat.room, render(request, template, everywhere | context, status=status))
