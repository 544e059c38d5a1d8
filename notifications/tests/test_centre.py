"""The page of notices: works without script, shows one's own alone, and costs the other pages nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.enums import UserStatus
from accounts.models import User
from notifications.enums import NoticeKind
from notifications.models import Delivery, Notification
from notifications.queries import PAGE, count_unseen, list_notices
from notifications.services.deliveries import run_delivery
from notifications.services.reading import look_at_notices, mark_read, mark_seen
from notifications.tests.factories import NOON, tell
from notifications.tests.purging import purge_notices
from realtime.bus import Parcel, Passing

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
Hear = Callable[[], list[Parcel]]
CENTRE = "/account/notifications/"


def page(browser: Client, query: str = "") -> str:
    answer = browser.get(CENTRE + query)
    assert answer.status_code == 200
    return answer.content.decode()


def state(user: User) -> list[tuple[bool, bool]]:
    """Seen and read, of each notice."""
    rows = Notification.objects.filter(user=user).order_by("pk")
    return [(row.seen_at is not None, row.read_at is not None) for row in rows]


# ---- The page -----------------------------------------------------------------------------------------------------------------


def test_nothing_yet_says_so(amina: User, as_: LogIn) -> None:
    text = page(as_(amina))
    assert "Rien de nouveau" in text
    assert "Tout marquer comme lu" not in text


def test_a_guest_is_asked_to_log_in(client: Client) -> None:
    for answer in (client.get(CENTRE), client.post(CENTRE + "read/"), client.post(CENTRE + "a" * 20 + "/open/")):
        assert (answer.status_code, answer["Location"].startswith("/login/")) == (302, True)


def test_an_unconfirmed_account_has_no_centre(amina: User, as_: LogIn) -> None:
    User.objects.filter(pk=amina.pk).update(status=UserStatus.PENDING_EMAIL)
    assert as_(amina).get(CENTRE)["Location"] == "/inactive/"


def test_one_reads_ones_own_alone(amina: User, carol: User, as_: LogIn) -> None:
    tell(amina)
    assert "Firefox · Android" in page(as_(amina))
    assert "Firefox" not in page(as_(carol))


def test_looking_is_seeing_and_not_reading(amina: User, as_: LogIn) -> None:
    tell(amina)
    browser = as_(amina)
    first, second = page(browser), page(browser)
    assert ('class="tag">nouvelle' in first, 'class="tag">nouvelle' in second) == (True, False)
    assert state(amina) == [(True, False)]


def test_opening_one_reads_it_and_leads_to_its_page(amina: User, as_: LogIn) -> None:
    tell(amina)
    tell(amina, key="2")
    browser = as_(amina)
    action = re.findall(rf'action="({CENTRE}[a-z2-7]{{20}}/open/)"', page(browser))[0]  # the newest stands first
    answer = browser.post(action)
    assert answer["Location"] == "/account/sessions/"
    assert state(amina) == [(True, False), (True, True)]


def test_nobody_opens_anothers(amina: User, carol: User, as_: LogIn) -> None:
    tell(amina)
    path = f"{CENTRE}{Notification.objects.get().public_id}/open/"
    assert as_(carol).post(path).status_code == as_(carol).post(CENTRE + "z" * 20 + "/open/").status_code == 404
    assert as_(amina).get(path).status_code == 405
    assert state(amina) == [(False, False)]


def test_all_at_once_are_ones_own_alone(amina: User, ben: User, as_: LogIn) -> None:
    for key in "12":
        tell(amina, key=key)
        tell(ben, key=key)
    answer = as_(amina).post(CENTRE + "read/", follow=True)
    assert "Tout est marqué comme lu." in answer.content.decode()
    assert (state(amina), state(ben)) == ([(True, True)] * 2, [(False, False)] * 2)
    assert "Tout marquer comme lu" not in page(as_(amina))


def test_pages_follow_each_other_without_a_hole_or_a_double(amina: User, as_: LogIn) -> None:
    for number in range(2 * PAGE + 1):
        tell(amina, key=str(number))
    browser, seen, query = as_(amina), [], ""
    for _page in range(3):
        text = page(browser, query)
        seen += re.findall(rf'action="{CENTRE}([a-z2-7]{{20}})/open/"', text)
        if len(seen) == PAGE:
            tell(amina, key="meanwhile")  # what comes while one reads moves nothing
        more = re.search(r'href="(\?after=[a-z2-7]{20})" rel="next"', text)
        query = more[1] if more else ""
    assert query == ""
    newest_first = Notification.objects.exclude(dedupe_key="NEW_LOGIN:meanwhile").order_by("-pk").values_list("public_id", flat=True)
    assert seen == list(newest_first)
    assert "Fin de la liste" in text


@pytest.mark.parametrize("after", ["", "nothing", "z" * 20, "é" * 300, "%00", "1"])
def test_a_place_that_is_none_begins_anew(amina: User, as_: LogIn, after: str) -> None:
    tell(amina)
    assert "Firefox · Android" in page(as_(amina), f"?after={after}")


def test_anothers_place_is_none(amina: User, ben: User) -> None:
    tell(amina)
    tell(ben)
    place = Notification.objects.get(user=ben).public_id
    assert len(list_notices(user=amina, after=place).lines) == 1


def test_the_page_costs_the_same_for_one_and_for_twenty(amina: User, django_assert_num_queries: Any) -> None:
    for number in range(20):
        tell(amina, key=str(number))
        if number in (0, 19):
            mark_seen(user=amina, now=NOON)
            with django_assert_num_queries(2):
                look_at_notices(user=amina, now=NOON)


@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_it_speaks_the_readers_language(amina: User, as_: LogIn, language: str) -> None:
    User.objects.filter(pk=amina.pk).update(language=language)
    tell(amina)
    assert f'<html lang="{language}"' in page(as_(amina))


# ---- The bell -----------------------------------------------------------------------------------------------------------------


def bell(text: str) -> set[str]:
    """What the bells of a page show; empty: nothing."""
    return {"" if hidden else number for hidden, number in re.findall(r"data-bell( hidden)?>(\d+\+?)", text)}


def test_every_page_of_a_member_shows_how_many_are_new(amina: User, ben: User, as_: LogIn, django_capture_on_commit_callbacks: Any) -> None:
    browser = as_(amina)
    assert bell(browser.get("/account/").content.decode()) == {""}
    with django_capture_on_commit_callbacks(execute=True):
        tell(amina)
        tell(amina, key="2")
        tell(ben)
    assert bell(browser.get("/account/").content.decode()) == bell(browser.get("/rooms/").content.decode()) == {"2"}
    with django_capture_on_commit_callbacks(execute=True):
        page(browser)
    assert bell(browser.get("/account/").content.decode()) == {""}


def test_open_pages_hear_of_it(amina: User, hear: Hear, django_capture_on_commit_callbacks: Any) -> None:
    tell(amina)
    run_delivery(delivery_id=Delivery.objects.get(transport="IN_APP").pk, attempt=0, now=NOON)
    topic, notice = f"user:{amina.public_id}", Notification.objects.get().public_id
    assert hear() == [Passing(topic=topic, kind="note", actor="", data={"n": 1, "id": notice})]
    with django_capture_on_commit_callbacks(execute=True):
        mark_seen(user=amina, now=NOON)
    assert hear() == [Passing(topic=topic, kind="note", actor="", data={"n": 0})]
    with django_capture_on_commit_callbacks(execute=True):
        assert mark_seen(user=amina, now=NOON) == 0
    assert hear() == []  # nothing new was seen, so nothing is said


# ---- Being done ---------------------------------------------------------------------------------------------------------------


def test_a_group_is_done_up_to_a_moment(amina: User, ben: User) -> None:
    tell(amina, key="1", group="a", now=NOON)
    tell(amina, key="2", group="a", now=NOON + timedelta(minutes=2))
    tell(amina, key="3", group="b", now=NOON)
    tell(ben, key="1", group="a", now=NOON)
    now = NOON + timedelta(minutes=5)
    assert mark_read(user=amina, group_key="a", until=NOON + timedelta(minutes=1), now=now) == 1
    assert (state(amina), state(ben)) == ([(True, True), (False, False), (False, False)], [(False, False)])
    assert mark_read(user=amina, now=now) == 2
    assert mark_read(user=amina, now=now) == 0


def test_what_is_owed_is_sent_though_somebody_read_it(amina: User) -> None:
    """Whoever opens the account first may be the one of whom the letter warns."""
    tell(amina, NoticeKind.NEW_LOGIN)
    mark_read(user=amina, now=NOON)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"WAITING"}


def test_what_is_not_owed_is_held_back_once_it_was_read(amina: User) -> None:
    tell(amina, NoticeKind.AGE_PROOF_EXPIRING)
    tell(amina, NoticeKind.NEW_LOGIN)
    mark_read(user=amina, now=NOON)
    states = Delivery.objects.order_by("notification_id", "pk").values_list("notification__kind", "state", "reason")
    assert list(states) == [("AGE_PROOF_EXPIRING", "SUPPRESSED", "READ")] * 2 + [("NEW_LOGIN", "WAITING", "")] * 2
    run_delivery(delivery_id=Delivery.objects.filter(transport="EMAIL").earliest("pk").pk, attempt=0, now=NOON)
    assert mail.outbox == []


# ---- Forgetting ---------------------------------------------------------------------------------------------------------------


def test_notices_go_after_thirty_days_and_how_they_were_sent_after_seven(amina: User) -> None:
    now = timezone.now()
    tell(amina, key="old", now=now - timedelta(days=30, seconds=1))
    tell(amina, key="week", now=now - timedelta(days=7, seconds=1))
    tell(amina, key="new", now=now - timedelta(days=6, hours=23))
    assert count_unseen(user_id=amina.pk) == 3
    assert purge_notices(now=now) == 5
    assert sorted(Notification.objects.values_list("dedupe_key", flat=True)) == ["NEW_LOGIN:new", "NEW_LOGIN:week"]
    assert set(Delivery.objects.values_list("notification__dedupe_key", flat=True)) == {"NEW_LOGIN:new"}
    assert count_unseen(user_id=amina.pk) == 2
    assert purge_notices(now=now) == 0
