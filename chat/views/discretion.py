"""Pages of rooms whose talk must not stay on a device."""

from __future__ import annotations

from django.http import HttpResponse

from chat.models import Room


def discreetly(room: Room, response: HttpResponse) -> HttpResponse:
    """The page of a room; one of a discreet room is kept by no browser and no service worker, so that each look at it asks here again."""
    if room.is_discreet:
        response["Cache-Control"] = "private, no-store"
    return response
