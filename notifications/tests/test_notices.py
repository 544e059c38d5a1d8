"""Telling somebody something: once, in the caller's transaction, to nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from core.models import OutboxEvent
from notifications.enums import NoticeKind
from notifications.models import Delivery, Notification
from notifications.queries import count_unseen
from notifications.services.notices import Subject
from notifications.tests.factories import NOON, tell

pytestmark = pytest.mark.django_db


def test_a_notice_is_a_row_with_a_delivery_for_each_road_and_an_event_for_each_delivery(amina: User) -> None:
    assert tell(amina)
    row = Notification.objects.get()
    assert (row.user_id, row.kind, row.args, row.created_at, row.seen_at, row.read_at) == (
        amina.pk,
        "NEW_LOGIN",
        {"agent": "Firefox · Android"},
        NOON,
        None,
        None,
    )
    assert (row.subject_app, row.subject_kind, row.subject_public_id) == ("accounts", "USER", amina.public_id)
    deliveries = list(Delivery.objects.order_by("pk").values_list("transport", "state", "attempt", "next_at"))
    assert deliveries == [("IN_APP", "WAITING", 0, NOON), ("EMAIL", "WAITING", 0, NOON)]
    assert list(OutboxEvent.objects.order_by("pk").values_list("event", "payload")) == [
        ("notifications.DeliveryDue", {"delivery_id": pk, "attempt": 0})
        for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True)
    ]


def test_told_twice_it_is_told_once(amina: User) -> None:
    assert [tell(amina), tell(amina)] == [True, False]
    assert (Notification.objects.count(), Delivery.objects.count(), OutboxEvent.objects.count()) == (1, 2, 2)


def test_another_fact_and_another_person_are_told_by_themselves(amina: User, ben: User) -> None:
    assert [tell(amina), tell(amina, key="2"), tell(ben)] == [True, True, True]
    assert Notification.objects.filter(user=ben).count() == 1


def test_what_is_rolled_back_was_never_told(amina: User) -> None:
    with transaction.atomic():
        tell(amina)
        transaction.set_rollback(True)
    assert (Notification.objects.count(), Delivery.objects.count(), OutboxEvent.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_person_who_is_gone_cannot_be_told() -> None:
    nobody = User(pk=10**9, public_id="z" * 20)
    with pytest.raises(IntegrityError):
        tell(nobody)
    assert Notification.objects.count() == 0


def test_the_count_is_one_query_and_then_none(amina: User, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_assert_num_queries(1):
        assert [count_unseen(user_id=amina.pk), count_unseen(user_id=amina.pk)] == [0, 0]
    with django_capture_on_commit_callbacks(execute=True):
        tell(amina)
    with django_assert_num_queries(1):
        assert [count_unseen(user_id=amina.pk), count_unseen(user_id=amina.pk)] == [1, 1]


def test_a_former_address_goes_with_its_own_road_alone(amina: User) -> None:
    tell(amina, NoticeKind.EMAIL_CHANGED, former_address=b"sealed")
    assert {row.transport: bytes(row.address) for row in Delivery.objects.all()} == {"IN_APP": b"", "EMAIL": b"", "EMAIL_FORMER": b"sealed"}


def test_a_subject_is_named_by_its_outward_id(amina: User) -> None:
    assert Subject.account(amina).public_id == amina.public_id != str(amina.pk)
