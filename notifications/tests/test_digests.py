"""The digest: one mail at the person's hour for what is unread, nothing when all is read, and never two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from accounts.models import User
from notifications import subjects
from notifications.enums import Category, Content, Level, NoticeKind, Pace, Road
from notifications.models import Delivery, Notification, NotificationSettings, Preference
from notifications.queries import count_unseen, list_notices
from notifications.services import digests
from notifications.services.deliveries import run_delivery
from notifications.services.digests import LINES, send_due_digests
from notifications.services.notices import notify
from notifications.services.reading import mark_read
from notifications.tests.factories import tell
from notifications.tests.places import APP, GARDEN, KITCHEN, Places, say_to

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)  # 18:00 in Paris
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch) -> Places:
    made = Places()
    monkeypatch.setitem(subjects._sources, APP, made)
    return made


def choose(user: User, **changes: object) -> None:
    NotificationSettings.objects.update_or_create(user=user, defaults=changes)


def hour_of(user: User) -> datetime | None:
    return NotificationSettings.objects.get(user=user).digest_at


def letter_of(user: User, now: datetime) -> str:
    """The mail of the digest that was written for a person, sent now."""
    [row] = Delivery.objects.filter(notification__user=user, notification__kind="DIGEST", state="WAITING")
    run_delivery(delivery_id=row.pk, attempt=0, now=now)
    return str(mail.outbox[-1].body)


def test_what_waits_is_told_on_sunday_evening(amina: User) -> None:
    say_to(amina, 1, now=TUESDAY)
    assert hour_of(amina) == SUNDAY
    assert send_due_digests(now=SUNDAY - HOUR) == 0
    assert send_due_digests(now=SUNDAY) == 1
    assert "- 1 mention\n" in letter_of(amina, SUNDAY)
    assert [letter.subject for letter in mail.outbox] == ["1 nouveauté vous attend"]


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"digest": Pace.DAILY}, datetime(2026, 11, 24, 17, 0, tzinfo=UTC)),
        ({"digest": Pace.DAILY, "digest_hour": 7}, datetime(2026, 11, 25, 6, 0, tzinfo=UTC)),
        ({"digest": Pace.DAILY, "zone": "Indian/Antananarivo"}, datetime(2026, 11, 24, 15, 0, tzinfo=UTC)),
        ({"digest": Pace.NEVER}, None),
    ],
)
def test_it_comes_at_the_hour_that_was_chosen(amina: User, changes: dict[str, object], at: datetime | None) -> None:
    choose(amina, **changes)
    say_to(amina, 1, now=TUESDAY)
    assert hour_of(amina) == at


def test_its_hour_is_set_by_the_first_that_waits_and_no_later_one_moves_it(amina: User) -> None:
    choose(amina, digest=Pace.DAILY)
    say_to(amina, 1, now=TUESDAY)
    say_to(amina, 2, now=TUESDAY + 3 * HOUR)
    assert hour_of(amina) == TUESDAY + 5 * HOUR


def test_who_has_read_all_gets_nothing(amina: User) -> None:
    say_to(amina, 1, now=TUESDAY)
    mark_read(user=amina, now=TUESDAY)
    assert send_due_digests(now=SUNDAY) == 0
    assert (hour_of(amina), mail.outbox) == (None, [])
    say_to(amina, 2, now=SUNDAY + HOUR)  # and the next one that waits sets the hour again
    assert hour_of(amina) == SUNDAY + timedelta(days=7)


def test_what_was_read_where_it_was_said_is_not_in_it(amina: User, places: Places) -> None:
    """Also when nobody told the notices: who answers in the room has read it."""
    say_to(amina, 1, now=TUESDAY)
    say_to(amina, 2, now=TUESDAY)
    places.read = {(amina.pk, KITCHEN): 1}
    send_due_digests(now=SUNDAY)
    assert Notification.objects.get(kind="DIGEST").args["rows"] == [["MENTION", APP, KITCHEN, 1]]
    say_to(amina, 3, now=SUNDAY)
    places.read = {(amina.pk, KITCHEN): 3}
    assert send_due_digests(now=SUNDAY + timedelta(days=7)) == 0


def test_nothing_is_told_in_two_digests(amina: User) -> None:
    choose(amina, digest=Pace.DAILY)
    say_to(amina, 1, now=TUESDAY)
    send_due_digests(now=TUESDAY + 5 * HOUR)
    say_to(amina, 2, place=GARDEN, now=TUESDAY + 6 * HOUR)
    send_due_digests(now=TUESDAY + 29 * HOUR)
    rows = Notification.objects.filter(kind="DIGEST").order_by("pk").values_list("args", flat=True)
    assert [row["rows"] for row in rows] == [[["MENTION", APP, KITCHEN, 1]], [["MENTION", APP, GARDEN, 1]]]


def test_two_processes_write_one(amina: User) -> None:
    say_to(amina, 1, now=TUESDAY)
    assert [send_due_digests(now=SUNDAY), send_due_digests(now=SUNDAY)] == [1, 0]
    assert Notification.objects.filter(kind="DIGEST").count() == 1


def test_one_that_fails_stays_due_and_holds_up_no_other(amina: User, ben: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its transaction goes back whole, hour included."""
    say_to(amina, 1, now=TUESDAY)
    say_to(ben, 1, now=TUESDAY)

    def fail(**words: Any) -> bool:
        if words["user_id"] == amina.pk:
            raise ValueError("strange values")
        return notify(**words)

    with monkeypatch.context() as broken:
        broken.setattr(digests, "notify", fail)
        assert send_due_digests(now=SUNDAY) == 1
    assert (hour_of(amina), hour_of(ben)) == (SUNDAY, None)
    assert send_due_digests(now=SUNDAY) == 1
    assert sorted(Notification.objects.filter(kind="DIGEST").values_list("user_id", flat=True)) == sorted([amina.pk, ben.pk])


# ---- What is in it ------------------------------------------------------------------------------------------------------------------


def test_it_counts_by_kind_and_place_the_most_first(amina: User) -> None:
    for seq in (1, 2, 3):
        say_to(amina, seq, now=TUESDAY)
    say_to(amina, 1, place=GARDEN, now=TUESDAY)
    say_to(amina, 2, place=GARDEN, kind=NoticeKind.REPLY, now=TUESDAY)
    Notification.objects.filter(subject_public_id=GARDEN, kind="MENTION").update(count=2)
    send_due_digests(now=SUNDAY)
    rows = Notification.objects.get(kind="DIGEST").args["rows"]
    assert rows == [["MENTION", APP, KITCHEN, 3], ["MENTION", APP, GARDEN, 2], ["REPLY", APP, GARDEN, 1]]
    assert "6 nouveautés vous attendent" in letter_of(amina, SUNDAY) + mail.outbox[-1].subject


def test_rooms_are_named_for_those_alone_who_chose_it_and_secret_ones_never(amina: User, places: Places) -> None:
    say_to(amina, 1, now=TUESDAY)
    say_to(amina, 1, place=GARDEN, now=TUESDAY)
    send_due_digests(now=SUNDAY)
    text = letter_of(amina, SUNDAY)
    assert ("Cuisine malgache" in text, "Jardin" in text, text.count("- 1 mention")) == (False, False, 2)
    places.secret = {GARDEN}
    for content in (Content.SENDER, Content.PREVIEW):
        NotificationSettings.objects.filter(user=amina).update(content=content)
        Delivery.objects.filter(notification__kind="DIGEST").update(state="WAITING", attempt=0)
        text = letter_of(amina, SUNDAY)
        assert ("- Cuisine malgache : 1 mention" in text.replace("\u00a0", " "), "Jardin" in text) == (True, False)


def test_a_name_that_looks_like_an_address_is_left_out(amina: User, places: Places) -> None:
    choose(amina, content=Content.SENDER)
    places.names[KITCHEN] = "www.evil.example"
    say_to(amina, 1, now=TUESDAY)
    send_due_digests(now=SUNDAY)
    text = letter_of(amina, SUNDAY)
    assert ("evil" in text, "- 1 mention" in text) == (False, True)


def test_very_many_rooms_are_counted_together(amina: User) -> None:
    for number in range(LINES + 1):
        say_to(amina, 1, place=f"{number:020d}", now=TUESDAY)
    send_due_digests(now=SUNDAY)
    assert Notification.objects.get(kind="DIGEST").args["rows"] == [["MENTION", "", "", LINES + 1]]


def test_only_what_waits_for_it_is_in_it(amina: User) -> None:
    """Mails that go at once, silence about a room, what is owed and what is off have no place in it."""
    tell(amina, NoticeKind.NEW_LOGIN, now=TUESDAY)
    tell(amina, NoticeKind.AGE_PROOF_EXPIRING, now=TUESDAY)
    say_to(amina, 1, hushed=True, now=TUESDAY)
    say_to(amina, 2, place=GARDEN, now=TUESDAY)
    send_due_digests(now=SUNDAY)
    assert Notification.objects.get(kind="DIGEST").args["rows"] == [["MENTION", APP, GARDEN, 1]]


def test_account_matters_can_wait_for_it_too(amina: User) -> None:
    Preference.objects.create(user=amina, category=Category.ACCOUNT, transport=Road.MAIL, level=Level.DIGEST)
    tell(amina, NoticeKind.AGE_PROOF_EXPIRING, now=TUESDAY)
    assert not Delivery.objects.filter(transport="EMAIL").exists()
    send_due_digests(now=SUNDAY)
    assert Notification.objects.get(kind="DIGEST").args["rows"] == [["AGE_PROOF_EXPIRING", "", "", 1]]
    assert "- 1 autre notification" in letter_of(amina, SUNDAY)


def test_it_is_no_notice_of_the_pages(amina: User) -> None:
    say_to(amina, 1, now=TUESDAY)
    before = count_unseen(user_id=amina.pk)
    send_due_digests(now=SUNDAY)
    assert [line.kind for line in list_notices(user=amina).lines] == ["MENTION"]
    assert count_unseen(user_id=amina.pk) == before
    assert Notification.objects.get(kind="DIGEST").seen_at is not None


def test_it_carries_the_way_to_end_it(amina: User) -> None:
    say_to(amina, 1, now=TUESDAY)
    send_due_digests(now=SUNDAY)
    text = letter_of(amina, SUNDAY)
    headers = mail.outbox[-1].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].strip("<>") in text
