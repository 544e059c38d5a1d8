"""The tools of a room: each at its edges, over by itself, told at once, written down, and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from chat.access import NotAllowed, get_seat
from chat.enums import HeldWhy, Role, RoomAct
from chat.models import HeldMessage, Membership, Room, RoomDeed, RoomEvent
from chat.queries.deeds import list_deeds
from chat.services import memberships, messages, restrictions, undoing
from chat.services.attachments import store_image
from chat.services.held import Held
from chat.services.memberships import MembersOnly
from chat.services.rooms import change_room
from chat.services.sending import RoomFrozen, SlowMode
from chat.services.shields import KNOWN, NEW_ACCOUNT, LinksOff, MediaOff, has_link
from chat.services.tools import BadTool, from_plain, timed, until
from chat.tests.factories import NOON, join, say
from chat.tests.test_outsider import picture
from core.tests.moments import at_noon

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
HOUR = timedelta(hours=1)
LogIn = Callable[[User | None], Client]


def use(mod: User, room: Room, *, now: Any = NOON, reason: str = "", **said: Any) -> Room:
    return change_room(user=mod, slug=room.slug, changes=timed(said, now=now), reason=reason, now=now)


def make_known(user: User, room: Room) -> None:
    """An old account that this room knows."""
    User.objects.filter(pk=user.pk).update(created_at=NOON - 2 * NEW_ACCOUNT)
    Membership.objects.filter(room=room, user=user).update(sent_n=KNOWN)


def why_held(user: User, room: Room, body: str = "bonjour", **extra: Any) -> HeldWhy | None:
    cid = uuid.uuid4()
    try:
        say(user, room, body, cid=cid, **extra)
    except Held:
        return HeldWhy(HeldMessage.objects.get(client_id=cid).why)
    return None


# ---- Shield -----------------------------------------------------------------------------------------------------------------
def test_the_shield_holds_strangers_and_new_accounts_and_lets_the_known_write(room: Room, mod: User, amina: User, ben: User) -> None:
    make_known(amina, room)
    make_known(ben, room)
    use(mod, room, shield_hours=6)
    assert (why_held(amina, room), why_held(mod, room)) == (None, None)
    Membership.objects.filter(room=room, user=ben).update(sent_n=KNOWN - 1)
    assert why_held(ben, room) == HeldWhy.SHIELD
    make_known(ben, room)
    User.objects.filter(pk=ben.pk).update(created_at=NOON - NEW_ACCOUNT + timedelta(seconds=1))
    assert why_held(ben, room) == HeldWhy.SHIELD
    User.objects.filter(pk=ben.pk).update(created_at=NOON - NEW_ACCOUNT)
    assert why_held(ben, room) is None


def test_under_the_shield_links_and_photos_are_refused(room: Room, mod: User, amina: User) -> None:
    make_known(amina, room)
    seq = say(amina, room, "avant").seq
    image = store_image(user=amina, room_public_id=room.public_id, file=BytesIO(picture().getvalue()), size=100, now=NOON)
    use(mod, room, shield_hours=1)
    with pytest.raises(LinksOff):
        say(amina, room, "voyez https://exemple.fr/x")
    with pytest.raises(LinksOff):
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body="voyez t.me/abc", now=NOON)
    with pytest.raises(MediaOff):
        say(amina, room, "photo", attachment_ids=[image.public_id])
    assert say(mod, room, "le lien est https://exemple.fr/x").seq > seq


def test_the_shield_is_down_by_itself_at_its_end(room: Room, mod: User, amina: User) -> None:
    use(mod, room, shield_hours=1)
    assert why_held(amina, room, now=NOON + HOUR - timedelta(seconds=1)) == HeldWhy.SHIELD
    assert why_held(amina, room, "https://exemple.fr", now=NOON + HOUR) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://exemple.fr", True),
        ("www.exemple.fr", True),
        ("t.me/abc", True),
        ("exemple.com", True),
        ("Bonjour.Merci", False),
        ("3.50 ariary", False),
        ("et/ou", False),
        ("fin.", False),
    ],
)
def test_what_counts_as_a_link(text: str, found: bool) -> None:
    assert has_link(text) is found


# ---- Reading before publication ---------------------------------------------------------------------------------------------
def test_the_first_three_messages_that_the_room_shows_are_read_first(room: Room, mod: User, amina: User) -> None:
    from chat.services import holding

    use(mod, room, hold_first=True)
    for _n in range(KNOWN):
        assert why_held(amina, room) == HeldWhy.FIRST
        holding.release_held(held_id=HeldMessage.objects.get(state="WAITING").public_id, now=NOON)
    assert why_held(amina, room) is None
    assert why_held(mod, room) is None


def test_what_was_refused_makes_nobody_known(room: Room, mod: User, amina: User) -> None:
    from chat.services import holding

    use(mod, room, hold_first=True)
    for _n in range(KNOWN + 1):
        assert why_held(amina, room) == HeldWhy.FIRST
        holding.refuse_held_by_house(held_id=HeldMessage.objects.get(state="WAITING").public_id, now=NOON)


def test_links_and_photos_are_read_first_and_the_rest_is_not(room: Room, mod: User, amina: User) -> None:
    use(mod, room, hold_links=True, hold_media=True)
    image = store_image(user=amina, room_public_id=room.public_id, file=BytesIO(picture().getvalue()), size=100, now=NOON)
    assert why_held(amina, room, "voyez exemple.com") == HeldWhy.LINK
    assert why_held(amina, room, "photo", attachment_ids=[image.public_id]) == HeldWhy.MEDIA
    assert why_held(amina, room, "rien de tel") is None
    seq = RoomEvent.objects.filter(room_id=room.pk, kind=1).latest("seq").seq
    with pytest.raises(Held):  # nor does a link come in afterwards
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body="voyez exemple.com", now=NOON)


# ---- Slow, pause, members only ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seconds", [5, 300])
def test_the_slow_mode_ends_to_the_second(room: Room, mod: User, amina: User, seconds: int) -> None:
    use(mod, room, slow_mode_s=seconds)
    say(amina, room, "un")
    with pytest.raises(SlowMode) as slow:
        say(amina, room, "deux", now=NOON + timedelta(seconds=seconds - 1))
    assert slow.value.retry == 1
    assert say(amina, room, "deux", now=NOON + timedelta(seconds=seconds)).seq == 3


def test_in_a_pause_nobody_writes_and_nothing_waits(room: Room, mod: User, amina: User) -> None:
    use(mod, room, state="FROZEN", hold_first=True)
    with pytest.raises(RoomFrozen):
        say(amina, room)
    assert HeldMessage.objects.count() == 0


def test_members_only_lets_nobody_new_in_until_it_is_over(room: Room, mod: User, amina: User, carol: User) -> None:
    use(mod, room, members_only_hours=24)
    end = NOON + timedelta(hours=24)
    with pytest.raises(MembersOnly):
        join(carol, room, now=end - timedelta(seconds=1))
    assert memberships.join_room(user=amina, slug=room.slug, now=NOON).state == "JOINED"
    memberships.leave_room(user=amina, slug=room.slug, now=NOON)
    with pytest.raises(MembersOnly):  # who has left is new too
        join(amina, room, now=NOON)
    assert join(carol, room, now=end).state == "JOINED"


@pytest.mark.parametrize("hours", [-1, 25, 1000])
def test_no_tool_runs_for_longer_than_a_day(room: Room, mod: User, hours: int) -> None:
    with pytest.raises(BadTool):
        until(hours, now=NOON)
    with pytest.raises(BadTool):
        change_room(user=mod, slug=room.slug, changes={"shield_until": NOON + timedelta(hours=25)}, now=NOON)
    assert (until(0, now=NOON), until(24, now=NOON)) == (None, NOON + timedelta(hours=24))


@pytest.mark.parametrize(
    "tool", [{"shield_hours": 1}, {"members_only_hours": 1}, {"hold_first": True}, {"slow_mode_s": 5}, {"state": "FROZEN"}]
)
def test_members_have_no_tools(room: Room, amina: User, carol: User, tool: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        use(amina, room, **tool)
    assert RoomDeed.objects.count() == 0


# ---- Told at once, written down ---------------------------------------------------------------------------------------------
def test_sockets_hear_of_a_tool_with_its_end(room: Room, mod: User) -> None:
    from chat.queries.wire import read_log

    use(mod, room, shield_hours=2, reason="Vague de spam")
    (event,) = [one.body for one in read_log(room_public_id=room.public_id, after=0, limit=5, now=NOON)]
    assert (event["k"], event["fields"]) == ("room", {"shield_until": at_noon(hours=2)})
    assert "spam" not in str(event)


def test_the_journal_tells_members_role_and_reason_and_moderators_the_people(room: Room, mod: User, amina: User, ben: User) -> None:
    use(mod, room, slow_mode_s=30, hold_links=True, hold_media=True, reason="Trop de messages")
    memberships.ban_member(user=mod, slug=room.slug, member_public_id=ben.public_id, reason="Insultes", now=NOON)
    for_member = list_deeds(membership=get_seat(user=amina, slug=room.slug, now=NOON).membership)
    assert [(deed.act, deed.role, deed.reason, deed.by, deed.who) for deed in for_member] == [
        (RoomAct.BAN, Role.MODERATOR, "Insultes", None, None),
        (RoomAct.HOLDS, Role.MODERATOR, "Trop de messages", None, None),
        (RoomAct.SLOW, Role.MODERATOR, "Trop de messages", None, None),
    ]
    (ban, *_rest) = list_deeds(membership=get_seat(user=mod, slug=room.slug, now=NOON).membership)
    assert (ban.by and ban.by.name, ban.who and ban.who.name) == ("Rado", "Ben")


def test_the_journal_page_names_nobody_to_members_and_is_shut_to_others(
    room: Room, mod: User, amina: User, ben: User, carol: User, as_: LogIn
) -> None:
    memberships.ban_member(user=mod, slug=room.slug, member_public_id=ben.public_id, reason="Insultes", now=NOON)
    page = as_(amina).get(f"/rooms/{room.slug}/journal/").content.decode()
    journal = page[page.index("<main") :]
    assert ("Insultes" in journal, "Rado" in journal, "Ben" in journal) == (True, False, False)
    assert as_(carol).get(f"/rooms/{room.slug}/journal/")["Location"] == f"/rooms/{room.slug}/about/"


# ---- Undoing ----------------------------------------------------------------------------------------------------------------
def test_a_deed_is_undone_once_and_the_journal_shows_both(room: Room, mod: User) -> None:
    use(mod, room, slow_mode_s=60)
    deed = RoomDeed.objects.get()
    undoing.undo_deed(user=mod, slug=room.slug, deed_id=deed.public_id, now=NOON)
    room.refresh_from_db()
    assert room.slow_mode_s == 0
    assert [(one.act, one.undone) for one in list_deeds(membership=get_seat(user=mod, slug=room.slug, now=NOON).membership)] == [
        (RoomAct.SLOW, False),
        (RoomAct.SLOW, True),
    ]
    with pytest.raises(undoing.NotUndoable):
        undoing.undo_deed(user=mod, slug=room.slug, deed_id=deed.public_id, now=NOON)


def test_what_somebody_changed_since_is_not_put_back(room: Room, mod: User) -> None:
    use(mod, room, slow_mode_s=60)
    first = RoomDeed.objects.get()
    use(mod, room, slow_mode_s=5)
    with pytest.raises(undoing.NotUndoable):
        undoing.undo_deed(user=mod, slug=room.slug, deed_id=first.public_id, now=NOON)
    room.refresh_from_db()
    assert room.slow_mode_s == 5
    first.refresh_from_db()
    assert first.undone_at is None


def test_a_ban_is_lifted_and_a_kick_has_no_way_back(room: Room, mod: User, amina: User, ben: User) -> None:
    memberships.ban_member(user=mod, slug=room.slug, member_public_id=ben.public_id, reason="", now=NOON)
    memberships.kick_member(user=mod, slug=room.slug, member_public_id=amina.public_id, now=NOON)
    ban, kick = RoomDeed.objects.get(act=RoomAct.BAN), RoomDeed.objects.get(act=RoomAct.KICK)
    undoing.undo_deed(user=mod, slug=room.slug, deed_id=ban.public_id, now=NOON)
    assert join(ben, room).state == "JOINED"
    with pytest.raises(undoing.NotUndoable):
        undoing.undo_deed(user=mod, slug=room.slug, deed_id=kick.public_id, now=NOON)


def test_what_the_team_did_stands_in_the_journal_and_is_not_the_rooms_to_undo(room: Room, mod: User) -> None:
    restrictions.set_room(room_public_id=room.public_id, changes={"state": "FROZEN"}, now=NOON)
    (deed,) = list_deeds(membership=get_seat(user=mod, slug=room.slug, now=NOON).membership)
    assert (deed.act, deed.role, deed.by, deed.undoable) == (RoomAct.FREEZE, None, None, False)
    with pytest.raises(undoing.NotUndoable):
        undoing.undo_deed(user=mod, slug=room.slug, deed_id=deed.public_id, now=NOON)


def test_an_end_that_is_past_is_not_put_back() -> None:
    past, later = at_noon(hours=-1), at_noon(hours=1)
    assert from_plain({"shield_until": past, "slow_mode_s": 5}, now=NOON) == {"shield_until": None, "slow_mode_s": 5}
    assert from_plain({"shield_until": later}, now=NOON) == {"shield_until": NOON + HOUR}


def test_undoing_in_another_room_or_as_a_member_does_nothing(room: Room, mod: User, amina: User) -> None:
    from chat.tests.factories import make_room

    use(mod, room, slow_mode_s=60)
    deed = RoomDeed.objects.get()
    other = make_room("autre")
    join(mod, other, role=Role.MODERATOR)
    with pytest.raises(undoing.NotUndoable):
        undoing.undo_deed(user=mod, slug=other.slug, deed_id=deed.public_id, now=NOON)
    with pytest.raises(NotAllowed):
        undoing.undo_deed(user=amina, slug=room.slug, deed_id=deed.public_id, now=NOON)


# ---- Pages and REST ---------------------------------------------------------------------------------------------------------
def test_the_page_sets_all_tools_and_leaves_running_ones_alone(room: Room, mod: User, as_: LogIn) -> None:
    browser, url = as_(mod), f"/rooms/{room.slug}/tools/"
    data = {"slow_mode_s": "30", "state": "ACTIVE", "shield_hours": "3", "members_only_hours": "1", "hold_first": "on", "reason": "Spam"}
    assert browser.post(url, data)["Location"] == url
    room.refresh_from_db()
    first = room.shield_until
    assert (room.slow_mode_s, room.hold_first, room.hold_links) == (30, True, False)
    assert first is not None
    assert timedelta(hours=2, minutes=59) < first - timezone.now() <= timedelta(hours=3)
    browser.post(url, data | {"shield_hours": "", "members_only_hours": "0", "hold_first": ""})
    room.refresh_from_db()
    assert (room.shield_until, room.members_only_until, room.hold_first) == (first, None, False)
    assert browser.post(url, data | {"shield_hours": "48"}).status_code == 400


def test_the_shield_goes_up_in_one_click_and_the_room_says_so(room: Room, mod: User, amina: User, as_: LogIn) -> None:
    as_(mod).post(f"/rooms/{room.slug}/shield/", {"on": "1"})
    assert "Bouclier levé jusqu’à" in as_(amina).get(f"/rooms/{room.slug}/").content.decode()
    line = as_(amina).get(f"/api/v1/rooms/{room.public_id}").json()
    assert (line["shield_until"] is not None, line["members_only_until"], len(line["notes"])) == (True, None, 1)
    as_(mod).post(f"/rooms/{room.slug}/shield/", {"on": "0"})
    line = as_(amina).get(f"/api/v1/rooms/{room.public_id}").json()
    assert (line["shield_until"], line["notes"]) == (None, [])


def test_rest_sets_tools_with_a_reason(room: Room, mod: User, as_: LogIn) -> None:
    url = f"/api/v1/rooms/{room.public_id}"
    answer = as_(mod).patch(url, {"members_only_hours": 2, "hold_links": True, "reason": "Spam"}, content_type="application/json")
    assert (answer.status_code, answer.json()["hold_links"], answer.json()["members_only_until"] is not None) == (200, True, True)
    assert set(RoomDeed.objects.values_list("act", "reason")) == {("MEMBERS_ONLY", "Spam"), ("HOLDS", "Spam")}
    assert as_(mod).patch(url, {"shield_hours": 25}, content_type="application/json").status_code == 422


def test_pinned_rules_stand_above_the_talk(room: Room, mod: User, amina: User, as_: LogIn) -> None:
    page = as_(amina).get(f"/rooms/{room.slug}/").content.decode()
    assert "Soyez aimables." not in page
    use(mod, room, rules_pinned=True)
    assert "Soyez aimables." in as_(amina).get(f"/rooms/{room.slug}/").content.decode()
