"""Every form of the rooms sent twice: the second time nothing more happens, and nobody sees a fault."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Block, Mute, User
from chat.access import AccessRefused, Banned, NotAllowed
from chat.enums import MemberState, Role, RoomState
from chat.models import DeletedBody, Membership, Room, RoomEvent, RoomProposal
from chat.services import memberships
from chat.services.log import lock_room
from chat.tests.factories import NOON, join, make_theme, say

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
CID = str(uuid.uuid4())


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def talked(group: Room, amina: User, ben: User, carol: User, now: datetime) -> Room:
    """Amina's group with Ben, in which she said something (3) and he too (4); Carol was sent out with a ban."""
    join(carol, group, now=now)
    memberships.ban_member(user=amina, slug=group.slug, member_public_id=carol.public_id, reason="Insultes", now=now)
    say(amina, group, "un", now=now)
    say(ben, group, "deux", now=now)
    group.refresh_from_db()
    return group


def state_of_things() -> dict[str, Any]:
    """All that a form could have changed."""
    return {
        "events": list(RoomEvent.objects.order_by("room_id", "seq").values_list("room_id", "seq", "kind", "target_seq")),
        "rooms": list(Room.objects.order_by("pk").values_list("title", "last_seq", "last_n", "members", "state", "rules_version")),
        "seats": list(
            Membership.objects.order_by("pk").values_list("room_id", "user_id", "state", "role", "read_n", "ban_reason", "ban_until")
        ),
        "proposals": list(RoomProposal.objects.values_list("title", flat=True)),
        "kept": DeletedBody.objects.count(),
        "hidden": (Block.objects.count(), Mute.objects.count()),
    }


SETTINGS = {
    "title": "Cousins",
    "description": "Nous tous",
    "rules": "Aimables",
    "languages": ["fr", "mg"],
    "slow_mode_s": "0",
    "visible_hours": "24",
    "history": "ALL",
    "state": "ACTIVE",
}
# Who sends what to where; {room} is the group, {own} and {other} are messages of Amina and Ben, {ben} and {carol} their ids.
FORMS: list[tuple[str, str, dict[str, Any]]] = [
    ("amina", "/rooms/{room}/messages/", {"body": "Bonjour", "cid": CID}),
    ("amina", "/rooms/{room}/messages/{own}/delete/", {}),
    ("amina", "/rooms/{room}/messages/{other}/react/", {"on": "👍"}),
    ("amina", "/rooms/{room}/messages/{other}/react/", {"off": "👍"}),
    ("amina", "/rooms/{room}/messages/{other}/pin/", {"on": "1"}),
    ("amina", "/rooms/{room}/messages/{other}/pin/", {"on": "0"}),
    ("amina", "/rooms/{room}/read/", {}),
    ("amina", "/rooms/{room}/settings/", SETTINGS),
    ("amina", "/rooms/{room}/members/{ben}/role/", {"role": "MODERATOR"}),
    ("amina", "/rooms/{room}/members/{ben}/kick/", {}),
    ("amina", "/rooms/{room}/members/{ben}/ban/", {"reason": "Insultes", "hours": "24"}),
    ("amina", "/rooms/{room}/members/{carol}/unban/", {}),
    ("ben", "/rooms/{room}/leave/", {}),
    ("ben", "/rooms/{open}/join/", {}),
    ("ben", "/rooms/{open}/leave/", {}),
    ("amina", "/rooms/new/", {"title": "Voisins", "description": "", "rules": "", "languages": ["fr"]}),
    ("amina", "/rooms/propose/", {"title": "Jardins", "theme": "cuisine", "language": "fr", "description": "Plantes", "rules": "Aimables"}),
    ("amina", "/people/{ben}/block/", {}),
    ("amina", "/people/{ben}/unblock/", {}),
    ("amina", "/people/{ben}/mute/", {}),
    ("amina", "/people/{ben}/unmute/", {}),
]


@pytest.mark.parametrize(("who", "path", "fields"), FORMS, ids=[f"{path} {' '.join(fields)}" for _, path, fields in FORMS])
def test_a_form_sent_twice_acts_once(
    talked: Room, room: Room, amina: User, ben: User, carol: User, as_: LogIn, who: str, path: str, fields: dict[str, Any]
) -> None:
    own, other = RoomEvent.objects.filter(room_id=talked.pk, kind=1).order_by("seq").values_list("seq", flat=True)
    url = path.format(room=talked.slug, open=room.slug, own=own, other=other, ben=ben.public_id, carol=carol.public_id)
    make_theme()
    if path.endswith("{open}/join/"):
        memberships.leave_room(user=ben, slug=room.slug, now=NOON)
    if fields in ({"off": "👍"}, {"on": "0"}):
        as_(amina).post(url, {"on": "👍" if "off" in fields else "1"})
    if path.endswith(("/unblock/", "/unmute/")):
        as_(amina).post(url.replace("/un", "/"))
    browser = as_({"amina": amina, "ben": ben}[who])
    before = state_of_things()
    first = browser.post(url, fields)
    once = state_of_things()
    assert first.status_code == 302, first.content
    assert once != before
    second = browser.post(url, fields, follow=True)
    assert second.status_code == 200, second.content
    assert state_of_things() == once


@pytest.mark.parametrize("kind", ["open", "group"])
def test_leaving_twice_is_no_fault(room: Room, group: Room, ben: User, as_: LogIn, kind: str) -> None:
    where, browser = {"open": room, "group": group}[kind], as_(ben)
    for _time in range(2):
        assert browser.post(f"/rooms/{where.slug}/leave/")["Location"] == "/rooms/"
    where.refresh_from_db()
    assert where.members == 1
    assert browser.post(f"/api/v1/rooms/{where.public_id}/leave").status_code == 204


# ---- Two deeds at the same moment: the second waits for the room, and sees what the first has made -----------------------------


def meanwhile(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object]) -> None:
    """Let a deed be committed after the next one has passed the door, and before it holds the room."""
    lock = lock_room

    def lock_later(room_id: int) -> Room:
        monkeypatch.setattr(memberships, "lock_room", lock)
        deed()
        return lock(room_id)

    monkeypatch.setattr(memberships, "lock_room", lock_later)


def seat(room: Room, user: User) -> tuple[str, str]:
    found = Membership.objects.get(room=room, user=user)
    return found.state, found.role


def test_leaving_does_not_undo_a_ban(group: Room, amina: User, ben: User, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(
        monkeypatch,
        lambda: memberships.ban_member(user=amina, slug=group.slug, member_public_id=ben.public_id, reason="", now=NOON),
    )
    memberships.leave_room(user=ben, slug=group.slug, now=NOON)
    assert seat(group, ben)[0] == MemberState.BANNED
    group.refresh_from_db()
    assert group.members == 1


def test_who_is_leaving_in_two_windows_is_counted_once(room: Room, ben: User, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, lambda: memberships.leave_room(user=ben, slug=room.slug, now=NOON))
    memberships.leave_room(user=ben, slug=room.slug, now=NOON)
    room.refresh_from_db()
    assert room.members == 1


def test_who_lost_the_role_meanwhile_sends_nobody_out(
    group: Room, amina: User, ben: User, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(carol, group)
    memberships.set_role(user=amina, slug=group.slug, member_public_id=ben.public_id, role=Role.MODERATOR, now=NOON)
    meanwhile(
        monkeypatch,
        lambda: memberships.set_role(user=amina, slug=group.slug, member_public_id=ben.public_id, role=Role.MEMBER, now=NOON),
    )
    with pytest.raises(NotAllowed):
        memberships.kick_member(user=ben, slug=group.slug, member_public_id=carol.public_id, now=NOON)
    assert seat(group, carol)[0] == MemberState.JOINED


# ---- What a second deed must not change ----------------------------------------------------------------------------------------


def test_the_first_ban_holds(group: Room, amina: User, ben: User) -> None:
    for reason in ("Insultes", "Autre chose"):
        memberships.ban_member(user=amina, slug=group.slug, member_public_id=ben.public_id, reason=reason, now=NOON)
    assert Membership.objects.get(room=group, user=ben).ban_reason == "Insultes"


def test_who_left_before_being_banned_is_banned_all_the_same(room: Room, amina: User, ben: User) -> None:
    Membership.objects.filter(room=room, user=amina).update(role=Role.MODERATOR)
    memberships.leave_room(user=ben, slug=room.slug, now=NOON)
    memberships.ban_member(user=amina, slug=room.slug, member_public_id=ben.public_id, reason="", now=NOON)
    with pytest.raises(Banned):
        join(ben, room)
    room.refresh_from_db()
    assert room.members == 1


def test_a_group_that_everybody_left_is_closed(group: Room, amina: User, ben: User, carol: User) -> None:
    memberships.leave_room(user=ben, slug=group.slug, now=NOON)
    memberships.leave_room(user=amina, slug=group.slug, now=NOON)
    group.refresh_from_db()
    assert (group.members, group.state) == (0, RoomState.CLOSED)
    with pytest.raises(AccessRefused):
        join(carol, group)


@pytest.mark.parametrize("fields", [{"hours": "99999999999"}, {"hours": "x"}, {"hours": "\x00"}, {"reason": "x" * 301, "hours": "1"}])
def test_a_ban_that_cannot_be_read_bans_nobody(group: Room, amina: User, ben: User, as_: LogIn, fields: dict[str, str]) -> None:
    answer = as_(amina).post(f"/rooms/{group.slug}/members/{ben.public_id}/ban/", fields, follow=True)
    assert answer.status_code == 200
    assert seat(group, ben)[0] == MemberState.JOINED
