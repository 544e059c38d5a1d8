"""Carrying: each try once, later again, given up at last; nothing lost when a process ends in its middle."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.enums import SuspensionKind, UserStatus
from accounts.models import User
from accounts.services.suspension import suspend
from core.models import OutboxEvent, OutboxState
from notifications.enums import NoticeKind
from notifications.events import DeliveryDue
from notifications.models import Delivery, Notification
from notifications.services.deliveries import LEASE, pause_after, run_delivery, wake_due
from notifications.tests.factories import NOON, deliver_all, only, tell
from notifications.transports import CARRIERS
from notifications.transports.base import Outcome, Retry
from notifications.words.base import Words

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Stubborn:
    """A road that is closed for now, and counts who comes."""

    def __init__(self) -> None:
        self.tries = 0

    def send(self, delivery: Delivery, *, words: Words, now: datetime) -> Outcome:
        self.tries += 1
        return Retry("CLOSED")


class Dying:
    """A road on which the process ends."""

    def send(self, delivery: Delivery, *, words: Words, now: datetime) -> Outcome:
        raise KeyboardInterrupt


@pytest.fixture
def stubborn(monkeypatch: pytest.MonkeyPatch) -> Stubborn:
    made = Stubborn()
    monkeypatch.setitem(CARRIERS, "EMAIL", made)
    return made


def due() -> list[dict[str, int]]:
    """Deliveries that the outbox was asked for and has not done."""
    return list(OutboxEvent.objects.filter(state=OutboxState.PENDING).order_by("pk").values_list("payload", flat=True))


def test_the_outbox_carries_all_roads(amina: User) -> None:
    tell(amina, now=timezone.now())
    assert mail.outbox == []  # nothing leaves in the request
    assert deliver_all() == 2
    assert set(Delivery.objects.values_list("state", "attempt", "reason")) == {("SENT", 1, "")}
    assert [letter.to for letter in mail.outbox] == [["amina@example.org"]]
    assert deliver_all() == 0


def test_the_same_event_twice_sends_one_mail(amina: User) -> None:
    tell(amina)
    event = DeliveryDue(delivery_id=only().pk, attempt=0)
    for _twice in range(2):
        run_delivery(delivery_id=event.delivery_id, attempt=event.attempt, now=NOON)
    assert len(mail.outbox) == 1


def test_a_late_event_of_an_earlier_try_changes_nothing(amina: User, stubborn: Stubborn) -> None:
    tell(amina)
    for attempt in (0, 1, 0, 1, 1):
        run_delivery(delivery_id=only().pk, attempt=attempt, now=NOON)
    assert (stubborn.tries, only().attempt) == (2, 2)


def test_a_process_that_ends_in_the_middle_is_followed_by_another(amina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(amina)
    with monkeypatch.context() as dying:
        dying.setitem(CARRIERS, "EMAIL", Dying())
        with pytest.raises(KeyboardInterrupt):
            run_delivery(delivery_id=only().pk, attempt=0, now=NOON)
    assert (only().state, only().attempt, only().next_at) == ("WAITING", 1, NOON + LEASE)
    OutboxEvent.objects.all().delete()
    assert wake_due(now=NOON + LEASE - timedelta(seconds=1)) == 1  # the in-app one alone
    OutboxEvent.objects.all().delete()
    assert wake_due(now=NOON + LEASE) == 1
    assert due() == [{"delivery_id": only().pk, "attempt": 1}]
    run_delivery(delivery_id=only().pk, attempt=1, now=NOON + LEASE)
    assert (only().state, only().attempt, len(mail.outbox)) == ("SENT", 2, 1)


def test_waking_again_before_the_outbox_came_round_asks_once(amina: User) -> None:
    tell(amina)
    OutboxEvent.objects.all().delete()
    assert [wake_due(now=NOON), wake_due(now=NOON), wake_due(now=NOON + MINUTE)] == [2, 0, 0]
    assert len(due()) == 2


def test_pauses_grow_and_then_stay(amina: User, stubborn: Stubborn) -> None:
    tell(amina)
    now, pauses = NOON, []
    for attempt in range(6):
        run_delivery(delivery_id=only().pk, attempt=attempt, now=now)
        pauses.append((only().next_at - now) // MINUTE)
        now = only().next_at
    assert pauses == [1, 5, 30, 30, 30, 30]
    assert (only().state, only().reason) == ("WAITING", "CLOSED")
    assert pause_after(1) == MINUTE


def test_what_is_of_no_use_any_more_is_given_up_untried(amina: User, stubborn: Stubborn) -> None:
    tell(amina)
    run_delivery(delivery_id=only().pk, attempt=0, now=NOON + timedelta(hours=71, minutes=59))
    assert (stubborn.tries, only().state) == (1, "WAITING")
    run_delivery(delivery_id=only().pk, attempt=1, now=NOON + timedelta(hours=72))
    assert (stubborn.tries, only().state, only().reason) == (1, "FAILED", "TOO_LATE")
    assert wake_due(now=NOON + timedelta(days=6)) == 1  # the in-app one alone


def test_what_has_ended_is_never_woken(amina: User) -> None:
    tell(amina, now=timezone.now())
    deliver_all()
    assert wake_due(now=timezone.now() + timedelta(days=1)) == 0


def test_a_notice_that_is_gone_is_carried_nowhere(amina: User) -> None:
    tell(amina)
    pk = only().pk
    Notification.objects.all().delete()
    run_delivery(delivery_id=pk, attempt=0, now=NOON)
    assert mail.outbox == []


@pytest.mark.parametrize("status", [UserStatus.CLOSING, UserStatus.CLOSED])
def test_a_closed_account_gets_no_mail(amina: User, status: UserStatus) -> None:
    tell(amina)
    User.objects.filter(pk=amina.pk).update(status=status)
    run_delivery(delivery_id=only().pk, attempt=0, now=NOON)
    assert (only().state, only().reason, mail.outbox) == ("GONE", "ACCOUNT", [])


@pytest.mark.parametrize(("kind", "state"), [(NoticeKind.NEW_LOGIN, "SENT"), (NoticeKind.TERMS_CHANGED, "SUPPRESSED")])
def test_whom_the_house_turned_out_hears_of_their_security_alone(amina: User, kind: NoticeKind, state: str) -> None:
    tell(amina, kind)
    suspend(user=amina, kind=SuspensionKind.SUSPENDED, decision_ref="D-1", reason="insultes", now=NOON)
    run_delivery(delivery_id=only().pk, attempt=0, now=NOON)
    assert (only().state, len(mail.outbox)) == (state, int(state == "SENT"))


def test_a_mail_that_fails_does_not_hold_the_bell(amina: User, stubborn: Stubborn) -> None:
    tell(amina, now=timezone.now())
    deliver_all()
    assert dict(Delivery.objects.values_list("transport", "state")) == {"IN_APP": "SENT", "EMAIL": "WAITING"}


def test_three_queries_to_claim_and_settle(amina: User, stubborn: Stubborn, django_assert_num_queries: Any) -> None:
    tell(amina, NoticeKind.NEW_LOGIN)
    pk = only().pk
    with django_assert_num_queries(3):
        run_delivery(delivery_id=pk, attempt=0, now=NOON)
