"""From the row to the carrier: a group leaves as one, what changed meanwhile counts, and a process that ends doubles nothing."""

from __future__ import annotations

from datetime import time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.suspension import suspend
from core.models import OutboxEvent
from notifications import subjects
from notifications.enums import Category, Content, Level, NoticeKind, Road
from notifications.models import Delivery, Notification, NotificationSettings, Preference
from notifications.services.deliveries import LEASE, run_delivery, wake_due
from notifications.services.reading import mark_read
from notifications.services.weighing import weigh
from notifications.subjects import Asked, Standing, UnfilledPort
from notifications.tests.factories import NOON, deliver_all, tell
from notifications.tests.places import APP, FIVE_MINUTES, GARDEN, KITCHEN, Places, ends_of, events, mails_of, say_to, try_mail
from notifications.transports import CARRIERS
from notifications.transports.base import Outcome, Retry, Sent
from notifications.transports.email import compose
from notifications.words.base import Words

pytestmark = pytest.mark.django_db
DUE = NOON + FIVE_MINUTES  # a mail about a room waits so long first
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Places:
    made = Places()
    monkeypatch.setitem(subjects._sources, APP, made)
    return made


@pytest.fixture
def amina(amina: User) -> User:
    """Amina, who wants mentions by mail at once."""
    Preference.objects.create(user=amina, category=Category.ROOMS, transport=Road.MAIL, level=Level.NOW)
    return amina


class Track:
    """A road that notes what it carries and answers what it was told to."""

    def __init__(self, *outcomes: Outcome | type[BaseException]) -> None:
        self.said: list[Words] = []
        self.outcomes = list(outcomes)

    def send(self, delivery: Delivery, *, words: Words, now: Any) -> Outcome:
        self.said.append(words)
        outcome = self.outcomes.pop(0) if self.outcomes else Sent()
        if isinstance(outcome, type):
            raise outcome
        return outcome


@pytest.fixture
def road(monkeypatch: pytest.MonkeyPatch) -> Track:
    made = Track()
    monkeypatch.setitem(CARRIERS, "EMAIL", made)
    return made


# ---- Setting out ----------------------------------------------------------------------------------------------------------------


def test_a_mention_waits_five_minutes_before_it_becomes_a_mail(amina: User, places: Places, road: Track) -> None:
    say_to(amina)
    [row] = mails_of(amina)
    assert (row.state, row.next_at) == ("WAITING", DUE)
    assert [event["delivery_id"] for event in events("DeliveryDue")] == [Delivery.objects.get(transport="IN_APP").pk]
    early = try_mail(row, now=DUE - SECOND)
    assert (early.state, early.reason, early.next_at, road.said) == ("WAITING", "LOOKING", DUE, [])
    assert try_mail(row, now=DUE).state == "SENT"
    assert len(road.said) == 1


def test_a_wait_of_seconds_is_an_event_of_the_outbox_that_is_due_then(amina: User, places: Places, road: Track) -> None:
    say_to(amina)
    OutboxEvent.objects.all().delete()
    [row] = mails_of(amina)
    try_mail(row, now=DUE - 30 * SECOND)
    assert events("DeliveryDue") == [{"delivery_id": row.pk, "attempt": 1}]
    waits = OutboxEvent.objects.get().due_at - OutboxEvent.objects.get().created_at
    assert waits == 30 * SECOND


def test_a_wait_of_hours_is_a_row_that_the_schedule_finds(amina: User, places: Places, road: Track) -> None:
    NotificationSettings.objects.create(user=amina, quiet_from=time(12), quiet_to=time(20), zone="UTC")
    say_to(amina)
    OutboxEvent.objects.all().delete()
    [row] = mails_of(amina)
    held = try_mail(row, now=DUE)
    assert (held.state, held.reason, held.next_at.hour) == ("WAITING", "QUIET", 20)
    assert events("DeliveryDue") == []
    assert wake_due(now=held.next_at - SECOND) == 1  # the one for the pages
    OutboxEvent.objects.all().delete()
    assert wake_due(now=held.next_at) == 1
    assert events("DeliveryDue") == [{"delivery_id": row.pk, "attempt": 1}]


@pytest.mark.parametrize(
    ("level", "made", "digest"), [(Level.NOW, 1, False), (Level.DIGEST, 0, True), (Level.OFF, 0, False)], ids=lambda value: str(value)
)
def test_a_level_says_whether_a_mail_is_planned_at_all(ben: User, places: Places, level: Level, made: int, digest: bool) -> None:
    Preference.objects.create(user=ben, category=Category.ROOMS, transport=Road.MAIL, level=level)
    say_to(ben)
    assert len(mails_of(ben)) == made
    assert NotificationSettings.objects.filter(user=ben, digest_at__isnull=False).exists() == digest
    assert Notification.objects.filter(user=ben).count() == 1  # in the pages in any case


def test_what_is_hushed_stays_in_the_pages(amina: User, places: Places) -> None:
    say_to(amina, hushed=True)
    assert list(Delivery.objects.values_list("transport", flat=True)) == ["IN_APP"]
    assert not NotificationSettings.objects.exists()


def test_no_choice_holds_back_what_is_owed(ben: User) -> None:
    for category in Category:
        Preference.objects.create(user=ben, category=category, transport=Road.MAIL, level=Level.OFF)
    tell(ben, NoticeKind.NEW_LOGIN)
    tell(ben, NoticeKind.TERMS_CHANGED)
    for row in mails_of(ben):
        assert try_mail(row, now=NOON).state == "SENT"
    assert len(mail.outbox) == 2


# ---- What has changed meanwhile ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gone": True}, "GONE"),
        ({"read": True}, "READ"),
        ({"hushed": True}, "HUSHED"),
        ({"watched": True}, "SEEN"),
        ({"gone": True, "read": True, "watched": True}, "GONE"),
    ],
)
def test_what_is_gone_read_or_on_the_screen_does_not_leave(amina: User, places: Places, road: Track, change: Any, reason: str) -> None:
    say_to(amina)
    places.set(amina, **change)
    [row] = mails_of(amina)
    ended = try_mail(row, now=DUE)
    assert (ended.state, ended.reason, ended.rounds, road.said) == ("SUPPRESSED", reason, 0, [])


def test_who_is_barred_meanwhile_hears_of_no_room(amina: User, places: Places, road: Track) -> None:
    say_to(amina)
    suspend(user=amina, kind=SuspensionKind.SUSPENDED, decision_ref="D-1", reason="insultes", now=NOON)
    [row] = mails_of(amina)
    assert (try_mail(row, now=DUE).reason, places.looks) == ("SUSPENDED", 0)


def test_who_changes_their_mind_meanwhile_is_obeyed(amina: User, places: Places, road: Track) -> None:
    say_to(amina)
    Preference.objects.update(level=Level.OFF)
    [row] = mails_of(amina)
    assert (try_mail(row, now=DUE).reason, road.said) == ("OFF", [])


def test_another_person_is_asked_about_by_themselves(amina: User, ben: User, places: Places, road: Track) -> None:
    Preference.objects.create(user=ben, category=Category.ROOMS, transport=Road.MAIL, level=Level.NOW)
    say_to(amina)
    say_to(ben)
    places.set(ben, gone=True)
    assert [try_mail(row, now=DUE).state for row in (*mails_of(amina), *mails_of(ben))] == ["SENT", "SUPPRESSED"]


def test_a_port_that_nobody_has_filled_refuses(amina: User, road: Track) -> None:
    say_to(amina)
    [row] = mails_of(amina)
    with pytest.raises(UnfilledPort):
        run_delivery(delivery_id=row.pk, attempt=0, now=DUE)
    assert (ends_of(amina), road.said) == ([("WAITING", "")], [])


# ---- Groups -----------------------------------------------------------------------------------------------------------------------


def test_what_waits_together_leaves_as_one(amina: User, places: Places, road: Track) -> None:
    for seq in (1, 2, 3):
        say_to(amina, seq, now=NOON + seq * SECOND)
    NotificationSettings.objects.create(user=amina, content=Content.SENDER)
    first, *rest = mails_of(amina)
    try_mail(first, now=DUE + MINUTE)
    assert ends_of(amina) == [("SENT", ""), ("SUPPRESSED", "MERGED"), ("SUPPRESSED", "MERGED")]
    assert [words.title for words in road.said] == ["3 messages dans Cuisine malgache"]
    for row in rest:  # their events may still come
        try_mail(row, now=DUE + MINUTE)
    assert len(road.said) == 1


def test_gaps_grow_while_nothing_is_read_and_a_read_begins_anew(amina: User, places: Places, road: Track) -> None:
    """A mention every ten seconds for an hour: departures after 1, 5, 15, 15… minutes."""
    departures, now = [], NOON
    for number in range(360):
        now = NOON + number * 10 * SECOND
        say_to(amina, number, now=now - FIVE_MINUTES)
        for row in Delivery.objects.filter(transport="EMAIL", state="WAITING", next_at__lte=now):
            before = len(road.said)
            try_mail(row, now=now)
            departures += [now] * (len(road.said) - before)
    minutes = [(later - earlier) // MINUTE for earlier, later in pairwise(departures)]
    assert minutes == [1, 5, 15, 15, 15]
    mark_read(user=amina, group_key=f"room:{KITCHEN}", now=now)
    say_to(amina, 1000, now=now)
    [row] = [row for row in mails_of(amina) if row.state == "WAITING"]
    assert try_mail(row, now=now + FIVE_MINUTES).state == "SENT"


def test_one_room_holds_up_no_other(amina: User, places: Places, road: Track) -> None:
    say_to(amina, 1)
    say_to(amina, 1, place=GARDEN)
    assert [try_mail(row, now=DUE).state for row in mails_of(amina)] == ["SENT", "SENT"]


def test_one_person_holds_up_no_other(amina: User, ben: User, places: Places, road: Track) -> None:
    Preference.objects.create(user=ben, category=Category.ROOMS, transport=Road.MAIL, level=Level.NOW)
    say_to(amina)
    say_to(ben)
    assert [try_mail(row, now=DUE).state for row in (*mails_of(amina), *mails_of(ben))] == ["SENT", "SENT"]


def test_after_quiet_hours_all_come_in_one(amina: User, places: Places, road: Track) -> None:
    NotificationSettings.objects.create(user=amina, quiet_from=time(12), quiet_to=time(20), zone="UTC")
    for seq in range(5):
        say_to(amina, seq, now=NOON + seq * MINUTE)
    for row in mails_of(amina):
        try_mail(row, now=row.next_at)
    assert {reason for _state, reason in ends_of(amina)} == {"QUIET"}
    morning = mails_of(amina)[0].next_at
    for row in mails_of(amina):
        if row.state == "WAITING":
            try_mail(row, now=morning)
    assert sorted(ends_of(amina)) == [("SENT", "")] + [("SUPPRESSED", "MERGED")] * 4
    assert [words.title for words in road.said] == ["5 nouveaux messages vous attendent"]


def test_in_one_handful_the_first_of_a_group_speaks_for_the_rest(amina: User, places: Places) -> None:
    for seq in (1, 2):
        say_to(amina, seq)
    say_to(amina, 1, place=GARDEN)
    found = weigh(mails_of(amina), now=DUE)
    reasons = [getattr(found[row.pk].decision, "reason", "leaves") for row in mails_of(amina)]
    assert reasons == ["leaves", "MERGED", "leaves"]
    assert places.looks == 1  # one question for all


# ---- Processes that end -------------------------------------------------------------------------------------------------------------


def test_a_process_that_ends_while_carrying_doubles_nothing_and_loses_nothing(amina: User, places: Places, road: Track) -> None:
    """The place of the group was taken before: whoever comes next waits a minute, and then one leaves for all."""
    say_to(amina, 1)
    say_to(amina, 2)
    road.outcomes = [KeyboardInterrupt]
    first, second = mails_of(amina)
    with pytest.raises(KeyboardInterrupt):
        run_delivery(delivery_id=first.pk, attempt=0, now=DUE)
    assert ends_of(amina) == [("WAITING", ""), ("SUPPRESSED", "MERGED")]
    assert try_mail(second, now=DUE + SECOND).state == "SUPPRESSED"
    again = try_mail(first, now=DUE + LEASE)
    assert (again.state, len(road.said)) == ("SENT", 2)  # the first try never arrived: the road broke under it


def test_a_mail_whose_process_ended_is_the_same_mail_when_it_is_sent_again(amina: User, places: Places) -> None:
    """Its place was taken, so its row looks as if it had left before: a mailbox that knows names of mails shows it once all the same."""
    say_to(amina, 1)
    [row] = mails_of(amina)
    before = compose(row, "amina@example.org", Words("Titre", "Texte.", "Ouvrir")).extra_headers["Message-ID"]
    weigh([row], now=DUE)
    [row] = mails_of(amina)
    assert row.rounds == 1
    assert compose(row, "amina@example.org", Words("Titre", "Texte.", "Ouvrir")).extra_headers["Message-ID"] == before


def test_a_road_that_is_closed_gives_the_place_back(amina: User, places: Places, road: Track) -> None:
    say_to(amina, 1)
    road.outcomes = [Retry("CLOSED")]
    [row] = mails_of(amina)
    failed = try_mail(row, now=DUE)
    assert (failed.state, failed.reason, failed.rounds, failed.ended_at) == ("WAITING", "CLOSED", 0, None)
    assert try_mail(failed, now=DUE + MINUTE).state == "SENT"


def test_the_same_event_many_times_sends_one(amina: User, places: Places, road: Track) -> None:
    say_to(amina, 1)
    [row] = mails_of(amina)
    for _time in range(5):
        run_delivery(delivery_id=row.pk, attempt=0, now=DUE)
    assert (ends_of(amina), len(road.said)) == ([("SENT", "")], 1)


def test_the_whole_way_through_the_outbox(amina: User, places: Places) -> None:
    say_to(amina, 1, now=timezone.now() - FIVE_MINUTES)
    deliver_all()
    assert (mail.outbox, ends_of(amina)) == ([], [("WAITING", "")])
    wake_due(now=timezone.now() + SECOND)
    deliver_all()
    assert ([letter.subject for letter in mail.outbox], ends_of(amina)) == (["Une mention pour vous"], [("SENT", "")])
    assert set(Delivery.objects.values_list("transport", "state", "rounds")) == {("IN_APP", "SENT", 1), ("EMAIL", "SENT", 1)}


# ---- Costs ------------------------------------------------------------------------------------------------------------------------


def test_a_hundred_cost_what_one_costs(amina: User, places: Places, django_assert_max_num_queries: Any) -> None:
    for seq in range(100):
        say_to(amina, seq)
    rows = mails_of(amina)
    with django_assert_max_num_queries(14):
        weigh(rows[:1], now=NOON)
    with django_assert_max_num_queries(14):
        weigh(rows, now=NOON)


def test_what_is_owed_by_mail_asks_nothing(amina: User, places: Places, django_assert_num_queries: Any) -> None:
    tell(amina, NoticeKind.NEW_LOGIN)
    rows = mails_of(amina)
    with django_assert_num_queries(0):
        weigh(rows, now=NOON)


def test_a_preview_is_asked_for_by_devices_alone(amina: User, places: Places) -> None:
    NotificationSettings.objects.create(user=amina, content=Content.PREVIEW)
    say_to(amina, 1)
    weigh(mails_of(amina), now=DUE)
    assert [one.with_preview for one in places.asked] == [False]


def test_what_is_asked_names_the_subject_and_the_person(amina: User, places: Places) -> None:
    say_to(amina, 7)
    weigh(mails_of(amina), now=DUE)
    assert places.asked == [Asked(amina.pk, "MENTION", "MESSAGE", KITCHEN, {"seq": 7})]


def test_a_standing_tells_nothing_unless_somebody_says_so() -> None:
    assert Standing().discreet
    assert (Standing().place, Standing().sender, Standing().preview) == ("", "", "")
