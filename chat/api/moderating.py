"""What is kept back and what the moderation of a room did, over REST."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.responses import Status

from chat.access import get_held_to_judge, get_moderator_seat, get_own_held
from chat.api.base import REFUSALS, me, right_now, router, seat_of
from chat.queries import deeds, held, wire
from chat.queries.attachments import image_wire
from chat.schemas import DeedOut, HeldOut, WhyIn
from chat.services import holding, undoing
from core.clock import to_wire


@router.get("/rooms/{room}/kept", response={200: list[HeldOut], **REFUSALS}, summary="My messages that wait for a person")
def list_kept(request: HttpRequest, room: str) -> list[dict[str, Any]]:
    return [held_out(kept) for kept in held.list_own(membership=seat_of(request, room).membership, now=right_now())]


@router.delete("/rooms/{room}/kept/{held_id}", response={204: None, **REFUSALS}, summary="Take back a message that waits")
def withdraw(request: HttpRequest, room: str, held_id: str) -> Status[Any]:
    holding.withdraw_held(held=get_own_held(user=me(request), slug=room, held_id=held_id), now=right_now())
    return Status(204, None)


@router.get("/rooms/{room}/held", response={200: list[HeldOut], **REFUSALS}, summary="What waits for the moderation of a room")
def list_held(request: HttpRequest, room: str) -> list[dict[str, Any]]:
    seat = get_moderator_seat(user=me(request), session=request.session, slug=room, now=right_now())
    return [held_out(kept) for kept in held.list_waiting(room=seat.room, me=me(request).pk, now=right_now())]


@router.post("/rooms/{room}/held/{held_id}/release", response={204: None, **REFUSALS}, summary="Let a kept message in")
def release(request: HttpRequest, room: str, held_id: str) -> Status[Any]:
    seat, kept = get_held_to_judge(user=me(request), session=request.session, slug=room, held_id=held_id, now=right_now())
    holding.release_held(held_id=kept.public_id, by=seat, now=right_now())
    return Status(204, None)


@router.post("/rooms/{room}/held/{held_id}/refuse", response={204: None, **REFUSALS}, summary="Refuse a kept message")
def refuse(request: HttpRequest, room: str, held_id: str, data: WhyIn) -> Status[Any]:
    seat, kept = get_held_to_judge(user=me(request), session=request.session, slug=room, held_id=held_id, now=right_now())
    holding.refuse_held(held_id=kept.public_id, reason=data.reason, by=seat, now=right_now())
    return Status(204, None)


@router.get("/rooms/{room}/journal", response={200: list[DeedOut], **REFUSALS}, summary="What the moderation of a room did")
def list_deeds(request: HttpRequest, room: str) -> list[dict[str, Any]]:
    return [_deed_out(deed) for deed in deeds.list_deeds(membership=seat_of(request, room).membership)]


@router.post("/rooms/{room}/journal/{deed_id}/undo", response={204: None, **REFUSALS}, summary="Undo a deed of the moderation")
def undo(request: HttpRequest, room: str, deed_id: str) -> Status[Any]:
    undoing.undo_deed(user=me(request), session=request.session, slug=room, deed_id=deed_id, now=right_now())
    return Status(204, None)


def held_out(kept: held.Kept) -> dict[str, Any]:
    """A kept message for its author, or for who decides about it."""
    return {
        "id": kept.public_id,
        "by": wire.person_wire(kept.author),
        "body": kept.text,
        "att": [image_wire(image) for image in kept.images],
        "reply": kept.reply_seq,
        "target": kept.target_seq,
        "why": kept.why,
        "state": kept.state,
        "reason": kept.reason,
        "at": to_wire(kept.at),
        "until": to_wire(kept.expires_at),
        "cid": kept.cid,
    }


def _deed_out(deed: deeds.Deed) -> dict[str, Any]:
    people = {"by": wire.person_wire(deed.by), "who": wire.person_wire(deed.who)}
    line = {"id": deed.public_id, "act": deed.act, "role": deed.role or "", "reason": deed.reason, "at": to_wire(deed.at)}
    return line | people | {"undone": deed.undone, "fields": dict(deed.fields)}
