"""Taking back what the moderation of a room did."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.access import get_moderator_seat
from chat.enums import RoomAct
from chat.models import RoomDeed
from chat.queries.deeds import is_undoable
from chat.services import tools
from chat.services.errors import ChatError
from chat.services.log import lock_room
from chat.services.memberships import NoSuchMember, unban_member
from chat.services.rooms import change_room


class NotUndoable(ChatError):
    code, words = "not_undoable", _("Cette mesure ne peut plus être annulée : elle l’a déjà été, ou autre chose a été décidé depuis.")


def undo_deed(*, user: User, session: SessionBase | None = None, slug: str, deed_id: str, now: datetime) -> None:
    """Put a room or a ban back to what it was before a deed, if nobody has changed it since; once. The journal shows both.

    Raises:
        AccessRefused, NotUndoable, PostingRestricted.
    """
    seat = get_moderator_seat(user=user, session=session, slug=slug, now=now)
    with transaction.atomic():
        lock_room(seat.room.pk)
        deed = RoomDeed.objects.select_related("who").filter(room=seat.room, public_id=deed_id).first()
        if deed is None or not is_undoable(deed) or not RoomDeed.objects.filter(pk=deed.pk, undone_at__isnull=True).update(undone_at=now):
            raise NotUndoable
        if deed.act == RoomAct.BAN and deed.who is not None:
            _lift(user, session, slug, deed.who, now)
        else:
            _put_back(user, session, slug, deed, now)


def _lift(user: User, session: SessionBase | None, slug: str, who: User, now: datetime) -> None:
    try:
        unban_member(user=user, session=session, slug=slug, member_public_id=who.public_id, now=now)
    except NoSuchMember as error:
        raise NotUndoable from error


def _put_back(user: User, session: SessionBase | None, slug: str, deed: RoomDeed, now: datetime) -> None:
    room = deed.room
    changed = any(tools.plain(name, getattr(room, name)) != value for name, value in deed.after.items())
    if not deed.before or changed:
        raise NotUndoable
    change_room(user=user, session=session, slug=slug, changes=tools.from_plain(deed.before, now=now), now=now)
