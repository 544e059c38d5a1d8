"""The list of notices gathers what belongs together, names places as they are called now, and follows what was read elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from notifications import subjects
from notifications.enums import Category, Level, NoticeKind, Road
from notifications.models import Notification, Preference
from notifications.queries import PAGE, list_notices, list_people_with_unread
from notifications.services.reading import look_at_notices, mark_read, open_notice, read_groups
from notifications.tests.factories import NOON, tell
from notifications.tests.places import APP, GARDEN, KITCHEN, Places, ends_of, say_to

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
CENTRE = "/account/notifications/"
MINUTE = timedelta(minutes=1)
ROOM = f"room:{KITCHEN}"


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch) -> Places:
    made = Places()
    monkeypatch.setitem(subjects._sources, APP, made)
    return made


def lines(user: User) -> list[tuple[str, int]]:
    """What each line of the list says, and for how many notices it stands."""
    return [(line.words.title, line.count) for line in list_notices(user=user).lines]


def unread(user: User) -> list[int]:
    rows = Notification.objects.filter(user=user, read_at=None).order_by("pk")
    return [row.args["seq"] for row in rows if "seq" in row.args]


def test_unread_ones_of_a_room_are_one_line_and_others_are_not(amina: User, ben: User) -> None:
    for seq in (1, 2, 3):
        say_to(amina, seq, now=NOON + seq * MINUTE)
        say_to(ben, seq, now=NOON)
    say_to(amina, 1, place=GARDEN, now=NOON)
    tell(amina, NoticeKind.NEW_LOGIN, key="1", now=NOON)
    tell(amina, NoticeKind.NEW_LOGIN, key="2", now=NOON)
    titles = lines(amina)
    assert titles[0] == ("3 messages dans Cuisine malgache", 3)
    assert sorted(titles[1:]) == [("Nouvelle connexion à votre compte", 1)] * 2 + [("Une mention pour vous", 1)]


def test_read_ones_stand_by_themselves(amina: User) -> None:
    for seq in (1, 2):
        say_to(amina, seq, now=NOON)
    mark_read(user=amina, now=NOON)
    say_to(amina, 3, now=NOON + MINUTE)
    assert [count for _title, count in lines(amina)] == [1, 1, 1]


def test_a_line_opens_the_oldest_of_its_notices_and_ends_them_all(amina: User, as_: LogIn) -> None:
    for seq in (4, 7, 9):
        say_to(amina, seq, now=NOON + seq * MINUTE)
    browser = as_(amina)
    [action] = re.findall(rf'action="({CENTRE}[a-z2-7]{{20}}/open/)"', browser.get(CENTRE).content.decode())
    assert browser.post(action)["Location"] == f"/rooms/{KITCHEN}/?around=4#m4"
    assert unread(amina) == []


def test_one_that_was_read_opens_its_own_page(amina: User) -> None:
    for seq in (4, 7):
        say_to(amina, seq, now=NOON)
    mark_read(user=amina, now=NOON)
    newest = Notification.objects.latest("pk")
    assert open_notice(user=amina, public_id=newest.public_id, now=NOON) == f"/rooms/{KITCHEN}/?around=7#m7"


def test_a_place_has_the_name_that_it_has_now_or_none(amina: User, places: Places) -> None:
    say_to(amina, 1)
    assert "Salon : Cuisine malgache" in list_notices(user=amina).lines[0].words.text.replace("\u00a0", " ")
    places.names[KITCHEN] = "Cuisine de Tana"
    assert "Cuisine de Tana" in list_notices(user=amina).lines[0].words.text
    del places.names[KITCHEN]
    assert list_notices(user=amina).lines[0].words.text.startswith("Quelqu’un vous a mentionné")


def test_what_is_brought_up_to_date_stands_on_top_again(amina: User) -> None:
    say_to(amina, 1, now=NOON)
    tell(amina, NoticeKind.NEW_LOGIN, now=NOON + MINUTE)
    assert [line.kind for line in list_notices(user=amina).lines] == ["NEW_LOGIN", "MENTION"]
    Notification.objects.filter(kind="MENTION").update(again_at=NOON + 2 * MINUTE, count=4)
    found = list_notices(user=amina).lines
    assert [line.kind for line in found] == ["MENTION", "NEW_LOGIN"]
    assert (found[0].at, found[0].count) == (NOON + 2 * MINUTE, 4)


def test_pages_follow_each_other_though_lines_stand_for_many(amina: User) -> None:
    for place in range(PAGE + 5):
        for seq in range(3):
            say_to(amina, seq, place=f"{place:020d}", now=NOON + (3 * place + seq) * MINUTE)
    first = list_notices(user=amina)
    second = list_notices(user=amina, after=first.after)
    assert (len(first.lines), len(second.lines), second.after) == (PAGE, 5, "")
    assert len({line.path.split("/")[2] for line in (*first.lines, *second.lines)}) == PAGE + 5


def test_the_list_costs_the_same_for_one_room_and_for_twenty(amina: User, django_assert_num_queries: Any) -> None:
    for place in range(20):
        say_to(amina, 1, place=f"{place:020d}")
        if place in (0, 19):
            with django_assert_num_queries(2):  # the page, and how many each line stands for; the names are the other app's
                list_notices(user=amina)


# ---- Reading elsewhere ----------------------------------------------------------------------------------------------------------


def test_reading_in_the_room_is_reading_here_as_far_as_it_goes(amina: User, ben: User) -> None:
    for seq in (3, 5, 8):
        say_to(amina, seq)
        say_to(ben, seq)
    assert read_groups(user=amina, group_keys=(ROOM,), upto=5, now=NOON) == 2
    assert (unread(amina), unread(ben)) == ([8], [3, 5, 8])


def test_it_holds_back_the_mail_that_waited(amina: User) -> None:
    Preference.objects.create(user=amina, category=Category.ROOMS, transport=Road.MAIL, level=Level.NOW)
    say_to(amina, 3)
    read_groups(user=amina, group_keys=(ROOM,), upto=3, now=NOON)
    assert ends_of(amina) == [("SUPPRESSED", "READ")]


def test_who_reads_on_asks_the_database_once(amina: User, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True), django_assert_num_queries(1):
        read_groups(user=amina, group_keys=(ROOM,), upto=1, now=NOON)
    with django_assert_num_queries(0):
        for seq in range(2, 50):
            read_groups(user=amina, group_keys=(ROOM,), upto=seq, now=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        say_to(amina, 60)
    with django_capture_on_commit_callbacks(execute=True):
        assert read_groups(user=amina, group_keys=(ROOM,), upto=60, now=NOON) == 1
    assert unread(amina) == []


def test_looking_at_the_list_asks_how_far_was_read(amina: User, places: Places) -> None:
    """A cursor may have moved where nobody told the notices: by writing, for one."""
    for seq in (3, 5, 8):
        say_to(amina, seq)
    say_to(amina, 2, place=GARDEN)
    places.read = {(amina.pk, KITCHEN): 5}
    page = look_at_notices(user=amina, now=NOON)
    assert unread(amina) == [8, 2]
    assert sorted(line.read for line in page.lines) == [False, False, True, True]


def test_who_has_unread_ones_of_a_group(amina: User, ben: User, carol: User, django_assert_num_queries: Any) -> None:
    for user in (amina, ben):
        say_to(user, 1)
    mark_read(user=ben, now=NOON)
    people = [amina.pk, ben.pk, carol.pk]
    assert list_people_with_unread(user_ids=people, group_key=ROOM) == {amina.pk}
    with django_assert_num_queries(0):
        assert list_people_with_unread(user_ids=[], group_key=ROOM) == set()
