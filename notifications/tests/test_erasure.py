"""What leads to somebody and what they were told goes when they are erased, batch by batch, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from core.erasing import BATCH, Rows
from notifications.counts import count_unseen
from notifications.models import Delivery, Notification, NotificationSettings, Preference
from notifications.services.erasure import drop_reach, erase_notices, forget_caches, has_caches, has_notices, has_reach
from notifications.tests.factories import NOON, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(amina: User, ben: User) -> User:
    """Ben was told something, as Amina was, and has said how he wants to be."""
    for person in (amina, ben):
        tell(person)
        NotificationSettings.objects.get_or_create(user=person)
        Preference.objects.create(user=person, category="ROOMS", transport="MAIL", level="OFF")
    return ben


def do(deed: Callable[..., Rows], user: User) -> int:
    total = 0
    while rows := deed(user_id=user.pk, now=NOON):
        total += sum(rows.values())
    return total


def test_the_roads_to_them_go_and_those_to_others_stay(told: User, amina: User) -> None:
    hers = Delivery.objects.filter(notification__user=amina).count()
    assert (has_reach(user_id=told.pk), hers > 0) == (True, True)
    assert do(drop_reach, told) >= 3
    assert (has_reach(user_id=told.pk), has_reach(user_id=amina.pk)) == (False, True)
    assert Delivery.objects.filter(notification__user=amina).count() == hers
    assert (Preference.objects.get().user, NotificationSettings.objects.get().user) == (amina, amina)


def test_what_they_were_told_goes_with_what_was_to_be_sent_of_it(told: User, amina: User) -> None:
    assert has_notices(user_id=told.pk)
    assert do(erase_notices, told) >= 1
    assert (has_notices(user_id=told.pk), has_notices(user_id=amina.pk)) == (False, True)
    assert not Delivery.objects.filter(notification__user=told).exists()


def test_more_than_a_batch_goes_in_batches(ben: User) -> None:
    plain = {"kind": "NEW_LOGIN", "subject_app": "accounts", "subject_kind": "USER", "subject_public_id": "x" * 20, "path": "/account/"}
    rows = [Notification(user=ben, group_key="g", dedupe_key=f"n{number}", created_at=NOON, **plain) for number in range(BATCH + 1)]
    Notification.objects.bulk_create(rows)
    table = Notification._meta.db_table
    assert [erase_notices(user_id=ben.pk, now=NOON) for _batch in range(3)] == [{table: BATCH}, {table: 1}, {}]


def test_the_count_of_the_bell_is_forgotten(told: User, amina: User) -> None:
    for person in (told, amina):
        assert count_unseen(user_id=person.pk) == 1
    forget_caches(user_id=told.pk)
    assert (has_caches(user_id=told.pk), has_caches(user_id=amina.pk)) == (False, True)


def test_of_somebody_who_was_told_nothing_nothing_goes(carol: User) -> None:
    assert (do(drop_reach, carol), do(erase_notices, carol)) == (0, 0)
    assert (has_reach(user_id=carol.pk), has_notices(user_id=carol.pk), has_caches(user_id=carol.pk)) == (False, False, False)
