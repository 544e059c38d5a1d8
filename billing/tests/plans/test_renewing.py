"""What a provider renews: ours follows its word, in any order and however often; an end here is told there until it is heard."""

from __future__ import annotations

import itertools
from datetime import datetime

import pytest

from accounts.enums import UserStatus
from accounts.events import AccountDeactivated
from accounts.models import User
from billing.enums import SubscriptionState
from billing.events import SubscriptionStopped
from billing.handlers import on_account_deactivated
from billing.models import Entitlement, PlanOrder, Subscription
from billing.providers.base import RenewingProvider
from billing.providers.table import NotConfigured
from billing.queries.subscriptions import find_subscription
from billing.services.renewing import RENEWING_GRACE, UnknownState
from billing.services.stopping import stop_at_provider
from billing.services.subscriptions import sync_provider_subscription
from billing.tests.plans.selling import DAY, NOON, Notification, has_premium, order, pay, price_of, subscribe
from core.models import OutboxEvent

pytestmark = pytest.mark.django_db
END = datetime.fromisoformat("2026-12-23T12:00:00+00:00")
NEXT = datetime.fromisoformat("2027-01-23T12:00:00+00:00")


def sync(
    user: User, state: str = "active", *, ref: str = "sub_1", end: datetime = END, cancel: bool = False, now: datetime = NOON
) -> Subscription:
    return sync_provider_subscription(
        user_id=user.pk,
        price_id=price_of().pk,
        provider="STRIPE",
        provider_ref=ref,
        state=state,
        period_end=end,
        cancel_at_period_end=cancel,
        now=now,
    )


def stops() -> list[dict[str, object]]:
    return list(OutboxEvent.objects.filter(event="billing.SubscriptionStopped").order_by("pk").values_list("payload", flat=True))


@pytest.mark.parametrize(
    ("word", "state", "entitled"),
    [
        ("trialing", "TRIALING", True),
        ("active", "ACTIVE", True),
        ("ACTIVE", "ACTIVE", True),
        ("past_due", "PAST_DUE", True),
        ("incomplete", "INCOMPLETE", False),
        ("incomplete_expired", "ENDED", False),
        ("unpaid", "UNPAID", False),
        ("paused", "PAUSED", False),
        ("canceled", "ENDED", False),
    ],
)
def test_each_word_of_the_provider_is_one_of_ours(amina: User, word: str, state: str, entitled: bool) -> None:
    row = sync(amina, word)
    assert (row.state, has_premium(amina, NOON), row.is_open) == (state, entitled, state != "ENDED")


def test_a_word_that_nobody_knows_changes_nothing(amina: User) -> None:
    sync(amina)
    with pytest.raises(UnknownState):
        sync(amina, "on_holiday")
    assert Subscription.objects.get().state == SubscriptionState.ACTIVE


@pytest.mark.parametrize("words", list(itertools.permutations(["active", "past_due", "unpaid"])))
def test_whatever_was_heard_before_the_last_word_counts(amina: User, words: tuple[str, ...]) -> None:
    for word in (*words, *words, "active"):
        sync(amina, word, now=NOON + DAY)
    row = Subscription.objects.get()
    assert (row.state, row.due_since, row.period_end, has_premium(amina, NOON + 2 * DAY)) == ("ACTIVE", None, END, True)
    assert Entitlement.objects.count() == 6


def test_a_renewal_moves_the_end_and_leaves_no_gap(amina: User) -> None:
    sync(amina)
    assert has_premium(amina, END + DAY / 2)  # the provider takes the money some time after the period has ended
    sync(amina, end=NEXT, now=END + DAY / 24)
    assert all(has_premium(amina, END + hours * DAY / 24) for hours in range(2, 24))
    assert has_premium(amina, NEXT - DAY)


def test_overdue_it_gives_seven_days_from_the_first_word_of_it(amina: User) -> None:
    sync(amina)
    for day in (0, 1, 5):
        sync(amina, "past_due", end=NEXT, now=END + day * DAY)
    assert Subscription.objects.get().due_since == END
    assert (has_premium(amina, END + RENEWING_GRACE - DAY), has_premium(amina, END + RENEWING_GRACE)) == (True, False)
    sync(amina, "active", end=NEXT, now=END + 9 * DAY)
    assert has_premium(amina, END + 9 * DAY)


def test_cancelled_it_ends_with_its_period_to_the_minute(amina: User) -> None:
    row = sync(amina, cancel=True)
    assert (row.cancel_at_period_end, row.canceled_at) == (True, NOON)
    assert (has_premium(amina, END - DAY / 24), has_premium(amina, END)) == (True, False)
    assert sync(amina, cancel=False).canceled_at is None


def test_it_takes_up_the_subscription_that_an_order_began(amina: User) -> None:
    made = order(amina)
    PlanOrder.objects.filter(pk=made.pk).update(renews=True)
    begun = pay(made, provider="STRIPE")
    assert (begun.renews, begun.provider_ref) == (True, None)
    row = sync(amina)
    assert (row.pk, row.provider_ref, Subscription.objects.count()) == (begun.pk, "sub_1", 1)


def test_whose_first_word_comes_before_the_payment_is_one_subscription(amina: User) -> None:
    made = order(amina)
    PlanOrder.objects.filter(pk=made.pk).update(renews=True)
    row = sync(amina)
    assert pay(made, provider="STRIPE").pk == row.pk
    row.refresh_from_db()
    assert (row.period_end, made.period_start, made.period_end) == (END, NOON, END)


def test_two_open_ones_both_count_and_wake_the_team(amina: User, mod: User) -> None:
    subscribe(amina)
    row = sync(amina)
    assert row.is_open
    assert Subscription.objects.filter(user=amina, open_key__isnull=False).count() == 2
    assert Notification.objects.get(user=mod).args["what"] == "SUBSCRIBED_TWICE"


def test_two_ids_that_differ_by_case_are_two(amina: User, ben: User) -> None:
    assert sync(amina, ref="sub_aB").pk != sync(ben, ref="sub_Ab").pk


def test_what_ended_here_before_the_provider_had_named_it_is_stopped_there(amina: User) -> None:
    made = order(amina)
    PlanOrder.objects.filter(pk=made.pk).update(renews=True)
    begun = pay(made, provider="STRIPE")
    Subscription.objects.filter(pk=begun.pk).update(state="ENDED", ended_at=NOON, open_key=None)
    row = sync(amina, now=NOON + DAY)
    assert (row.pk, row.state, row.provider_ref) == (begun.pk, "ENDED", "sub_1")
    assert stops() == [{"subscription_id": begun.pk, "at_once": True}]
    sync(amina, "canceled", now=NOON + 2 * DAY)
    assert len(stops()) == 1


# ---- Stopping at the provider -----------------------------------------------------------------------------------------------------
def test_without_a_name_there_is_nothing_to_stop_yet(amina: User) -> None:
    row = subscribe(amina).subscription
    assert row is not None
    assert stop_at_provider(subscription_id=row.pk, at_once=False, now=NOON) is False
    assert stop_at_provider(subscription_id=0, at_once=False, now=NOON) is False


def test_a_provider_without_keys_is_told_later(amina: User) -> None:
    """The outbox keeps the event and asks again."""
    row = sync(amina)
    Subscription.objects.filter(pk=row.pk).update(provider="AIRTEL")
    with pytest.raises((NotConfigured, RuntimeError)):
        stop_at_provider(subscription_id=row.pk, at_once=True, now=NOON)


def test_what_stops_is_said_by_those_who_renew() -> None:
    class Renews:
        def stop_subscription(self, provider_ref: str, *, at_once: bool, now: datetime) -> None:
            """Nothing."""

    assert isinstance(Renews(), RenewingProvider)
    assert not isinstance(object(), RenewingProvider)
    assert SubscriptionStopped(1, at_once=True) == SubscriptionStopped(subscription_id=1, at_once=True)


# ---- Leaving ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("status", "stopped"), [(UserStatus.CLOSING, True), (UserStatus.CLOSED, True), (UserStatus.DEACTIVATED, False)])
def test_an_account_that_closes_is_charged_no_more_and_a_pause_goes_on(amina: User, status: str, stopped: bool) -> None:
    sync(amina)
    User.objects.filter(pk=amina.pk).update(status=status)
    for _twice in range(2):
        on_account_deactivated(AccountDeactivated(user_id=amina.pk))
    found = find_subscription(user=amina)
    assert found is not None
    assert found.cancel_at_period_end is stopped
    assert len(stops()) == int(stopped)
