"""Writing by plain forms, one service call each."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.queries import hidden_actor_ids
from chat.access import Seat, get_seat
from chat.access.images import list_unsent_attachments
from chat.enums import REACTIONS
from chat.forms import EditForm, MessageForm
from chat.queries import messages as read
from chat.queries.attachments import media_url
from chat.queries.rooms import get_room_line
from chat.services import attachments, marks, memberships
from chat.services import messages as writing
from chat.services.errors import ChatError
from chat.services.held import Held
from chat.services.screens import Nudge
from chat.views.bubbles import build_views
from chat.views.cards import build_card, build_my_rooms, reader_of
from chat.views.discretion import discreetly
from chat.views.refusals import answers_refusals
from core.ids import new_client_id


def _back(slug: str, seq: int | None = None) -> HttpResponse:
    return redirect(reverse("chat:room", args=[slug]) + (f"#m{seq}" if seq else ""))


@require_POST
@member_required
@answers_refusals
def post_message(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Send from the composer. What was typed is shown again when the message is refused."""
    form, now = MessageForm(request.POST, request.FILES), timezone.now()
    seat = get_seat(user=request.user, session=request.session, slug=slug, now=now)
    valid, data = form.is_valid(), form.cleaned_data
    images: list[str] = data.get("attachments", [])
    try:
        if file := data.get("attachment"):  # first of all, so that it need not be chosen again when the message is refused
            stored = attachments.store_image(
                user=request.user, session=request.session, room_public_id=seat.room.public_id, file=file, size=file.size, now=now
            )
            images = [*images, stored.public_id]
        if not valid:
            words = " ".join(str(error) for errors in form.errors.values() for error in errors)
            return _kept(request, seat, data, images, words)
        sent = writing.send_message(
            user=request.user,
            session=request.session,
            room_public_id=seat.room.public_id,
            client_id=data["cid"],
            body=data["body"],
            now=now,
            reply_seq=data["reply"],
            attachment_ids=images,
            sure=data["sure"],
        )
    except Held as kept:
        notices.info(request, str(kept.words))
        return _back(slug)
    except ChatError as error:
        if isinstance(error, writing.ClientIdTaken):
            data["cid"] = None  # with the same one it would be refused for ever
        return _kept(request, seat, data, images, error.words, refusal=error)
    return _back(slug, sent.seq)


def _kept(
    request: AuthenticatedRequest, seat: Seat, data: dict[str, Any], images: list[str], words: Any, *, refusal: ChatError | None = None
) -> HttpResponse:
    """Why a message was refused, with what was typed and the photos that can still be sent, to be sent again."""
    now = timezone.now()
    retry = ceil((refusal and refusal.retry) or 0)
    context = {
        "room": build_card(get_room_line(seat.room, seat.membership, reader=reader_of(request))),
        "my_rooms": build_my_rooms(reader_of(request)),
        "error": words,
        "retry": retry,
        "body": request.POST.get("body", ""),
        "cid": data.get("cid") or new_client_id(int(now.timestamp() * 1000)),
        "reply_seq": data.get("reply"),
        "asked": isinstance(refusal, Nudge),
        "photos": [
            (image.public_id, media_url(image.public_id, "thumb"))
            for image in list_unsent_attachments(user=request.user, room=seat.room, public_ids=images, now=now)
        ],
    }
    status = 503 if isinstance(refusal, writing.Unavailable) else 429 if retry else 400
    response = render(request, "chat/refused.html", context, status=status)
    if retry:
        response["Retry-After"] = str(retry)
    return response


@require_GET
@member_required
@answers_refusals
def show_message(request: AuthenticatedRequest, slug: str, seq: int) -> HttpResponse:
    """What can be done with one message, as a page."""
    now = timezone.now()
    return _message_page(request, get_seat(user=request.user, session=request.session, slug=slug, now=now), seq, now)


def _message_page(
    request: AuthenticatedRequest, seat: Seat, seq: int, now: datetime, *, typed: str | None = None, asked: bool = False
) -> HttpResponse:
    """The page of a message; with the text that was `typed` instead of its own when that was refused, or `asked` about."""
    hidden = hidden_actor_ids(user=request.user)
    found = read.find_message(room=seat.room, membership=seat.membership, seq=seq, hidden=hidden, now=now)
    if found is None or found.deleted:
        return render(request, "410.html", {"back": reverse("chat:room", args=[seat.room.slug])}, status=410)
    context = {
        "room": build_card(get_room_line(seat.room, seat.membership, reader=reader_of(request))),
        "my_rooms": build_my_rooms(reader_of(request)),
        "message": build_views([found], me=request.user.public_id, read_seq=None)[0],
        "form": EditForm(initial={"body": found.body if typed is None else typed}),
        "asked": asked,
        "reactions": REACTIONS,
        "my_reactions": [reaction.emoji for reaction in found.reactions if reaction.mine],
        "moderates": seat.membership.moderates,
    }
    return discreetly(seat.room, render(request, "chat/message.html", context, status=200 if typed is None else 400))


@require_POST
@member_required
@answers_refusals
def edit(request: AuthenticatedRequest, slug: str, seq: int) -> HttpResponse:
    """Replace the text of one's own message."""
    seat, now = get_seat(user=request.user, session=request.session, slug=slug, now=timezone.now()), timezone.now()
    body, sure = request.POST.get("body", ""), request.POST.get("sure") == "1"
    try:
        writing.edit_message(
            user=request.user, session=request.session, room_public_id=seat.room.public_id, seq=seq, body=body, now=now, sure=sure
        )
    except Held as kept:
        notices.info(request, str(kept.words))
    except ChatError as error:
        notices.error(request, str(error.words))
        return _message_page(request, seat, seq, now, typed=body, asked=isinstance(error, Nudge))
    return _back(slug, seq)


@require_POST
@member_required
@answers_refusals
def delete(request: AuthenticatedRequest, slug: str, seq: int) -> HttpResponse:
    """Take one's own message back."""
    room = get_seat(user=request.user, session=request.session, slug=slug, now=timezone.now()).room.public_id
    writing.delete_message(user=request.user, session=request.session, room_public_id=room, seq=seq, now=timezone.now())
    notices.success(request, _("Message retiré."))
    return _back(slug)


@require_POST
@member_required
@answers_refusals
def react(request: AuthenticatedRequest, slug: str, seq: int) -> HttpResponse:
    """Put the reaction named by `on`, take back the one named by `off`; `emoji` turns it round."""
    now = timezone.now()
    seat = get_seat(user=request.user, session=request.session, slug=slug, now=now)
    for name in ("on", "off"):
        if emoji := request.POST.get(name, ""):
            marks.set_reaction(
                user=request.user,
                session=request.session,
                room_public_id=seat.room.public_id,
                seq=seq,
                emoji=emoji,
                on=name == "on",
                now=now,
            )
            return _back(slug, seq)
    emoji = request.POST.get("emoji", "")
    hidden = hidden_actor_ids(user=request.user)
    found = read.find_message(room=seat.room, membership=seat.membership, seq=seq, hidden=hidden, now=now)
    on = found is None or not any(reaction.emoji == emoji and reaction.mine for reaction in found.reactions)
    marks.set_reaction(user=request.user, session=request.session, room_public_id=seat.room.public_id, seq=seq, emoji=emoji, on=on, now=now)
    return _back(slug, seq)


@require_POST
@member_required
@answers_refusals
def pin(request: AuthenticatedRequest, slug: str, seq: int) -> HttpResponse:
    """Pin or take down, as the field `on` says."""
    room = get_seat(user=request.user, session=request.session, slug=slug, now=timezone.now()).room.public_id
    on = request.POST.get("on", "1") == "1"
    marks.set_pin(user=request.user, session=request.session, room_public_id=room, seq=seq, on=on, now=timezone.now())
    return _back(slug, seq)


@require_POST
@member_required
@answers_refusals
def mark_read(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Clear the unread counter by hand."""
    now = timezone.now()
    seat = get_seat(user=request.user, session=request.session, slug=slug, now=now)
    memberships.mark_read(user=request.user, session=request.session, room_public_id=seat.room.public_id, seq=seat.room.last_seq, now=now)
    return _back(slug)
