"""What a member hears of a room: chosen on its page by plain forms, taken back with one button, nobody else's business."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import AgeGate
from accounts.models import User
from chat.access import Banned, NotMember, RoomNotFound
from chat.enums import MemberState, NotifyLevel
from chat.models import Membership, Room
from chat.services.hushing import LONGEST, Hearing, hearing_of, restore_hearing, set_hearing
from chat.services.memberships import leave_room
from chat.tests.factories import NOON, close, join, make_group

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
HOUR = timedelta(hours=1)


def of(user: User, room: Room) -> Membership:
    return Membership.objects.get(user=user, room=room)


def held(user: User, room: Room) -> tuple[str, bool]:
    """The level, and whether there is a silence now."""
    row = of(user, room)
    return row.notify_level, row.is_hushed(timezone.now())


def path(room: Room, more: str = "") -> str:
    return f"/rooms/{room.slug}/hearing/{more}"


def button(text: str) -> str:
    """What the button that takes a change back sends."""
    found = re.search(r'form="hear-again" name="back" value="([^"]+)"', text)
    assert found
    return html.unescape(found[1])


# ---- The page -----------------------------------------------------------------------------------------------------------------------


def test_a_member_chooses_and_takes_it_back(room: Room, ben: User, as_: LogIn) -> None:
    browser = as_(ben)
    assert held(ben, room) == ("MENTIONS", False)
    answer = browser.post(path(room), {"level": "ALL", "hush": "8"}, follow=True)
    assert answer.redirect_chain == [(f"/rooms/{room.slug}/about/#hearing", 302)]
    assert held(ben, room) == ("ALL", True)
    assert timedelta(hours=7, minutes=59) < of(ben, room).hushed_until - timezone.now() <= 8 * HOUR  # type: ignore[operator]
    again = browser.post(path(room, "back/"), {"back": button(answer.content.decode())}, follow=True)
    assert "comme avant" in again.content.decode()
    assert held(ben, room) == ("MENTIONS", False)


def test_a_silence_is_kept_ended_and_begun_anew(room: Room, ben: User, as_: LogIn) -> None:
    browser = as_(ben)
    browser.post(path(room), {"level": "MENTIONS", "hush": "1"})
    until = of(ben, room).hushed_until
    browser.post(path(room), {"level": "NONE", "hush": ""})
    assert (of(ben, room).hushed_until, of(ben, room).notify_level) == (until, "NONE")
    text = browser.get(f"/rooms/{room.slug}/about/").content.decode()
    assert "Silence jusqu’au" in text
    browser.post(path(room), {"level": "NONE", "hush": "0"})
    assert held(ben, room) == ("NONE", False)
    assert "Silence jusqu’au" not in browser.get(f"/rooms/{room.slug}/about/").content.decode()


def test_taking_back_brings_a_silence_back_with_its_end(room: Room, ben: User, as_: LogIn) -> None:
    browser = as_(ben)
    browser.post(path(room), {"level": "MENTIONS", "hush": "24"}, follow=True)  # its own notice is read, so the next page has one button
    until = of(ben, room).hushed_until
    answer = browser.post(path(room), {"level": "ALL", "hush": "0"}, follow=True)
    browser.post(path(room, "back/"), {"back": button(answer.content.decode())})
    assert (of(ben, room).notify_level, of(ben, room).hushed_until) == ("MENTIONS", until)


def test_the_page_shows_what_holds(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    set_hearing(user=ben, slug=room.slug, level=NotifyLevel.NONE, hush=None, now=NOON)
    mine, hers = (as_(user).get(f"/rooms/{room.slug}/about/").content.decode() for user in (ben, amina))
    assert re.search(r'name="level" value="NONE"[^>]* checked', mine)
    assert re.search(r'name="level" value="MENTIONS"[^>]* checked', hers)
    assert ("Notifications coupées" in as_(ben).get("/rooms/").content.decode()) is True
    assert "Notifications coupées" not in as_(amina).get("/rooms/").content.decode()


def test_who_is_not_in_the_room_has_no_such_form(room: Room, carol: User, as_: LogIn) -> None:
    assert "hear-again" not in as_(carol).get(f"/rooms/{room.slug}/about/").content.decode()
    assert "hear-again" not in as_(None).get(f"/rooms/{room.slug}/about/").content.decode()


@pytest.mark.parametrize("data", [{}, {"level": ""}, {"level": "LOUD"}, {"level": "ALL", "hush": "7"}, {"level": "ALL", "hush": "-1"}])
def test_what_no_page_sends_changes_nothing_and_says_so(room: Room, ben: User, as_: LogIn, data: dict[str, str]) -> None:
    answer = as_(ben).post(path(room), data, follow=True)
    assert 'role="alert"' in answer.content.decode()
    assert held(ben, room) == ("MENTIONS", False)


@pytest.mark.parametrize(
    "back",
    [
        "",
        "LOUD",
        "ALL yesterday",
        "ALL 2026-13-40T00:00:00+00:00",
        "ALL 2026-11-24T12:00:00",
        "ALL 2026-11-24T12:00:00+00:00 more",
        "x" * 500,
    ],
)
def test_what_no_button_sends_changes_nothing_and_says_so(room: Room, ben: User, as_: LogIn, back: str) -> None:
    answer = as_(ben).post(path(room, "back/"), {"back": back}, follow=True)
    assert 'role="alert"' in answer.content.decode()
    assert held(ben, room) == ("MENTIONS", False)


def test_only_forms_change_it(room: Room, ben: User, as_: LogIn) -> None:
    assert as_(ben).get(path(room)).status_code == as_(ben).get(path(room, "back/")).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ben)
    assert strict.post(path(room), {"level": "NONE"}).status_code == 403
    assert held(ben, room) == ("MENTIONS", False)


# ---- Whose ----------------------------------------------------------------------------------------------------------------------------


def test_one_changes_ones_own_alone(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    as_(ben).post(path(room), {"level": "NONE", "hush": "1"})
    assert held(amina, room) == ("MENTIONS", False)


def test_an_outsider_and_a_guest_are_sent_away(room: Room, amina: User, carol: User, as_: LogIn) -> None:
    group = make_group(amina, "Secret")
    for where in (room, group):
        answer = as_(carol).post(path(where), {"level": "NONE"})
        assert answer.status_code == (404 if where is group else 302)
        assert as_(None).post(path(where), {"level": "NONE"})["Location"].startswith("/login/")
    with pytest.raises(NotMember):
        set_hearing(user=carol, slug=room.slug, level=NotifyLevel.ALL, hush=None, now=NOON)
    with pytest.raises(RoomNotFound):
        set_hearing(user=carol, slug=group.slug, level=NotifyLevel.ALL, hush=None, now=NOON)
    assert not Membership.objects.filter(user=carol).exists()


def test_who_was_banned_or_left_chooses_nothing(room: Room, ben: User) -> None:
    Membership.objects.filter(user=ben).update(state=MemberState.BANNED)
    with pytest.raises(Banned):
        set_hearing(user=ben, slug=room.slug, level=NotifyLevel.ALL, hush=None, now=NOON)
    Membership.objects.filter(user=ben).update(state=MemberState.LEFT)
    with pytest.raises(NotMember):
        restore_hearing(user=ben, slug=room.slug, hearing=Hearing(NotifyLevel.ALL, None), now=NOON)


def test_a_closed_room_has_nothing_to_hear(room: Room, ben: User, as_: LogIn) -> None:
    close(room)
    assert as_(ben).post(path(room), {"level": "NONE"}).status_code == 410


def test_a_gate_that_is_shut_now_does_not_keep_anybody_from_asking_for_peace(room: Room, ben: User, as_: LogIn) -> None:
    Room.objects.filter(pk=room.pk).update(age_gate=AgeGate.SENSITIVE)
    browser = as_(ben)
    assert browser.get(f"/rooms/{room.slug}/about/").status_code == 200
    browser.post(path(room), {"level": "NONE", "hush": ""})
    assert held(ben, room) == ("NONE", False)


# ---- The service ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hush", "until"), [(None, NOON + HOUR), (timedelta(0), None), (2 * HOUR, NOON + 2 * HOUR)])
def test_no_length_leaves_nothing_ends_and_a_length_begins_anew(room: Room, ben: User, hush: timedelta | None, until: Any) -> None:
    Membership.objects.filter(user=ben).update(hushed_until=NOON + HOUR)
    before = set_hearing(user=ben, slug=room.slug, level=NotifyLevel.ALL, hush=hush, now=NOON)
    assert before == Hearing(NotifyLevel.MENTIONS, NOON + HOUR)
    assert of(ben, room).hushed_until == until


def test_a_silence_that_is_over_is_none(room: Room, ben: User) -> None:
    Membership.objects.filter(user=ben).update(hushed_until=NOON)
    assert hearing_of(of(ben, room), now=NOON) == Hearing(NotifyLevel.MENTIONS, None)
    restore_hearing(user=ben, slug=room.slug, hearing=Hearing(NotifyLevel.NONE, NOON), now=NOON)
    assert of(ben, room).hushed_until is None


def test_nobody_is_silent_for_ever(room: Room, ben: User) -> None:
    set_hearing(user=ben, slug=room.slug, level=NotifyLevel.ALL, hush=timedelta(days=10_000), now=NOON)
    assert of(ben, room).hushed_until == NOON + LONGEST
    restore_hearing(user=ben, slug=room.slug, hearing=Hearing(NotifyLevel.ALL, NOON + timedelta(days=9999)), now=NOON)
    assert of(ben, room).hushed_until == NOON + LONGEST


def test_leaving_and_coming_back_keeps_what_was_chosen(room: Room, ben: User) -> None:
    set_hearing(user=ben, slug=room.slug, level=NotifyLevel.NONE, hush=None, now=NOON)
    leave_room(user=ben, slug=room.slug, now=NOON)
    join(ben, room)
    assert of(ben, room).notify_level == "NONE"
