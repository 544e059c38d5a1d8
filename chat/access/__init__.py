"""The door of the rooms: the only way from an outside id to a room or a seat in it; images have a module of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import (
    ASKING_MORE,
    NoSuchMember,
    asks_for_consent,
    asks_for_visit,
    has_agreed_to_sensitive,
    hidden_query,
    is_age_sufficient,
    is_open_in,
    read_beyond,
    read_senders,
    senders_query,
)
from chat.enums import History, MemberState, Role, RoomKind, RoomState
from chat.models import HeldMessage, Membership, Room, RoomTip
from chat.queries.seats import read_seats, seats_query
from core.ids import is_public_id
from core.sql import fetch_all


class AccessRefused(Exception):
    """The door stays shut; `code` is the word of the frames and of REST, `words` are for people, `status` for HTTP."""

    code: str = "forbidden"
    status: int = 403
    words: Any = _("Vous ne pouvez pas faire cela ici.")


class RoomNotFound(AccessRefused):
    """No such room, or one that this person may not know of."""

    code = "not_found"
    status = 404
    words = _("Ce salon n’existe pas, ou n’est pas ouvert à vous.")


class RoomGone(AccessRefused):
    """The room was closed."""

    code = "gone"
    status = 410
    words = _("Ce salon est fermé.")


class NotMember(AccessRefused):
    """The room exists and may be known, but this person is not in it."""

    code = "not_member"
    words = _("Entrez d’abord dans ce salon.")


class Banned(AccessRefused):
    """This person was banned from the room."""

    code = "banned"
    words = _("La modération de ce salon vous a exclu.")

    def __init__(self, membership: Membership) -> None:
        super().__init__(membership.ban_reason)
        self.membership = membership


class AgeNotProven(AccessRefused):
    """The room's age gate asks for more than this account has shown; with `of_visit`, for a proof of this visit."""

    code = "age"
    words = _("Ce salon demande une preuve d’âge.")

    def __init__(self, slug: str, *, of_visit: bool = False) -> None:
        super().__init__(slug)
        self.of_visit = of_visit
        if of_visit:
            self.words = _("Ce salon demande une nouvelle preuve d’âge à chaque visite, et une heure sans activité finit la visite.")


class NotConsented(AccessRefused):
    """Being in this room may tell something that the law protects; the person has not agreed to that."""

    code = "consent"
    words = _("Pour entrer dans ce salon, cochez d’abord la case qui dit ce que votre présence peut révéler.")


class ClosedHere(AccessRefused):
    """The policy of the person's jurisdiction keeps rooms of this gate shut."""

    code = "closed_here"
    words = _("Ce salon n’est pas ouvert dans votre pays.")


class NotAllowed(AccessRefused):
    """A member without the role that this deed needs."""

    code = "forbidden"
    words = _("Seule la modération du salon peut faire cela.")


class HeldNotFound(AccessRefused):
    """No such kept message, or not one that this person may see."""

    code = "not_found"
    status = 404
    words = _("Ce message n’attend plus de relecture.")


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a room, both rows freshly read."""

    room: Room
    membership: Membership


def get_room(*, user: User | None, slug: str, invite_code: str = "") -> tuple[Room, Membership | None]:
    """A room whose description this person (None: a guest) may see, with their membership if there is one.

    A group is known only to those who are or were invited, or who hold its invitation code.

    Raises:
        RoomNotFound, RoomGone.
    """
    room = Room.objects.select_related("theme").filter(**_named(slug)).first()
    if room is None:
        raise RoomNotFound(slug)
    membership = Membership.objects.filter(room=room, user=user).first() if user else None
    if room.kind == RoomKind.GROUP and not _knows_group(room, membership, invite_code):
        raise RoomNotFound(slug)
    if room.state == RoomState.CLOSED:
        raise RoomGone(slug)
    return room, membership


def _knows_group(room: Room, membership: Membership | None, invite_code: str) -> bool:
    if membership and membership.state in (MemberState.JOINED, MemberState.INVITED, MemberState.BANNED):
        return True
    return bool(invite_code) and invite_code == room.invite_code


def get_seat(*, user: User, session: SessionBase | None = None, slug: str = "", public_id: str = "", now: datetime) -> Seat:
    """The seat of a member, by slug or public id.

    Raises:
        RoomNotFound, RoomGone, NotMember, Banned, AgeNotProven, NotConsented, ClosedHere.
    """
    name = public_id or slug
    wanted = {f"room__{field}": value for field, value in _named(name).items()}
    membership = Membership.objects.select_related("room__theme").filter(user=user, **wanted).first()
    if membership is None:
        raise _why_no_seat(name)
    check_seat(user=user, session=session, membership=membership, now=now)
    return Seat(room=membership.room, membership=membership)


def _named(name: str) -> dict[str, str]:
    """A room is named outside by its slug (pages) or its public id (frames, REST); no slug has the shape of a public id."""
    return {"public_id": name} if is_public_id(name) else {"slug": name}


def _why_no_seat(name: str) -> AccessRefused:
    room = Room.objects.filter(kind=RoomKind.OPEN, **_named(name)).only("state").first()
    if room is None:
        return RoomNotFound(name)
    return RoomGone(name) if room.state == RoomState.CLOSED else NotMember(name)


def check_seat(*, user: User, session: SessionBase | None, membership: Membership, now: datetime) -> None:
    """Whether a membership is a seat now.

    Raises:
        RoomNotFound, RoomGone, NotMember, Banned, AgeNotProven, NotConsented, ClosedHere.
    """
    if (refusal := _why_refused(membership, now)) is not None:
        raise refusal
    check_gate(user=user, session=session, room=membership.room, now=now)


def check_gate(*, user: User, session: SessionBase | None, room: Room, now: datetime) -> None:
    """The age gate of a room, for a seat in it or for entering; `session` is that of this visit (None: there is none).

    Raises:
        AgeNotProven, NotConsented, ClosedHere.
    """
    gate = room.age_gate
    if is_age_sufficient(user=user, session=session, gate=gate, now=now):
        return
    if not is_open_in(gate, user.jurisdiction):
        raise ClosedHere(room.slug)
    if asks_for_consent(gate) and not has_agreed_to_sensitive(user=user, now=now):
        raise NotConsented(room.slug)
    raise AgeNotProven(room.slug, of_visit=asks_for_visit(gate))


def _why_refused(membership: Membership, now: datetime) -> AccessRefused | None:
    """What stands against a seat, but for the age gate."""
    room = membership.room
    if room.state == RoomState.CLOSED:
        return RoomGone(room.slug)
    if membership.is_banned(now):
        return Banned(membership)
    if membership.state == MemberState.JOINED:
        return None
    return RoomNotFound(room.slug) if room.kind == RoomKind.GROUP and membership.state == MemberState.LEFT else NotMember(room.slug)


def get_own_place(*, user: User, slug: str, now: datetime) -> Membership:
    """The place of a member in a room, without its gate: for what concerns nobody but them.

    Raises:
        RoomNotFound, RoomGone, Banned, NotMember.
    """
    _room, membership = get_room(user=user, slug=slug)
    if membership is not None and membership.is_banned(now):
        raise Banned(membership)
    if membership is None or membership.state != MemberState.JOINED:
        raise NotMember(slug)
    return membership


def get_seat_of_message(*, user: User, session: SessionBase | None = None, room_public_id: str, seq: int, now: datetime) -> Seat:
    """The seat from which this member could read a message, whatever became of the message since. Blocks count for nothing here: who
    insults somebody and blocks them is reported all the same.

    Raises:
        RoomNotFound: it was said before they came; and all that `get_seat` raises.
    """
    seat = get_seat(user=user, session=session, public_id=room_public_id, now=now)
    if seat.room.history == History.FROM_JOIN and seq <= seat.membership.joined_seq:
        raise RoomNotFound(room_public_id)
    return seat


_room_keys: dict[str, int] = {}
_KEYS_KEPT = 50_000


def find_known_room(public_id: str) -> int | None:
    """The inward id of a room that this process has met, without a query; an outward id never changes its room."""
    return _room_keys.get(public_id)


def get_room_key(*, name: str) -> tuple[int, str]:
    """The inward and the outward id of a room by slug or public id. It says nothing of what one may do there.

    Raises:
        RoomNotFound.
    """
    if (known := _room_keys.get(name)) is not None:
        return known, name
    found = Room.objects.filter(**_named(name)).values_list("pk", "public_id").first()
    if found is None:
        raise RoomNotFound(name)
    if len(_room_keys) >= _KEYS_KEPT:
        _room_keys.clear()
    _room_keys[found[1]] = found[0]
    return found


def forget_rooms() -> None:
    """Forget the ids (between tests)."""
    _room_keys.clear()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a socket may hear: its person's seats by outward id, the outward ids of those whom it must not see, and whether it shows
    its presence; `until` says when a seat that stands on a proof of this visit ends by itself."""

    seats: dict[str, Seat]
    hidden: frozenset[str]
    visible: bool
    until: dict[str, datetime]


def get_outlook(*, user_id: int, session_key: str = "", public_ids: Sequence[str], now: datetime) -> Outlook:
    """The seats among many rooms at once; rooms without a seat are left out. One round trip, whatever the number of rooms, and two
    queries more when one of them asks for a proof of this visit or for the word of art. 9.

    Raises:
        NoSuchMember: the account may not be used now.
    """
    places = seats_query(user_id=user_id, public_ids=public_ids)
    people, rows, hidden = fetch_all(connection, [senders_query([user_id]), places, hidden_query(user_id)])
    person = read_senders(people).get(user_id)
    if person is None or not person.is_member:
        raise NoSuchMember(user_id)
    memberships, visible = read_seats(rows)
    standing = [membership for membership in memberships if _why_refused(membership, now) is None]
    asking = any(membership.room.age_gate in ASKING_MORE for membership in standing)
    beyond = read_beyond([(user_id, session_key)] if asking else [], now=now)
    seats, until = {}, {}
    for membership in standing:
        room = membership.room
        if person.may_pass(room.age_gate, now=now, session_key=session_key, beyond=beyond):
            seats[room.public_id] = Seat(room=room, membership=membership)
            if asks_for_visit(room.age_gate) and (visit := person.find_visit(session_key, beyond)) is not None:
                until[room.public_id] = visit.until
    return Outlook(seats, frozenset(row[0] for row in hidden), visible, until)


def get_moderator_seat(*, user: User, session: SessionBase | None = None, slug: str, now: datetime) -> Seat:
    """The seat of somebody who may act on others in the room.

    Raises:
        NotAllowed, and all that `get_seat` raises.
    """
    seat = get_seat(user=user, session=session, slug=slug, now=now)
    if not seat.membership.moderates:
        raise NotAllowed(slug)
    return seat


def get_owner_seat(*, user: User, session: SessionBase | None = None, slug: str, now: datetime) -> Seat:
    """The seat of an owner of the room.

    Raises:
        NotAllowed, and all that `get_seat` raises.
    """
    seat = get_moderator_seat(user=user, session=session, slug=slug, now=now)
    if seat.membership.role != Role.OWNER:
        raise NotAllowed(slug)
    return seat


def get_held_to_judge(
    *, user: User, session: SessionBase | None = None, slug: str, held_id: str, now: datetime
) -> tuple[Seat, HeldMessage]:
    """A kept message of a room, for somebody who moderates it and did not write it.

    Raises:
        HeldNotFound, and all that `get_moderator_seat` raises.
    """
    seat = get_moderator_seat(user=user, session=session, slug=slug, now=now)
    held = HeldMessage.objects.filter(room=seat.room, public_id=held_id).exclude(author=user).first()
    if held is None:
        raise HeldNotFound(held_id)
    return seat, held


def get_own_held(*, user: User, slug: str, held_id: str) -> HeldMessage:
    """A kept message that this person wrote; no gate stands between them and their own words.

    Raises:
        HeldNotFound.
    """
    wanted = {f"room__{field}": value for field, value in _named(slug).items()}
    held = HeldMessage.objects.select_related("room").filter(author=user, public_id=held_id, **wanted).first()
    if held is None:
        raise HeldNotFound(held_id)
    return held


def get_own_tip(*, user: User, public_id: str) -> RoomTip:
    """A thank-you that this person gave; `RoomNotFound` for any other."""
    tip = RoomTip.objects.select_related("room").filter(giver=user, public_id=public_id).first()
    if tip is None:
        raise RoomNotFound(public_id)
    return tip
