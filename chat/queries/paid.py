"""What was paid in rooms: the room in the paid place, the boosts of a room, one's own thank-yous."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.enums import AgeGate
from accounts.models import User
from accounts.queries import PersonRef, list_people
from billing.queries.credits import GIVE_BACK, are_tips_open
from chat.enums import MemberState, Role, RoomKind, RoomState
from chat.models import Membership, Room, RoomBoost, RoomTip
from chat.queries.rooms import RoomLine, get_room_line
from chat.queries.veils import Reader
from core.money import Money

_MOST = 50


@dataclass(frozen=True, slots=True)
class GivenTip:
    """A thank-you as its giver sees it."""

    tip: RoomTip
    room_title: str
    money: Money
    can_be_taken_back: bool


@dataclass(frozen=True, slots=True)
class BoostLine:
    """A boost as those who moderate its room see it."""

    boost: RoomBoost
    money: Money
    is_running: bool


def find_boosted(*, reader: Reader, theme: str = "", language: str = "", now: datetime) -> RoomLine | None:
    """The room in the paid place: drawn at random, each that paid with the same chance, among those that fit the shelf which is looked at.
    Everybody sees it, whatever they pay. Two queries at most; none in a house without wallets, where nothing can be paid.
    """
    if not settings.WALLET_ENABLED:
        return None
    running = RoomBoost.objects.filter(refunded_at=None, paused_at=None, starts_at__lte=now, ends_at__gt=now)
    rooms = Room.objects.filter(pk__in=running.values("room_id"), kind=RoomKind.OPEN, state=RoomState.ACTIVE, age_gate=AgeGate.GENERAL)
    rooms = rooms.filter(case_open_at=None)
    if theme:
        rooms = rooms.filter(theme__slug=theme)
    if language:
        rooms = rooms.filter(languages__contains=language)
    room = rooms.select_related("theme").order_by("?").first()
    if room is None:
        return None
    seat = Membership.objects.filter(room=room, user=reader.user).first() if reader.user else None
    return get_room_line(room, seat, reader=reader)


def list_thankable(*, room: Room, user: User, hidden: set[int]) -> list[PersonRef]:
    """The owners of a group whom this member may thank; nobody where thank-yous are not open. Two queries at most."""
    if room.kind != RoomKind.GROUP or not are_tips_open(user):
        return []
    owners = Membership.objects.filter(room=room, role=Role.OWNER, state=MemberState.JOINED).exclude(user_id__in=hidden | {user.pk})
    people = list_people(user_ids=list(owners.values_list("user_id", flat=True)[:_MOST]))
    return sorted(people.values(), key=lambda person: person.name.casefold())


def list_own_tips(*, user: User, now: datetime) -> list[GivenTip]:
    """What somebody gave, newest first, 50 at most."""
    rows = RoomTip.objects.filter(giver=user).select_related("room").order_by("-given_at", "-pk")[:_MOST]
    return [
        GivenTip(tip, tip.room.title, Money(tip.amount_minor, tip.currency), tip.returned_at is None and now <= tip.given_at + GIVE_BACK)
        for tip in rows
    ]


def list_boosts(*, room: Room, now: datetime) -> list[BoostLine]:
    """The boosts of a room, newest first, 50 at most."""
    rows = RoomBoost.objects.filter(room=room).order_by("-starts_at", "-pk")[:_MOST]
    return [BoostLine(boost, Money(boost.amount_minor, boost.currency), boost.is_running(now)) for boost in rows]
