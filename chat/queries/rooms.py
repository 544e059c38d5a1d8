"""The directory, one's own rooms, and the people of a room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Q, When

from accounts.models import User
from accounts.queries import PersonRef, list_people, list_present_people
from chat.enums import MemberState, Role, RoomKind, RoomState
from chat.events import room_topic
from chat.models import Membership, Room, RoomProposal, Theme
from chat.queries.veils import DESCRIPTION, TITLE, Reader
from core.replica import from_replica
from realtime import services as live

PAGE = 24
_LETTERS = 8


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room as lists show it. `present` counts people connected now, `unread` messages after the reader's cursor. With `veiled` the
    words that people wrote of it are not for this reader yet (`chat.queries.veils`), so they are read here and never off the room."""

    room: Room
    membership: Membership | None
    present: int
    veiled: bool

    @property
    def slug(self) -> str:
        return self.room.public_id if self.veiled else self.room.slug

    @property
    def title(self) -> str:
        return str(TITLE) if self.veiled else self.room.title

    @property
    def description(self) -> str:
        return str(DESCRIPTION) if self.veiled else self.room.description

    @property
    def rules(self) -> str:
        return "" if self.veiled else self.room.rules

    @property
    def joined(self) -> bool:
        return self.membership is not None and self.membership.state == MemberState.JOINED

    @property
    def unread(self) -> int:
        return max(0, self.room.last_n - self.membership.read_n) if self.membership and self.joined else 0


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a room."""

    person: PersonRef
    role: Role
    present: bool


@dataclass(frozen=True, slots=True)
class Directory:
    """A page of the directory; `more` says whether another follows."""

    lines: list[RoomLine]
    more: bool


def list_themes() -> list[Theme]:
    """All themes in their order."""
    return list(Theme.objects.all())


def find_theme(*, slug: str) -> Theme | None:
    """A theme by its slug."""
    return Theme.objects.filter(slug=slug).first()


@from_replica
def list_directory(*, reader: Reader, theme: str = "", language: str = "", text: str = "", page: int = 1) -> Directory:
    """Open rooms by theme, language and words, busiest first, 24 a page. Two queries whatever their number, and the reader's."""
    rooms = Room.objects.filter(kind=RoomKind.OPEN).exclude(state=RoomState.CLOSED).select_related("theme")
    if hidden := reader.gates_to_leave_out(searching=bool(text.split())):
        rooms = rooms.exclude(age_gate__in=hidden)
    if theme:
        rooms = rooms.filter(theme__slug=theme)
    if language:
        rooms = rooms.filter(languages__contains=language)
    for word in text.split()[:5]:
        rooms = rooms.filter(Q(title__icontains=word) | Q(description__icontains=word))
    start = (max(1, page) - 1) * PAGE
    found = list(rooms.order_by("-members", "-last_at", "pk")[start : start + PAGE + 1])
    return Directory(lines=_lines(found[:PAGE], reader), more=len(found) > PAGE)


def find_theme_room(*, slug: str) -> Room | None:
    """The open room of that slug, in whatever state; for commands."""
    return Room.objects.filter(kind=RoomKind.OPEN, slug=slug).first()


def list_my_rooms(*, reader: Reader, limit: int = 100) -> list[RoomLine]:
    """The rooms a person is in, last spoken first; invitations come first of all. One query, and the reader's."""
    if reader.user is None:
        return []
    rows = Membership.objects.filter(user=reader.user, state__in=[MemberState.JOINED, MemberState.INVITED])
    rows = rows.exclude(room__state=RoomState.CLOSED).select_related("room__theme").order_by("-room__last_at", "room__title")
    return [get_room_line(row.room, row, reader=reader) for row in rows[:limit]]


def get_room_line(room: Room, membership: Membership | None, *, reader: Reader) -> RoomLine:
    """One room as lists show it to this reader."""
    return RoomLine(room=room, membership=membership, present=_present(room), veiled=reader.is_veiled(room.age_gate))


def count_unread(*, reader: Reader) -> int:
    """Unread messages of all one's rooms together."""
    return sum(line.unread for line in list_my_rooms(reader=reader))


def _lines(rooms: Sequence[Room], reader: Reader) -> list[RoomLine]:
    mine = {m.room_id: m for m in Membership.objects.filter(user=reader.user, room__in=rooms)} if reader.user and rooms else {}
    return [get_room_line(room, mine.get(room.pk), reader=reader) for room in rooms]


def _present(room: Room) -> int:
    return len(live.people_present(topic=room_topic(room.public_id)))


def list_members(*, room: Room, hidden: set[int], limit: int = 200) -> list[Member]:
    """People of a room: owners, moderators, then those present, then by name. Who is hidden, paused or leaving is left out."""
    rank = Case(When(role=Role.OWNER, then=0), When(role=Role.MODERATOR, then=1), default=2)
    rows = Membership.objects.filter(room=room, state=MemberState.JOINED).exclude(user_id__in=hidden).order_by(rank, "-joined_at")[:limit]
    roles = {row.user_id: Role(row.role) for row in rows}
    people = list_present_people(user_ids=roles)
    here = set(live.people_present(topic=room_topic(room.public_id)))
    members = [Member(person=person, role=roles[person.id], present=person.public_id in here) for person in people.values()]
    order = {Role.OWNER: 0, Role.MODERATOR: 1, Role.MEMBER: 2}
    return sorted(members, key=lambda m: (order[m.role], not m.present, m.person.name.casefold()))


def list_banned(*, room: Room) -> list[tuple[PersonRef, Membership]]:
    """People banned from a room, with reason and end."""
    rows = list(Membership.objects.filter(room=room, state=MemberState.BANNED)[:200])
    people = list_people(user_ids=[row.user_id for row in rows])
    return [(people[row.user_id], row) for row in rows if row.user_id in people]


def list_proposals(*, user: User) -> list[RoomProposal]:
    """What a person proposed, newest first."""
    return list(RoomProposal.objects.filter(proposer=user).select_related("theme", "room").order_by("-created_at")[:20])
