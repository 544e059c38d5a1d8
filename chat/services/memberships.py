"""Coming, going, reading, and what moderators of a room may do to its members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgeGate, ConsentPurpose
from accounts.models import User
from accounts.queries import asks_for_consent, is_age_sufficient
from accounts.services.consents import give_consent
from chat.access import (
    Banned,
    NotAllowed,
    NotMember,
    RoomNotFound,
    Seat,
    check_gate,
    get_moderator_seat,
    get_owner_seat,
    get_room,
    get_seat,
)
from chat.enums import EventKind, MemberState, Role, RoomAct, RoomKind, RoomState
from chat.events import room_topic
from chat.models import Membership, Room, RoomEvent
from chat.queries.followers import groups_of
from chat.services.deeds import note_deed
from chat.services.errors import ChatError
from chat.services.log import append_event, lock_room
from chat.services.owning import check_heir
from core import ratelimit
from core.text import clean
from notifications.services.reading import read_groups
from realtime import services as live

MAX_GROUP = 250


class GroupFull(ChatError):
    code, words = "limit", _("Ce groupe est complet.")


class MembersOnly(ChatError):
    code, words = "members_only", _("La modération a suspendu les entrées dans ce salon pour quelques heures. Revenez plus tard.")


class LastOwner(ChatError):
    code, words = "last_owner", _("Vous êtes seul responsable de ce groupe. Nommez quelqu’un avant de partir.")


class NoSuchMember(ChatError):
    code, words = "not_found", _("Cette personne n’est pas dans ce salon.")


class TooFast(ChatError):
    code, words = "rate", _("Vous entrez et sortez très vite. Patientez un peu.")


def join_room(
    *, user: User, session: SessionBase | None = None, slug: str, now: datetime, invite_code: str = "", agrees: str = ""
) -> Membership:
    """Enter a room; entering twice changes nothing. A person who comes back keeps their reading cursor.

    `agrees` is the language in which the box of a sensitive room was read and ticked; empty: it was not ticked.

    Raises:
        RoomNotFound, RoomGone, Banned, AgeNotProven, NotConsented, ClosedHere, MembersOnly, GroupFull, TooFast.
    """
    room, membership = get_room(user=user, slug=slug, invite_code=invite_code)
    if agrees and asks_for_consent(room.age_gate):
        give_consent(user=user, purpose=ConsentPurpose.ART9_SENSITIVE_ROOMS, language=agrees, now=now)
    if membership and membership.state == MemberState.JOINED:
        return membership
    check_gate(user=user, session=session, room=room, now=now)
    _check_pace(user)
    with transaction.atomic():
        room = lock_room(room.pk)
        membership = Membership.objects.filter(room=room, user=user).first()
        if membership and membership.is_banned(now):
            raise Banned(membership)
        if membership and membership.state == MemberState.JOINED:
            return membership
        if room.is_members_only(now):
            raise MembersOnly
        if room.kind == RoomKind.GROUP and room.members >= MAX_GROUP:
            raise GroupFull
        return _seat(room, user, membership, now)


def _seat(room: Room, user: User, membership: Membership | None, now: datetime) -> Membership:
    if membership is None:
        membership = Membership(room=room, user=user, read_seq=room.last_seq, read_n=room.last_n)
    membership.state, membership.role, membership.joined_at = MemberState.JOINED, Role.MEMBER, now
    membership.joined_seq, membership.ban_reason, membership.ban_until = room.last_seq, "", None
    membership.save()
    _count(room, +1)
    if room.kind == RoomKind.GROUP:
        tell_members(room=room, actor=user, who=user, act="join", now=now)
    return membership


def appoint_moderator(*, room: Room, user: User) -> None:
    """The house makes a member moderator of a theme room, which has no owner to do it.

    Raises:
        NoSuchMember.
    """
    rows = Membership.objects.filter(room=room, user=user, state=MemberState.JOINED)
    if not rows.update(role=Role.MODERATOR):
        raise NoSuchMember


def tell_members(*, room: Room, actor: User | None, who: User, act: str, now: datetime, role: str = "") -> RoomEvent:
    """Write a membership change into the log of a locked room; `actor` None: the house did it."""
    payload = {"act": act, "who": who.pk} | ({"role": role} if role else {})
    return append_event(room=room, kind=EventKind.MEMBER, actor=actor, payload=payload, now=now)


def leave_room(*, user: User, slug: str, now: datetime) -> None:
    """Leave; leaving twice changes nothing. The last owner of a group with other members must name another first.

    A group that everybody has left is closed: nobody could look after those who came in with an old invitation. No gate of age
    stands in the way: whoever may read no longer may still go.

    Raises:
        RoomNotFound, RoomGone, Banned, NotMember, LastOwner.
    """
    try:
        room, membership = get_room(user=user, slug=slug)
    except RoomNotFound:
        if _has_left(user, slug):
            return
        raise
    if membership is not None and membership.state == MemberState.LEFT:
        return
    if membership is not None and membership.is_banned(now):
        raise Banned(membership)
    if membership is None or membership.state != MemberState.JOINED:
        raise NotMember(slug)
    with transaction.atomic():
        room = lock_room(room.pk)
        membership = Membership.objects.select_for_update().get(room=room, user=user)
        if membership.state != MemberState.JOINED:  # gone meanwhile: by the same form sent twice, or sent out
            return
        if membership.role == Role.OWNER and room.kind == RoomKind.GROUP and room.members > 1:
            owners = Membership.objects.filter(room=room, role=Role.OWNER, state=MemberState.JOINED).exclude(user=user)
            if not owners.exists():
                raise LastOwner
        _go(room, user, membership, now)


def _go(room: Room, user: User, membership: Membership, now: datetime) -> None:
    drop_on_commit(room, user, "left")
    unseat(room, membership, MemberState.LEFT)
    if room.kind == RoomKind.GROUP:
        tell_members(room=room, actor=user, who=user, act="leave", now=now)
        if room.members == 0:
            Room.objects.filter(pk=room.pk).update(state=RoomState.CLOSED)


def leave_sensitive_rooms(*, user_id: int, now: datetime) -> int:
    """Take a person out of every room that asks for the word of art. 9; the number of rooms. Nothing of their having been there is told."""
    gates = [gate for gate in AgeGate.values if asks_for_consent(gate)]
    seats = Membership.objects.filter(user_id=user_id, state=MemberState.JOINED, room__age_gate__in=gates)
    left = 0
    with transaction.atomic():
        for room_id in list(seats.order_by("room_id").values_list("room_id", flat=True)):
            room = lock_room(room_id)
            membership = seats.select_for_update().select_related("user").filter(room_id=room_id).first()
            if membership is not None:
                _go(room, membership.user, membership, now)
                left += 1
    return left


def _has_left(user: User, slug: str) -> bool:
    named = Q(room__slug=slug) | Q(room__public_id=slug)
    return Membership.objects.filter(named, user=user, state=MemberState.LEFT).exists()


def kick_member(*, user: User, session: SessionBase | None = None, slug: str, member_public_id: str, now: datetime) -> None:
    """Send a member out; they may come back to an open room.

    Raises:
        AccessRefused, NoSuchMember.
    """
    _remove(user=user, session=session, slug=slug, member_public_id=member_public_id, state=MemberState.LEFT, act="kick", now=now)


def ban_member(
    *,
    user: User,
    session: SessionBase | None = None,
    slug: str,
    member_public_id: str,
    reason: str,
    now: datetime,
    lasts: timedelta | None = None,
) -> None:
    """Ban from the room, for a time or without end; open sockets lose the room before their next frame.

    Also who has left meanwhile, or they would come back at once. Banning twice changes nothing: the first reason and end hold.

    Raises:
        AccessRefused, NoSuchMember.
    """
    until = now + lasts if lasts else None
    _remove(
        user=user,
        session=session,
        slug=slug,
        member_public_id=member_public_id,
        state=MemberState.BANNED,
        act="ban",
        now=now,
        reason=reason,
        until=until,
    )


def _remove(
    *,
    user: User,
    session: SessionBase | None = None,
    slug: str,
    member_public_id: str,
    state: MemberState,
    act: str,
    now: datetime,
    reason: str = "",
    until: datetime | None = None,
) -> None:
    seat = get_moderator_seat(user=user, session=session, slug=slug, now=now)
    banning = state == MemberState.BANNED
    with transaction.atomic():
        room = lock_room(seat.room.pk)
        seat = get_moderator_seat(user=user, session=session, slug=slug, now=now)  # who lost the role meanwhile acts no more
        target = _get_member(room, member_public_id, also=(MemberState.LEFT, MemberState.BANNED) if banning else ())
        _check_rank(seat, target)
        if target.is_banned(now):
            return
        target.ban_reason, target.ban_until = clean(reason, lines=False)[:300], until
        drop_on_commit(room, target.user, "banned" if banning else "kicked")
        unseat(room, target, state)
        tell_members(room=room, actor=user, who=target.user, act=act, now=now)
        note_deed(room=room, act=RoomAct.BAN if banning else RoomAct.KICK, by=seat, who=target.user, reason=reason, now=now)


def unban_member(*, user: User, session: SessionBase | None = None, slug: str, member_public_id: str, now: datetime) -> None:
    """Lift a ban; the person may join again.

    Raises:
        AccessRefused, NoSuchMember.
    """
    seat = get_moderator_seat(user=user, session=session, slug=slug, now=now)
    with transaction.atomic():
        room = lock_room(seat.room.pk)
        target = Membership.objects.select_related("user").filter(room=room, user__public_id=member_public_id).first()
        if target is None or target.state != MemberState.BANNED:
            raise NoSuchMember
        target.state, target.ban_reason, target.ban_until = MemberState.LEFT, "", None
        target.save(update_fields=["state", "ban_reason", "ban_until"])
        tell_members(room=room, actor=user, who=target.user, act="unban", now=now)
        note_deed(room=room, act=RoomAct.UNBAN, by=seat, who=target.user, now=now)


def set_role(*, user: User, session: SessionBase | None = None, slug: str, member_public_id: str, role: Role, now: datetime) -> None:
    """Give a member a role (owners only). An owner may hand over, but never leave a group without an owner.

    Raises:
        AccessRefused, NoSuchMember, LastOwner, TheirGroupsFull.
    """
    seat = get_owner_seat(user=user, session=session, slug=slug, now=now)
    with transaction.atomic():
        room = lock_room(seat.room.pk)
        get_owner_seat(user=user, session=session, slug=slug, now=now)  # two owners may take the role from each other
        target = _get_member(room, member_public_id)
        if target.role == role:
            return
        if target.role == Role.OWNER and not _another_owner(room, target):
            raise LastOwner
        if role == Role.OWNER and room.kind == RoomKind.GROUP:
            check_heir(user=target.user, now=now)
        target.role = role
        target.save(update_fields=["role"])
        tell_members(room=room, actor=user, who=target.user, act="role", role=role.value, now=now)


def mark_read(*, user: User, session: SessionBase | None = None, room_public_id: str, seq: int, now: datetime) -> Seat:
    """Move the reading cursor forward, never back; a `seq` beyond the last counts as the last.

    Raises:
        AccessRefused.
    """
    seat = get_seat(user=user, session=session, public_id=room_public_id, now=now)
    room, seq = seat.room, min(seq, seat.room.last_seq)
    if seq <= seat.membership.read_seq:
        return seat
    read_n = _messages_up_to(room, seq)
    moved = Membership.objects.filter(pk=seat.membership.pk, read_seq__lt=seq).update(read_seq=seq, read_n=read_n)
    if moved:
        seat.membership.read_seq, seat.membership.read_n = seq, read_n
        read_groups(user=user, group_keys=groups_of(room.public_id), upto=seq, now=now)
        _show_cursor(user, seat)
    return seat


def _messages_up_to(room: Room, seq: int) -> int:
    if seq >= room.last_seq:
        return room.last_n
    # From the next event on, because what was purged before it counts as read.
    following = RoomEvent.objects.filter(room_id=room.pk, seq__gt=seq).order_by("seq").values_list("n", "kind").first()
    if following is None:
        return room.last_n
    n, kind = following
    return n - 1 if kind == EventKind.MESSAGE else n


def _show_cursor(user: User, seat: Seat) -> None:
    """Others see how far one has read in groups, unless one hides it."""
    if seat.room.kind == RoomKind.GROUP and not user.hide_presence:
        live.publish_ephemeral(
            topic=room_topic(seat.room.public_id), kind="read", actor=user.public_id, data={"seq": seat.membership.read_seq}
        )


def _get_member(room: Room, public_id: str, *, also: Sequence[MemberState] = ()) -> Membership:
    states = [MemberState.JOINED, *also]
    found = Membership.objects.select_related("user").filter(room=room, user__public_id=public_id, state__in=states).first()
    if found is None:
        raise NoSuchMember
    return found


def _check_rank(seat: Seat, target: Membership) -> None:
    """Moderators act on members, owners on moderators too; nobody acts on an owner or on themselves."""
    mine = seat.membership
    if target.user_id == mine.user_id or target.role == Role.OWNER or (target.role == Role.MODERATOR and mine.role != Role.OWNER):
        raise NotAllowed(seat.room.slug)


def _another_owner(room: Room, target: Membership) -> bool:
    return Membership.objects.filter(room=room, role=Role.OWNER, state=MemberState.JOINED).exclude(pk=target.pk).exists()


def unseat(room: Room, membership: Membership, state: MemberState) -> None:
    """Take a seat in a locked room away, or leave a mark on one that is gone."""
    seated = membership.state == MemberState.JOINED
    membership.state, membership.role = state, Role.MEMBER
    membership.save(update_fields=["state", "role", "ban_reason", "ban_until"])
    if seated:
        _count(room, -1)


def _count(room: Room, change: int) -> None:
    Room.objects.filter(pk=room.pk).update(members=F("members") + change)
    room.members += change


def drop_on_commit(room: Room, user: User, code: str) -> None:
    """Open sockets lose the room; called before anything else is told, so that no frame comes between."""
    drop = partial(live.drop_subscription, topic=room_topic(room.public_id), user=user.public_id, code=code)
    transaction.on_commit(drop)


def _check_pace(user: User) -> None:
    try:
        ratelimit.hit("join", str(user.pk), limit=30, seconds=60)
    except ratelimit.RateLimited as error:
        raise TooFast(retry=error.retry) from error


def drop_closed_gates(*, user_id: int, now: datetime) -> int:
    """Take from a person's sockets the rooms whose gate they do not pass now; their seats stay for the day of a new proof.

    A room that asks for a proof of each visit is taken from all of them: a socket whose visit has one asks for it again at once.

    The number of rooms.
    """
    seats = Membership.objects.filter(user_id=user_id, state=MemberState.JOINED).select_related("room", "user")
    user = next((seat.user for seat in seats), None)
    closed = [seat.room for seat in seats if not is_age_sufficient(user=user, session=None, gate=seat.room.age_gate, now=now)]
    for room in closed:
        live.drop_subscription(topic=room_topic(room.public_id), user=user.public_id if user else "", code="age")
    return len(closed)
