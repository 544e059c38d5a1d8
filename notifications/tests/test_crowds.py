"""A room of many that talks: one notice each, brought up to date now and then, in few statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from accounts.models import User
from accounts.tests.factories import make_user
from core.models import OutboxEvent
from notifications import subjects
from notifications.enums import Category, Level, NoticeKind, Road
from notifications.models import Delivery, Notification, NotificationSettings, Preference
from notifications.queries import count_unseen
from notifications.services.crowds import News, tell_crowd
from notifications.services.notices import Subject
from notifications.services.reading import mark_read, mark_seen
from notifications.tests.factories import NOON
from notifications.tests.places import APP, FIVE_MINUTES, KITCHEN, Places, mails_of, try_mail
from realtime.bus import Parcel, Passing

pytestmark = pytest.mark.django_db
Hear = Callable[[], list[Parcel]]
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
GROUP = f"room-all:{KITCHEN}"


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch) -> Places:
    made = Places()
    monkeypatch.setitem(subjects._sources, APP, made)
    return made


def talk(counts: dict[User, int], n: int, *, now: datetime = NOON) -> int:
    """The room has come to message `n`, with so many unread for each."""
    news = News(
        kind=NoticeKind.ROOM_MESSAGE,
        subject=Subject(APP, "ROOM", KITCHEN),
        group_key=GROUP,
        dedupe_key=f"talked:{KITCHEN}:{n}",
        args={"seq": n},
        path=f"/rooms/{KITCHEN}/",
    )
    with transaction.atomic():
        return tell_crowd(news=news, counts={user.pk: count for user, count in counts.items()}, now=now)


def told(user: User) -> list[tuple[int, int, bool]]:
    """Of each notice: for how many messages it stands, up to which one, and whether it is new."""
    rows = Notification.objects.filter(user=user).order_by("pk")
    return [(row.count, row.args["seq"], row.seen_at is None) for row in rows]


def test_each_has_one_notice_with_their_own_number(amina: User, ben: User, carol: User) -> None:
    assert talk({amina: 3, ben: 1}, 10) == 2
    assert (told(amina), told(ben), told(carol)) == ([(3, 10, True)], [(1, 10, True)], [])
    row = Notification.objects.get(user=amina)
    assert (row.kind, row.group_key, row.path, row.read_at) == ("ROOM_MESSAGE", GROUP, f"/rooms/{KITCHEN}/", None)


def test_however_much_it_talks_it_stays_one(amina: User) -> None:
    """A message every ten seconds for an hour: one row, brought up to date after 1, 6, 21, 36 and 51 minutes."""
    updates = [second for second in range(0, 3600, 10) if talk({amina: second + 1}, second + 1, now=NOON + second * SECOND)]
    assert updates == [0, 60, 360, 1260, 2160, 3060]
    assert told(amina) == [(3061, 3061, True)]


def test_the_same_round_told_twice_is_told_once(amina: User) -> None:
    assert [talk({amina: 3}, 10), talk({amina: 3}, 10)] == [1, 0]
    mark_read(user=amina, now=NOON)
    assert talk({amina: 3}, 10, now=NOON + MINUTE) == 0
    assert len(told(amina)) == 1


def test_after_reading_a_new_one_begins(amina: User) -> None:
    talk({amina: 3}, 10)
    mark_read(user=amina, group_key=GROUP, now=NOON)
    assert talk({amina: 1}, 11, now=NOON + SECOND) == 1
    assert told(amina) == [(3, 10, False), (1, 11, True)]


def test_what_was_looked_at_is_new_again_when_it_is_brought_up_to_date(amina: User) -> None:
    talk({amina: 3}, 10)
    mark_seen(user=amina, now=NOON)
    assert told(amina) == [(3, 10, False)]
    talk({amina: 5}, 12, now=NOON + MINUTE)
    assert told(amina) == [(5, 12, True)]


def test_what_goes_back_tells_nobody(amina: User) -> None:
    with transaction.atomic():
        talk({amina: 3}, 10)
        transaction.set_rollback(True)
    assert (Notification.objects.count(), Delivery.objects.count(), OutboxEvent.objects.count()) == (0, 0, 0)


# ---- Other roads --------------------------------------------------------------------------------------------------------------------


def test_by_default_it_waits_for_the_digest_and_sends_nothing(amina: User) -> None:
    talk({amina: 3}, 10)
    assert Delivery.objects.count() == OutboxEvent.objects.count() == 0
    assert NotificationSettings.objects.get(user=amina).digest_at is not None


def test_who_wants_mails_gets_one_and_another_after_the_pause(amina: User) -> None:
    Preference.objects.create(user=amina, category=Category.ROOMS_ALL, transport=Road.MAIL, level=Level.NOW)
    talk({amina: 3}, 10)
    [row] = mails_of(amina)
    assert try_mail(row, now=NOON + FIVE_MINUTES).state == "SENT"
    later = NOON + 2 * FIVE_MINUTES
    talk({amina: 9}, 16, now=later)
    [row] = mails_of(amina)
    assert (row.state, row.rounds, row.attempt, row.next_at) == ("WAITING", 1, 1, later + FIVE_MINUTES)
    sent = try_mail(row, now=later + FIVE_MINUTES)
    assert (sent.state, sent.rounds) == ("SENT", 2)
    names = [letter.extra_headers["Message-ID"] for letter in mail.outbox]
    assert (len(names), len(set(names))) == (2, 2)  # another mail, which no mailbox takes for the first


def test_what_was_held_back_because_it_was_read_sets_out_again(amina: User, places: Places) -> None:
    Preference.objects.create(user=amina, category=Category.ROOMS_ALL, transport=Road.MAIL, level=Level.NOW)
    talk({amina: 3}, 10)
    places.set(amina, watched=True)
    assert try_mail(mails_of(amina)[0], now=NOON + FIVE_MINUTES).reason == "SEEN"
    talk({amina: 9}, 16, now=NOON + 2 * FIVE_MINUTES)
    assert mails_of(amina)[0].state == "WAITING"


def test_what_was_given_up_stays_so(amina: User) -> None:
    Preference.objects.create(user=amina, category=Category.ROOMS_ALL, transport=Road.MAIL, level=Level.NOW)
    talk({amina: 3}, 10)
    Delivery.objects.update(state="FAILED", reason="ADDRESS")
    talk({amina: 9}, 16, now=NOON + MINUTE)
    assert [row.state for row in mails_of(amina)] == ["FAILED"]


def test_open_pages_hear_their_number_once(amina: User, ben: User, hear: Hear, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        talk({amina: 3, ben: 1}, 10)
    heard = sorted((parcel for parcel in hear() if isinstance(parcel, Passing)), key=lambda parcel: parcel.topic)
    topics = sorted(f"user:{user.public_id}" for user in (amina, ben))
    assert heard == [Passing(topic=topic, kind="note", actor="", data={"n": 1}) for topic in topics]
    assert count_unseen(user_id=amina.pk) == 1


# ---- Costs ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 60])
def test_many_cost_what_one_costs(count: int, django_assert_max_num_queries: Any) -> None:
    people = {make_user(f"Voisin{number}"): number + 1 for number in range(count)}
    with django_assert_max_num_queries(16):
        assert talk(people, 10) == count
    with django_assert_max_num_queries(16):
        assert talk(people, 20, now=NOON + MINUTE) == count
    with django_assert_max_num_queries(4):
        assert talk(people, 30, now=NOON + MINUTE + SECOND) == 0
