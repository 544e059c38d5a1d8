"""Pages of the rooms: directory, room, description, search."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.enums import Tip
from accounts.models import User
from accounts.queries import asks_for_consent, get_person_ref, has_agreed_to_sensitive, hidden_actor_ids
from accounts.queries.tips import list_tips
from chat.access import AgeNotProven, ClosedHere, NotConsented, Seat, get_room, get_seat
from chat.enums import REACTIONS, RoomKind
from chat.forms import LANGUAGE_CHOICES
from chat.queries import held, pins, rooms, search
from chat.queries import messages as read
from chat.queries.paid import find_boosted, list_thankable
from chat.queries.quotas import image_bytes
from chat.views.banners import can_write, list_notes, next_end
from chat.views.bubbles import build_views
from chat.views.cards import build_card, build_my_rooms, reader_of
from chat.views.discretion import discreetly, fleetingly
from chat.views.hearing import hearing_context
from chat.views.refusals import age_page_of, answers_refusals
from core.clock import to_wire
from core.ids import new_client_id

# What a room may have to say before something is shared in it.
_TIPS = (Tip.FIRST_POST, Tip.LINK, Tip.PHONE, Tip.ADDRESS, Tip.PHOTO)


def number(request: HttpRequest, name: str) -> int | None:
    """A positive whole number of the query string; anything else counts as absent."""
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else None


@require_GET
def directory(request: HttpRequest) -> HttpResponse:
    """Open rooms by theme, language and words; guests may look."""
    reader = reader_of(request)
    theme, language = request.GET.get("theme", ""), request.GET.get("language", "")
    text, page = request.GET.get("q", "")[:100], number(request, "page") or 1
    found = rooms.list_directory(reader=reader, theme=theme, language=language, text=text, page=page)
    cards, my_rooms = [build_card(line) for line in found.lines], build_my_rooms(reader)
    paid_place = find_boosted(reader=reader, theme=theme, language=language, now=timezone.now()) if page == 1 and not text else None
    context = {
        "boosted": build_card(paid_place) if paid_place else None,
        "themes": rooms.list_themes(),
        "theme_chosen": theme,
        "language": language,
        "languages": LANGUAGE_CHOICES,
        "q": text,
        "cards": cards,
        "my_rooms": my_rooms,
        "page": page,
        "more": found.more,
    }
    return fleetingly([*cards, *my_rooms], render(request, "chat/rooms.html", context))


@require_GET
@member_required
@answers_refusals
def room(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Read and write. Twelve queries at most, whatever is on the page."""
    now = timezone.now()
    seat = get_seat(user=request.user, session=request.session, slug=slug, now=now)
    hidden = hidden_actor_ids(user=request.user)
    before, around = number(request, "before"), number(request, "around")
    reply = number(request, "reply")
    page = read.read_page(
        room=seat.room,
        membership=seat.membership,
        hidden=hidden,
        now=now,
        before=before,
        around=around,
        with_pins=True,
        also=reply,
    )
    live = before is None and around is None
    reader, me = reader_of(request), request.user
    my_rooms = build_my_rooms(reader)
    context = {
        "room": build_card(rooms.get_room_line(seat.room, seat.membership, reader=reader)),
        "messages_shown": build_views(page.messages, me=me.public_id, read_seq=seat.membership.read_seq if live else None),
        "older": page.messages[0].seq if page.older and page.messages else None,
        "newer": page.newer,
        "pins": build_views(page.pinned[-3:], me=me.public_id, read_seq=None),
        "my_rooms": my_rooms,
        "can_write": can_write(user=me, seat=seat),
        "notes": list_notes(seat.room, now=now),
        "waiting": held.count_waiting(room=seat.room, me=me.pk, now=now) if seat.membership.moderates else 0,
        "kept": held.list_own(membership=seat.membership, now=now) if live else [],
        "tips": list_tips(user=me, among=_TIPS),
        "moderates": seat.membership.moderates,
        "reply": page.find_extra(reply),
        "cid": new_client_id(int(now.timestamp() * 1000)),
        "reactions": REACTIONS,
        "room_state": _state(request, seat, page, live),
    }
    return fleetingly(my_rooms, discreetly(seat.room, render(request, "chat/room.html", context)))


def _pinned(seat: Seat, hidden: set[int], now: datetime) -> list[read.Message]:
    seqs = pins.list_pinned_seqs(room=seat.room, now=now)
    if not seqs:
        return []
    found = read.read_messages(room=seat.room, membership=seat.membership, seqs=seqs[-3:], hidden=hidden, now=now)
    return [message for message in found if not message.deleted]


def _state(request: AuthenticatedRequest, seat: Seat, page: read.Page, live: bool) -> dict[str, Any]:
    """What the script starts from."""
    me = get_person_ref(user=request.user)
    return {
        "room": seat.room.public_id,
        "slug": seat.room.slug,
        "kind": seat.room.kind,
        "last": seat.room.last_seq,
        "n": seat.room.last_n,
        "read": seat.membership.read_seq,
        "me": {"id": me.public_id, "name": me.name, "av": me.av},
        "role": seat.membership.role,
        "ws": "/ws/",
        "api": "/api/v1/",
        "urls": {
            "page": reverse("chat:room", args=[seat.room.slug]),
            "upload": reverse("chat:upload", args=[seat.room.slug]),
            "people": "/people/",
            "report": f"/report/message/{seat.room.slug}/",  # a page of a floor above
        },
        "slowMode": 0 if seat.membership.moderates else seat.room.slow_mode_s,
        "canWrite": can_write(user=request.user, seat=seat),
        "toolsEnd": to_wire(end) if (end := next_end(seat.room, now=timezone.now())) else "",
        "reactions": REACTIONS,
        "oldest": page.messages[0].seq if page.messages else None,
        "older": page.older,
        "live": live,
        "discreet": seat.room.is_discreet,
        "maxLength": 4000,
        "imageBytes": image_bytes(user=request.user, now=timezone.now()),
    }


@require_GET
@answers_refusals
def about(request: HttpRequest, slug: str) -> HttpResponse:
    """A room's description and rules for everyone; people and pins for its members."""
    user = request.user if request.user.is_authenticated else None
    code = request.GET.get("code", "")
    room_row, membership = get_room(user=user, slug=slug, invite_code=code)
    reader = reader_of(request)
    line = rooms.get_room_line(room_row, membership, reader=reader)
    context: dict[str, Any] = {
        "room": build_card(line),
        "my_rooms": build_my_rooms(reader),
        "code": code,
        "confirmed": bool(user and user.is_member),
    }
    if user and user.is_member:
        context |= _door_context(request, user, line)
    if membership and line.joined:
        context |= hearing_context(membership)
    return discreetly(room_row, render(request, "chat/about.html", context))


def _door_context(request: HttpRequest, user: User, line: rooms.RoomLine) -> dict[str, Any]:
    """For members what is behind the door; for others, and for members whom the room's gate no longer lets in, what it asks."""
    if line.joined:
        try:
            seat = get_seat(user=user, session=request.session, slug=line.room.slug, now=timezone.now())
            return _members_context(seat, user)
        except NotConsented:
            return {"shut": True, "box": True}
        except (AgeNotProven, ClosedHere) as refusal:
            return {"shut": True, "why": refusal.words, "age_page": age_page_of(refusal, reverse("chat:about", args=[line.slug]))}
    if asks_for_consent(line.room.age_gate) and not has_agreed_to_sensitive(user=user, now=timezone.now()):
        return {"box": True}
    return {}


def _members_context(seat: Seat, user: User) -> dict[str, Any]:
    hidden, now = hidden_actor_ids(user=user), timezone.now()
    context: dict[str, Any] = {
        "members": rooms.list_members(room=seat.room, hidden=hidden),
        "pins": build_views(_pinned(seat, hidden, now), me=user.public_id, read_seq=None),
        "moderates": seat.membership.moderates,
        "owns": seat.membership.role == "OWNER",
        "me": user.public_id,
        "can_thank": bool(list_thankable(room=seat.room, user=user, hidden=hidden)),
    }
    if seat.membership.moderates:
        context["banned"] = rooms.list_banned(room=seat.room)
        if seat.room.kind == RoomKind.GROUP:
            path = reverse("chat:about", args=[seat.room.slug])
            context["invitation"] = f"{settings.ORIGIN}{path}?code={seat.room.invite_code}"
    return context


@require_GET
@member_required
@answers_refusals
def search_room(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Search the visible messages of a room."""
    now = timezone.now()
    seat = get_seat(user=request.user, session=request.session, slug=slug, now=now)
    text = request.GET.get("q", "")[:100].strip()
    hidden = hidden_actor_ids(user=request.user)
    found = search.search_room(room=seat.room, membership=seat.membership, text=text, hidden=hidden, now=now) if text else []
    reader = reader_of(request)
    context = {
        "room": build_card(rooms.get_room_line(seat.room, seat.membership, reader=reader)),
        "my_rooms": build_my_rooms(reader),
        "q": text,
        "results": build_views(found, me=request.user.public_id, read_seq=None),
        "days": seat.room.visible_hours // 24,
    }
    return discreetly(seat.room, render(request, "chat/search.html", context))
