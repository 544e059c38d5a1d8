"""Coming, going, and what owners and moderators may do to whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import make_user
from chat.access import AccessRefused, AgeNotProven, Banned, NotAllowed, NotMember, RoomNotFound
from chat.enums import EventKind, MemberState, Role
from chat.models import Membership, Room, RoomEvent
from chat.queries.payloads import open_payloads
from chat.services import marks, memberships
from chat.services.memberships import GroupFull, LastOwner, NoSuchMember, TooFast
from chat.services.rooms import change_room, renew_invitation
from chat.tests.factories import NOON, join, make_group, make_room, say

pytestmark = pytest.mark.django_db


def role_of(room: Room, user: User) -> tuple[str, str]:
    row = Membership.objects.get(room=room, user=user)
    return row.state, row.role


def acts(room: Room) -> list[tuple[str, int]]:
    rows = RoomEvent.objects.filter(room_id=room.pk, kind=EventKind.MEMBER).order_by("seq")
    return [(payload["act"], payload["who"]) for payload in open_payloads(rows).values() if payload]


def kick(user: User, room: Room, target: User) -> None:
    memberships.kick_member(user=user, slug=room.slug, member_public_id=target.public_id, now=NOON)


def ban(user: User, room: Room, target: User, *, lasts: timedelta | None = None) -> None:
    memberships.ban_member(user=user, slug=room.slug, member_public_id=target.public_id, reason="Insultes", now=NOON, lasts=lasts)


# ---- Coming and going -------------------------------------------------------------------------------------------------------


def test_entering_twice_is_entering_once(room: Room, amina: User) -> None:
    before = Membership.objects.get(room=room, user=amina)
    assert join(amina, room).pk == before.pk
    room.refresh_from_db()
    assert room.members == 2


def test_who_comes_back_keeps_the_cursor_and_no_role(room: Room, amina: User, ben: User) -> None:
    say(amina, room)
    memberships.mark_read(user=ben, room_public_id=room.public_id, seq=1, now=NOON)
    Membership.objects.filter(room=room, user=ben).update(role=Role.MODERATOR)
    memberships.leave_room(user=ben, slug=room.slug, now=NOON)
    memberships.leave_room(user=ben, slug=room.slug, now=NOON)
    back = join(ben, room)
    assert (back.read_seq, back.role) == (1, Role.MEMBER)


def test_a_group_opens_with_its_code_alone_and_the_code_can_change(amina: User, ben: User, carol: User) -> None:
    group = make_group(amina)
    with pytest.raises(RoomNotFound):
        memberships.join_room(user=ben, slug=group.slug, now=NOON)
    join(ben, group)
    old = group.invite_code
    renew_invitation(user=amina, slug=group.slug, now=NOON)
    with pytest.raises(RoomNotFound):
        memberships.join_room(user=carol, slug=group.slug, now=NOON, invite_code=old)


def test_members_of_a_group_see_who_comes_and_goes(amina: User, ben: User) -> None:
    group = make_group(amina)
    join(ben, group)
    memberships.leave_room(user=ben, slug=group.slug, now=NOON)
    assert acts(group) == [("join", ben.pk), ("leave", ben.pk)]


def test_an_open_room_does_not_tell_who_comes(room: Room) -> None:
    assert acts(room) == []


def test_the_last_owner_hands_over_before_leaving(group: Room, amina: User, ben: User) -> None:
    with pytest.raises(LastOwner):
        memberships.leave_room(user=amina, slug=group.slug, now=NOON)
    memberships.set_role(user=amina, slug=group.slug, member_public_id=ben.public_id, role=Role.OWNER, now=NOON)
    memberships.leave_room(user=amina, slug=group.slug, now=NOON)
    assert role_of(group, ben) == (MemberState.JOINED, Role.OWNER)
    memberships.leave_room(user=ben, slug=group.slug, now=NOON)  # alone in it, nobody is left without an owner


def test_a_full_group_takes_nobody(group: Room, carol: User) -> None:
    Room.objects.filter(pk=group.pk).update(members=memberships.MAX_GROUP)
    with pytest.raises(GroupFull):
        join(carol, group)


def test_a_gate_of_age_stops_who_has_declared_only(carol: User) -> None:
    """A declared age opens general rooms; the gates above wait for proofs."""
    join(carol, make_room("ouverte"))
    with pytest.raises(AgeNotProven):
        join(carol, make_room("rencontres", age_gate="SEXUAL"))


def test_coming_and_going_too_fast(room: Room, carol: User) -> None:
    for _turn in range(30):
        join(carol, room)
        memberships.leave_room(user=carol, slug=room.slug, now=NOON)
    with pytest.raises(TooFast) as refusal:
        join(carol, room)
    assert refusal.value.retry is not None


# ---- Removing and banning -----------------------------------------------------------------------------------------------------


def test_who_is_sent_out_may_come_back_to_an_open_room(room: Room, amina: User, ben: User) -> None:
    join(amina, room, role=Role.MODERATOR)
    Membership.objects.filter(room=room, user=amina).update(role=Role.MODERATOR)
    kick(amina, room, ben)
    with pytest.raises(NotMember):
        say(ben, room)
    assert join(ben, room).state == MemberState.JOINED
    assert acts(room) == [("kick", ben.pk)]


def test_a_ban_holds_until_its_end(group: Room, amina: User, ben: User) -> None:
    ban(amina, group, ben, lasts=timedelta(days=1))
    with pytest.raises(Banned) as refusal:
        say(ben, group)
    assert refusal.value.membership.ban_reason == "Insultes"
    with pytest.raises(Banned):
        join(ben, group, now=NOON + timedelta(hours=23))
    assert join(ben, group, now=NOON + timedelta(days=1, seconds=1)).state == MemberState.JOINED


def test_a_ban_without_end_is_lifted_by_hand_only(group: Room, amina: User, ben: User) -> None:
    ban(amina, group, ben)
    with pytest.raises(Banned):
        join(ben, group, now=NOON + timedelta(days=360))  # as long as his proof of age lasts
    memberships.unban_member(user=amina, slug=group.slug, member_public_id=ben.public_id, now=NOON)
    assert join(ben, group).state == MemberState.JOINED
    with pytest.raises(NoSuchMember):
        memberships.unban_member(user=amina, slug=group.slug, member_public_id=ben.public_id, now=NOON)


RANKS = [Role.OWNER, Role.MODERATOR, Role.MEMBER]
MAY = {(Role.OWNER, Role.MODERATOR), (Role.OWNER, Role.MEMBER), (Role.MODERATOR, Role.MEMBER)}


@pytest.mark.parametrize("mine", RANKS)
@pytest.mark.parametrize("theirs", RANKS)
@pytest.mark.parametrize("deed", [kick, ban])
def test_who_may_send_out_whom(
    group: Room, carol: User, ben: User, mine: Role, theirs: Role, deed: Callable[[User, Room, User], None]
) -> None:
    join(carol, group, role=mine)
    Membership.objects.filter(room=group, user=ben).update(role=theirs)
    if (mine, theirs) in MAY:
        deed(carol, group, ben)
        assert role_of(group, ben)[0] != MemberState.JOINED
    else:
        with pytest.raises(NotAllowed):
            deed(carol, group, ben)
        assert role_of(group, ben) == (MemberState.JOINED, theirs)


def test_nobody_sends_out_themselves_or_a_stranger(group: Room, amina: User, carol: User) -> None:
    with pytest.raises(AccessRefused):
        kick(amina, group, amina)
    with pytest.raises(NoSuchMember):
        kick(amina, group, carol)


def test_only_owners_give_roles_and_one_owner_stays(group: Room, amina: User, ben: User, carol: User) -> None:
    join(carol, group, role=Role.MODERATOR)
    with pytest.raises(NotAllowed):
        memberships.set_role(user=carol, slug=group.slug, member_public_id=carol.public_id, role=Role.OWNER, now=NOON)
    with pytest.raises(LastOwner):
        memberships.set_role(user=amina, slug=group.slug, member_public_id=amina.public_id, role=Role.MEMBER, now=NOON)
    memberships.set_role(user=amina, slug=group.slug, member_public_id=ben.public_id, role=Role.MODERATOR, now=NOON)
    assert role_of(group, ben) == (MemberState.JOINED, Role.MODERATOR)


# ---- What a role opens --------------------------------------------------------------------------------------------------------


def test_pins_and_settings_are_for_moderators(room: Room, amina: User, ben: User) -> None:
    seq = say(amina, room).seq
    for deed in (
        lambda: marks.set_pin(user=ben, room_public_id=room.public_id, seq=seq, on=True, now=NOON),
        lambda: change_room(user=ben, slug=room.slug, changes={"slow_mode_s": 60}, now=NOON),
    ):
        with pytest.raises(NotAllowed):
            deed()
    memberships.appoint_moderator(room=room, user=ben)
    change_room(user=ben, slug=room.slug, changes={"slow_mode_s": 60}, now=NOON)
    room.refresh_from_db()
    assert room.slow_mode_s == 60
    with pytest.raises(NotAllowed):
        change_room(user=ben, slug=room.slug, changes={"state": "CLOSED"}, now=NOON)


def test_the_pages_of_moderation_work_as_forms(group: Room, amina: User, ben: User, as_: Callable[[User], Client]) -> None:
    browser = as_(amina)
    base = f"/rooms/{group.slug}/members/{ben.public_id}"
    assert "Exclure" in browser.get(f"/rooms/{group.slug}/about/").content.decode()
    assert browser.post(f"{base}/role/", {"role": "MODERATOR"}).status_code == 302
    assert role_of(group, ben) == (MemberState.JOINED, Role.MODERATOR)
    assert browser.post(f"{base}/ban/", {"reason": "Insultes", "hours": "168"}).status_code == 302
    assert role_of(group, ben)[0] == MemberState.BANNED
    assert "Insultes" in as_(ben).get(f"/rooms/{group.slug}/").content.decode()
    assert browser.post(f"{base}/unban/").status_code == 302
    assert role_of(group, ben)[0] == MemberState.LEFT
    assert "Exclure" not in as_(make_user("Dina")).get("/rooms/").content.decode()


def test_a_notice_tells_of_a_ban_and_a_button_in_it_takes_it_back(
    group: Room, amina: User, ben: User, as_: Callable[[User], Client]
) -> None:
    browser = as_(amina)
    answer = browser.post(f"/rooms/{group.slug}/members/{ben.public_id}/ban/", {"reason": "Insultes", "hours": "24"}, follow=True)
    text = answer.content.decode()
    notice = text[text.index('id="notices"') : text.index("<main")]
    assert "La personne est exclue de ce salon." in notice
    button = re.search(r'<button class="notice-undo" type="submit" form="([^"]+)">Lever l’exclusion</button>', notice)
    assert button, notice
    form = re.search(rf'<form method="post" id="{re.escape(button[1])}" action="([^"]+)"', text)
    assert form, "the button sends a form of the same page"
    undone = browser.post(form[1], follow=True).content.decode()
    assert "L’exclusion est levée. La personne peut revenir." in undone
    assert role_of(group, ben)[0] == MemberState.LEFT
    assert "notice-undo" not in undone


def test_a_notice_tells_that_somebody_was_sent_out(group: Room, amina: User, ben: User, as_: Callable[[User], Client]) -> None:
    answer = as_(amina).post(f"/rooms/{group.slug}/members/{ben.public_id}/kick/", follow=True)
    assert "La personne est sortie du salon. Elle peut revenir." in answer.content.decode()
    assert role_of(group, ben)[0] == MemberState.LEFT


def test_a_length_that_cannot_be_read_is_no_ban_and_says_so(group: Room, amina: User, ben: User, as_: Callable[[User], Client]) -> None:
    answer = as_(amina).post(f"/rooms/{group.slug}/members/{ben.public_id}/ban/", {"hours": "7"}, follow=True)
    text = answer.content.decode()
    assert 'class="notice danger"' in text
    assert "La personne est exclue" not in text
    assert role_of(group, ben)[0] == MemberState.JOINED
