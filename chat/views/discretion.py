"""Pages of rooms whose talk must not stay on a device."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse

from chat.models import Room
from chat.views.cards import RoomCard


def discreetly(room: Room, response: HttpResponse) -> HttpResponse:
    """The page of a room; one of a discreet room is kept by no browser and no service worker, so that each look at it asks here again."""
    if room.is_discreet:
        response["Cache-Control"] = "private, no-store"
    return response


def fleetingly(cards: Iterable[RoomCard], response: HttpResponse) -> HttpResponse:
    """A page with a list of rooms; with a word that stands behind a proof of this visit it is kept nowhere."""
    if any(card.fleeting for card in cards):
        response["Cache-Control"] = "private, no-store"
    return response
