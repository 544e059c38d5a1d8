"""Paid in advance: each payment moves the end by one interval, once; nobody pays for days they have, and nobody has days unpaid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.enums import UserStatus
from accounts.models import User
from billing.deadlines import add_interval, withdrawal_deadline
from billing.enums import Interval, OrderKind, OrderState, PaymentState, RefundReason, SubscriptionState
from billing.events import PaymentSucceeded, PaymentSucceededLate
from billing.handlers import on_plan_paid
from billing.models import ContractLetter, Entitlement, PlanOrder, Refund, Subscription
from billing.queries.subscriptions import find_last_subscription, find_subscription
from billing.services.entitling import PREPAID_GRACE
from billing.services.quotes import make_quote
from billing.services.reminding import end_subscriptions
from billing.services.subscriptions import NoSuchOrder, extend_subscription
from billing.tests.plans.selling import DAY, NOON, Notification, has_premium, make_coupon, order, paid_payment, pay, price_of, subscribe

pytestmark = pytest.mark.django_db


def test_a_paid_order_opens_a_subscription_and_gives_its_plan_at_once(amina: User, carol: User) -> None:
    made = order(amina)
    assert not has_premium(amina, NOON)  # an order is no payment
    subscription = pay(made)
    assert (subscription.state, subscription.renews, subscription.provider, subscription.is_open) == ("ACTIVE", False, "MVOLA", True)
    assert (subscription.period_start, subscription.period_end) == (NOON, add_interval(NOON, "MONTH"))
    assert (made.state, made.paid_at, made.period_end, subscription.reference) == ("PAID", NOON, subscription.period_end, made.reference)
    assert (has_premium(amina, NOON), has_premium(carol, NOON)) == (True, False)
    assert has_premium(amina, subscription.period_end + PREPAID_GRACE - DAY / 24)
    assert not has_premium(amina, subscription.period_end + PREPAID_GRACE)


def test_told_of_a_payment_three_times_it_delivers_once(amina: User) -> None:
    payment = paid_payment(order(amina))
    ends = {extend_subscription(payment_id=payment.pk, now=NOON + hour * DAY / 24).period_end for hour in range(3)}  # type: ignore[union-attr]
    assert ends == {add_interval(NOON, "MONTH")}
    assert (Subscription.objects.count(), Entitlement.objects.count(), ContractLetter.objects.count()) == (1, 6, 1)


def test_the_next_month_is_added_to_the_end(amina: User) -> None:
    first = subscribe(amina)
    second = order(amina, now=NOON + 10 * DAY)
    pay(second, now=NOON + 10 * DAY)
    assert (second.kind, second.period_start) == (OrderKind.RENEWAL, first.period_end)
    assert find_subscription(user=amina).period_end == second.period_end == add_interval(add_interval(NOON, "MONTH"), "MONTH")  # type: ignore[union-attr]


def test_days_of_grace_that_were_used_count(amina: User) -> None:
    first = subscribe(amina)
    assert first.period_end is not None
    late = first.period_end + 2 * DAY
    second = order(amina, now=late)
    pay(second, now=late)
    assert second.period_start == first.period_end


def test_after_the_grace_a_new_period_begins_when_it_is_paid(amina: User) -> None:
    first = subscribe(amina)
    assert first.period_end is not None
    late = first.period_end + PREPAID_GRACE
    end_subscriptions(now=late)
    second = order(amina, now=late)
    pay(second, now=late)
    assert (second.kind, second.period_start) == (OrderKind.NEW, late)
    assert Subscription.objects.count() == 2


def test_without_the_express_request_it_begins_when_the_days_of_withdrawal_are_over(amina: User) -> None:
    made = subscribe(amina, immediate=False)
    start = withdrawal_deadline(NOON)
    assert (made.period_start, made.period_end) == (start, add_interval(start, "MONTH"))
    assert [has_premium(amina, moment) for moment in (NOON, start - DAY, start)] == [False, False, True]


# ---- Payments that do not fit ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "changes", [{"amount_minor": 498}, {"amount_minor": 49900}, {"currency": "USD"}, {"state": PaymentState.PENDING}, {"state": "FAILED"}]
)
def test_a_payment_that_differs_delivers_nothing_and_wakes_the_team(amina: User, mod: User, changes: dict[str, Any]) -> None:
    made = order(amina)
    payment = paid_payment(made, **changes)
    assert extend_subscription(payment_id=payment.pk, now=NOON) is None
    made.refresh_from_db()
    assert (made.state, Subscription.objects.count(), Entitlement.objects.count()) == (OrderState.ORDERED, 0, 0)
    assert Notification.objects.get(user=mod).args == {"what": "PAYMENT_FLAGGED", "ref": payment.our_reference}


def test_nobody_pays_with_anothers_payment(amina: User, carol: User) -> None:
    made = order(amina)
    assert extend_subscription(payment_id=paid_payment(made, payer=carol).pk, now=NOON) is None
    assert Entitlement.objects.count() == 0


def test_a_payment_of_something_else_is_refused(amina: User) -> None:
    with pytest.raises(NoSuchOrder):
        extend_subscription(payment_id=paid_payment(order(amina), subject_key="wallet:1").pk, now=NOON)


def test_a_second_payment_of_one_order_goes_back_whole(amina: User) -> None:
    made = subscribe(amina)
    twice = paid_payment(made, provider="ORANGE")
    assert extend_subscription(payment_id=twice.pk, now=NOON + DAY) is None
    back = Refund.objects.get()
    assert (back.payment, back.amount_minor, back.reason) == (twice, 499, RefundReason.DUPLICATE)
    assert Entitlement.objects.count() == 6


def test_an_order_that_was_given_up_is_delivered_when_it_is_paid_after_all(amina: User) -> None:
    made = order(amina)
    PlanOrder.objects.update(state=OrderState.EXPIRED)
    assert pay(made, now=NOON + 3 * DAY).state == SubscriptionState.ACTIVE
    assert (made.state, made.period_start) == (OrderState.PAID, NOON + 3 * DAY)


def test_a_late_payment_of_an_order_that_was_withdrawn_goes_back(amina: User) -> None:
    made = order(amina)
    PlanOrder.objects.update(state=OrderState.WITHDRAWN)
    assert extend_subscription(payment_id=paid_payment(made).pk, now=NOON) is None
    assert Refund.objects.get().reason == RefundReason.LATE_SUCCESS


def test_whose_account_is_closed_gets_the_money_back(amina: User) -> None:
    made = order(amina)
    User.objects.filter(pk=amina.pk).update(status=UserStatus.CLOSED)
    assert extend_subscription(payment_id=paid_payment(made).pk, now=NOON) is None
    assert (Refund.objects.count(), Entitlement.objects.count()) == (1, 0)


@pytest.mark.parametrize("late", [False, True])
def test_the_events_of_payments_deliver_orders_and_leave_the_rest_alone(amina: User, late: bool) -> None:
    now = timezone.now()
    payment = paid_payment(order(amina, now=now), now=now)
    kind = PaymentSucceededLate if late else PaymentSucceeded
    on_plan_paid(kind(payment.pk, "WALLET_TOPUP", payment.subject_key))
    on_plan_paid(kind(payment.pk, "SUBSCRIPTION", "subscription:renewed"))
    assert Entitlement.objects.count() == 0
    on_plan_paid(kind(payment.pk, "SUBSCRIPTION", payment.subject_key))
    assert Entitlement.objects.count() == 6


def test_an_order_of_nothing_is_settled_without_a_payment(amina: User) -> None:
    make_coupon(percent=100)
    made = order(amina, coupon_code="BIENVENUE")
    assert (made.amount_minor, made.state, made.payment) == (0, OrderState.PAID, None)
    assert has_premium(amina, NOON)


# ---- Upgrades -------------------------------------------------------------------------------------------------------------------
def test_an_upgrade_takes_the_place_of_what_it_was_credited_with(amina: User) -> None:
    month = subscribe(amina)
    at = NOON + 15 * DAY
    year = order(amina, price_of(Interval.YEAR), now=at)
    subscription = pay(year, now=at)
    month.refresh_from_db()
    assert (year.amount_minor, year.credit_minor) == (4740, 250)
    assert (month.state, month.replaced_by) == (OrderState.REPLACED, year)
    assert (subscription.period_start, subscription.period_end, subscription.price.interval) == (at, at.replace(year=2027), "YEAR")
    assert Subscription.objects.count() == 1
    assert has_premium(amina, at.replace(year=2027))  # days of grace
    assert Entitlement.objects.filter(source_key=month.source_key, ends_at=at).count() == 6


def test_a_credit_is_never_used_twice(amina: User) -> None:
    """Two tabs: two upgrades with the same credit, both paid."""
    subscribe(amina)
    first = order(amina, price_of(Interval.YEAR))
    PlanOrder.objects.filter(pk=first.pk).update(ordered_at=NOON)
    paid_payment(first, state=PaymentState.PENDING)
    second = order(amina, price_of(Interval.YEAR))
    pay(first)
    pay(second)
    worth = (second.period_end - second.period_start) / (add_interval(second.period_start, "YEAR") - second.period_start)  # type: ignore[operator,arg-type]
    assert second.period_start == first.period_end
    assert worth == pytest.approx(4491 / 4990)


def test_a_month_bought_while_an_upgrade_was_open_follows_it(amina: User) -> None:
    subscribe(amina)
    year = order(amina, price_of(Interval.YEAR), now=NOON + DAY)
    paid_payment(year, state=PaymentState.PENDING)
    month = order(amina, now=NOON + 2 * DAY)
    pay(month, now=NOON + 2 * DAY)
    pay(year, now=NOON + 3 * DAY)
    month.refresh_from_db()
    assert (month.state, month.period_start) == (OrderState.PAID, year.period_end)
    assert find_subscription(user=amina).period_end == month.period_end  # type: ignore[union-attr]


# ---- The end --------------------------------------------------------------------------------------------------------------------
def test_the_end_comes_after_the_grace_and_is_told_once(amina: User) -> None:
    made = subscribe(amina)
    assert made.period_end is not None
    assert end_subscriptions(now=made.period_end - DAY) == 0
    assert end_subscriptions(now=made.period_end) == 0
    assert find_subscription(user=amina).state == SubscriptionState.PAST_DUE  # type: ignore[union-attr]
    assert end_subscriptions(now=made.period_end + PREPAID_GRACE) == 1
    assert end_subscriptions(now=made.period_end + PREPAID_GRACE + DAY) == 0
    assert find_subscription(user=amina) is None
    ended = find_last_subscription(user=amina)
    assert ended is not None
    assert (ended.state, ended.open_key) == (SubscriptionState.ENDED, None)
    assert list(Notification.objects.filter(user=amina).values_list("kind", flat=True)) == ["SUBSCRIPTION_ENDED"]


def test_paid_in_the_grace_it_is_not_ended(amina: User) -> None:
    made = subscribe(amina)
    assert made.period_end is not None
    end_subscriptions(now=made.period_end + DAY)
    subscribe(amina, now=made.period_end + 2 * DAY)
    assert end_subscriptions(now=made.period_end + PREPAID_GRACE) == 0
    assert find_subscription(user=amina).state == SubscriptionState.ACTIVE  # type: ignore[union-attr]


def test_a_quote_after_the_end_is_a_new_beginning(amina: User) -> None:
    made = subscribe(amina)
    assert made.period_end is not None
    end_subscriptions(now=made.period_end + PREPAID_GRACE)
    assert make_quote(user=amina, price=price_of(), country="FR", now=made.period_end + 9 * DAY).kind == OrderKind.NEW


# ---- At once --------------------------------------------------------------------------------------------------------------------
@pytest.mark.servers
@pytest.mark.skipif(connection.vendor == "sqlite", reason="needs writers that work at the same time")
@pytest.mark.django_db(transaction=True)
def test_many_told_at_once_of_two_payments_deliver_each_once(amina: User) -> None:
    payments = []
    for _order in range(2):
        made = order(amina)
        payments.append(paid_payment(made, state=PaymentState.PENDING))
    for payment in payments:
        payment.state = PaymentState.SUCCEEDED
        payment.save()
    start = Barrier(8)

    def tell(number: int) -> object:
        start.wait(timeout=30)
        try:
            return extend_subscription(payment_id=payments[number % 2].pk, now=NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as crowd:
        assert None not in list(crowd.map(tell, range(8)))
    subscription = Subscription.objects.get()
    assert subscription.period_end == add_interval(add_interval(NOON, "MONTH"), "MONTH")
    assert (Entitlement.objects.count(), Refund.objects.count()) == (12, 0)
