"""What the tools of a room mean for whoever is in it, in a sentence each: the same on its page, over REST and after every change."""

from __future__ import annotations

from datetime import datetime

from django.template.defaultfilters import date as date_filter
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from chat.access import Seat
from chat.enums import RoomState
from chat.models import Room


def list_notes(room: Room, *, now: datetime) -> list[str]:
    """What is switched on, the strictest first; empty in a room without tools. The slow mode is said at the composer."""
    notes = []
    if room.state == RoomState.FROZEN:
        notes.append(_("Salon en pause : la modération a suspendu l’écriture."))
    if room.is_shielded(now):
        words = _(
            "Bouclier levé jusqu’à %(end)s : liens et photos sont refusés, et les messages des nouveaux sont relus avant publication."
        )
        notes.append(words % {"end": _clock(room.shield_until)})
    if room.is_members_only(now):
        notes.append(_("Entrées suspendues jusqu’à %(end)s.") % {"end": _clock(room.members_only_until)})
    if room.hold_first:
        notes.append(_("Les trois premiers messages de chacun sont relus avant publication."))
    if room.hold_links or room.hold_media:
        notes.append(_("Les messages avec %(what)s sont relus avant publication.") % {"what": _what_is_read(room)})
    return notes


def can_write(*, user: User, seat: Seat) -> bool:
    """Whether this person may write in the room now, as far as the page can tell before they try."""
    return not user.silenced and user.restricted_at is None and (seat.room.state == RoomState.ACTIVE or seat.membership.moderates)


def next_end(room: Room, *, now: datetime) -> datetime | None:
    """When the first of the running tools ends by itself."""
    return min((end for end in (room.shield_until, room.members_only_until) if end is not None and end > now), default=None)


def _what_is_read(room: Room) -> str:
    if room.hold_links and room.hold_media:
        return _("un lien ou une photo")
    return _("un lien") if room.hold_links else _("une photo")


def _clock(end: datetime | None) -> str:
    return date_filter(timezone.localtime(end), "H:i") if end else ""
