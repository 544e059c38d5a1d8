"""Subscriptions as the clock drives them: renewals, what happens when nobody pays, trials, changes of price."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from billing.tests.stripe.making import get, item_of, make_customer, make_price, subscribe
from billing.tests.stripe.standin import ASKS_ALWAYS, DAY, DECLINED, FAILS_LATER, HOUR, OK, StandIn

MONTH = 31 * DAY


def invoices(standin: StandIn, name: str) -> list[tuple[str | None, str | None, int]]:
    """Of a subscription, the oldest first: why, how it stands, what it asks."""
    rows = standin.sdk.invoices.list({"subscription": name, "limit": 100}).data
    return [(one.billing_reason, one.status, one.amount_due) for one in reversed(rows)]


def live_to_renewal(standin: StandIn, made: Any) -> None:
    """Until the draft of the renewal has been finalized and tried."""
    standin.control("clock", to=item_of(made).current_period_end + 2 * HOUR)


def fail_from_now_on(standin: StandIn, made: Any) -> None:
    standin.sdk.subscriptions.update(made.id, {"default_payment_method": "pm_card_chargeCustomerFail"})


def test_a_renewal_a_month(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin), make_customer(standin))
    first_end = item_of(made).current_period_end
    live_to_renewal(standin, made)
    renewed = get(standin, made.id)
    assert renewed.status == "active"
    assert item_of(renewed).current_period_start == first_end
    assert invoices(standin, made.id) == [("subscription_create", "paid", 499), ("subscription_cycle", "paid", 499)]
    kinds = standin.kinds()
    assert kinds.index("invoice.upcoming") < kinds.index("invoice.finalized", kinds.index("invoice.upcoming"))
    assert kinds.count("invoice.paid") == 2


def test_twelve_renewals_keep_the_day_of_the_month(standin: StandIn) -> None:
    clock = standin.sdk.test_helpers.test_clocks.create({"frozen_time": int(datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp())})
    customer = make_customer(standin, test_clock=clock.id)
    made = subscribe(standin, make_price(standin), customer)
    standin.sdk.test_helpers.test_clocks.advance(clock.id, {"frozen_time": int(datetime(2027, 6, 1, tzinfo=UTC).timestamp())})
    rows = standin.sdk.invoices.list({"subscription": made.id}).data
    starts = [datetime.fromtimestamp(one.lines.data[0].period.start, UTC) for one in reversed(rows)]
    assert [(one.month, one.day) for one in starts] == [(1, 31), (2, 28), (3, 31), (4, 30), (5, 31)]
    assert standin.sdk.test_helpers.test_clocks.retrieve(clock.id).status == "ready"


def test_a_test_clock_moves_its_customers_alone(standin: StandIn) -> None:
    clock = standin.sdk.test_helpers.test_clocks.create({"frozen_time": standin.now()})
    price = make_price(standin)
    moved = subscribe(standin, price, make_customer(standin, test_clock=clock.id))
    still = subscribe(standin, price, make_customer(standin))
    standin.sdk.test_helpers.test_clocks.advance(clock.id, {"frozen_time": standin.now() + 40 * DAY})
    assert len(invoices(standin, moved.id)) == 2
    assert len(invoices(standin, still.id)) == 1
    with pytest.raises(stripe.InvalidRequestError, match="frozen_time"):
        standin.sdk.test_helpers.test_clocks.advance(clock.id, {"frozen_time": 1})


def test_unpaid_renewals_are_tried_for_a_week_then_it_ends(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin), make_customer(standin))
    fail_from_now_on(standin, made)
    live_to_renewal(standin, made)
    assert get(standin, made.id).status == "past_due"
    standin.advance(6 * DAY)
    assert get(standin, made.id).status == "past_due"
    standin.advance(2 * DAY)
    ended = get(standin, made.id)
    assert ended.status == "canceled"
    assert ended.cancellation_details is not None
    assert ended.cancellation_details.reason == "payment_failed"
    invoice = standin.sdk.invoices.list({"subscription": made.id}).data[0]
    assert (invoice.status, invoice.attempt_count, invoice.next_payment_attempt) == ("open", 4, None)
    assert standin.kinds().count("invoice.payment_failed") == 4


def test_an_account_may_leave_it_unpaid_instead(standin: StandIn) -> None:
    standin.control("behave", after_retries="unpaid")
    made = subscribe(standin, make_price(standin), make_customer(standin))
    fail_from_now_on(standin, made)
    live_to_renewal(standin, made)
    standin.advance(8 * DAY)
    assert get(standin, made.id).status == "unpaid"


def test_a_new_card_in_time_saves_it(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin), make_customer(standin))
    fail_from_now_on(standin, made)
    live_to_renewal(standin, made)
    portal = standin.sdk.billing_portal.sessions.create(
        {"customer": str(made.customer), "flow_data": {"type": "payment_method_update"}, "return_url": "http://127.0.0.1:1/back"}
    )
    assert standin.press(portal.url, "card", card=OK).place == "http://127.0.0.1:1/back"
    standin.advance(4 * DAY)
    assert get(standin, made.id).status == "active"
    assert invoices(standin, made.id)[-1] == ("subscription_cycle", "paid", 499)


def test_a_renewal_that_the_bank_asks_about(standin: StandIn) -> None:
    customer = make_customer(standin)
    made = subscribe(standin, make_price(standin), customer)
    standin.sdk.subscriptions.update(made.id, {"default_payment_method": "pm_card_authenticationRequired"})
    live_to_renewal(standin, made)
    assert get(standin, made.id).status == "past_due"
    assert "invoice.payment_action_required" in standin.kinds()
    invoice = standin.sdk.invoices.retrieve(str(get(standin, made.id).latest_invoice), {"expand": ["payments"]})
    assert invoice.hosted_invoice_url is not None
    page = standin.visit(invoice.hosted_invoice_url)
    assert "Confirm with your bank" in page.text
    assert invoice.payments is not None
    standin.press(f"/3ds/{invoice.payments.data[0].payment.payment_intent}", "complete")
    assert get(standin, made.id).status == "active"
    assert standin.sdk.invoices.retrieve(invoice.id).status == "paid"


def test_a_first_payment_has_23_hours(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin), make_customer(standin, card=FAILS_LATER))
    assert made.status == "incomplete"
    standin.advance(22 * HOUR)
    assert get(standin, made.id).status == "incomplete"
    standin.advance(2 * HOUR)
    assert get(standin, made.id).status == "incomplete_expired"
    assert invoices(standin, made.id) == [("subscription_create", "void", 499)]


def test_an_error_instead_of_an_incomplete_one(standin: StandIn) -> None:
    customer = make_customer(standin, card=FAILS_LATER)
    with pytest.raises(stripe.CardError) as refused:
        subscribe(standin, make_price(standin), customer, payment_behavior="error_if_incomplete")
    assert refused.value.code == "card_declined"
    assert standin.sdk.subscriptions.list({"customer": customer}).data == []


def test_a_trial_costs_nothing_and_then_it_costs(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin), make_customer(standin), trial_period_days=14)
    assert made.status == "trialing"
    assert invoices(standin, made.id) == [("subscription_create", "paid", 0)]
    standin.advance(12 * DAY)
    assert "customer.subscription.trial_will_end" in standin.kinds()
    standin.advance(2 * DAY + 2 * HOUR)
    assert get(standin, made.id).status == "active"
    assert invoices(standin, made.id)[-1] == ("subscription_cycle", "paid", 499)


def test_it_ends_with_its_period(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin), make_customer(standin))
    standin.sdk.subscriptions.update(made.id, {"cancel_at_period_end": True})
    assert get(standin, made.id).status == "active"
    live_to_renewal(standin, made)
    assert get(standin, made.id).status == "canceled"
    assert len(invoices(standin, made.id)) == 1
    with pytest.raises(stripe.InvalidRequestError):
        standin.sdk.subscriptions.cancel(made.id)


def test_an_end_that_is_taken_back(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin), make_customer(standin))
    standin.sdk.subscriptions.update(made.id, {"cancel_at_period_end": True})
    resumed = standin.sdk.subscriptions.update(made.id, {"cancel_at_period_end": False})
    assert (resumed.cancel_at_period_end, resumed.cancel_at) == (False, None)
    live_to_renewal(standin, made)
    assert get(standin, made.id).status == "active"


# ---- Changes of price ------------------------------------------------------------------------------------------------------------------
def change(made: Any, price: str, **more: Any) -> Any:
    return {"items": [{"id": item_of(made).id, "price": price}], "proration_behavior": "always_invoice", **more}


def test_from_a_month_to_a_year_at_the_start_of_the_period(standin: StandIn) -> None:
    """The vector of the design: 4.99 a month to 49.90 a year invoices 44.91."""
    made = subscribe(standin, make_price(standin, 499), make_customer(standin))
    yearly = make_price(standin, 4_990, interval="year")
    details = change(made, yearly)
    shown = standin.sdk.invoices.create_preview({"subscription": made.id, "subscription_details": details})
    assert shown.total == 4_491
    assert [line.amount for line in shown.lines.data] == [-499, 4_990]
    standin.sdk.subscriptions.update(made.id, change(made, yearly, payment_behavior="pending_if_incomplete"))
    changed = get(standin, made.id)
    assert item_of(changed).price.id == yearly
    assert item_of(changed).current_period_end - item_of(changed).current_period_start >= 365 * DAY
    assert invoices(standin, made.id)[-1] == ("subscription_update", "paid", 4_491)


@pytest.mark.parametrize("days", [-1, 32])
def test_nothing_is_prorated_outside_of_the_period(standin: StandIn, days: int) -> None:
    made = subscribe(standin, make_price(standin, 499), make_customer(standin))
    details = change(made, make_price(standin, 900), proration_date=standin.now() + days * DAY)
    with pytest.raises(stripe.InvalidRequestError, match="outside of current subscription period"):
        standin.sdk.invoices.create_preview({"subscription": made.id, "subscription_details": details})


def test_to_a_dearer_price_in_the_middle(standin: StandIn) -> None:
    clock = standin.sdk.test_helpers.test_clocks.create({"frozen_time": int(datetime(2027, 4, 1, tzinfo=UTC).timestamp())})
    made = subscribe(standin, make_price(standin, 3_000), make_customer(standin, test_clock=clock.id))
    standin.sdk.test_helpers.test_clocks.advance(clock.id, {"frozen_time": int(datetime(2027, 4, 16, tzinfo=UTC).timestamp())})
    standin.sdk.subscriptions.update(made.id, change(made, make_price(standin, 5_000)))
    assert invoices(standin, made.id)[-1] == ("subscription_update", "paid", 1_000)  # half of 5 000 less half of 3 000
    assert item_of(get(standin, made.id)).current_period_end == item_of(made).current_period_end


def test_prorations_may_wait_for_the_next_invoice(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin, 1_000), make_customer(standin))
    standin.sdk.subscriptions.update(made.id, change(made, make_price(standin, 1_500), proration_behavior="create_prorations"))
    assert len(invoices(standin, made.id)) == 1
    assert standin.sdk.invoices.create_preview({"subscription": made.id}).total == 1_500 + 500
    live_to_renewal(standin, made)
    assert invoices(standin, made.id)[-1] == ("subscription_cycle", "paid", 2_000)


def test_a_change_that_nobody_pays_does_not_happen(standin: StandIn) -> None:
    monthly, yearly = make_price(standin, 499), make_price(standin, 4_990, interval="year")
    made = subscribe(standin, monthly, make_customer(standin))
    fail_from_now_on(standin, made)
    changed = standin.sdk.subscriptions.update(made.id, change(made, yearly, payment_behavior="pending_if_incomplete"))
    assert changed.pending_update is not None
    assert item_of(changed).price.id == monthly
    assert changed.status == "active"
    standin.advance(24 * HOUR)
    after = get(standin, made.id)
    assert (after.pending_update, item_of(after).price.id, after.status) == (None, monthly, "active")
    assert invoices(standin, made.id)[-1] == ("subscription_update", "void", 4_491)


def test_a_change_that_is_paid_later_happens_then(standin: StandIn) -> None:
    yearly = make_price(standin, 4_990, interval="year")
    made = subscribe(standin, make_price(standin, 499), make_customer(standin))
    standin.sdk.subscriptions.update(made.id, {"default_payment_method": "pm_card_authenticationRequired"})
    standin.sdk.subscriptions.update(made.id, change(made, yearly, payment_behavior="pending_if_incomplete"))
    invoice = standin.sdk.invoices.retrieve(str(get(standin, made.id).latest_invoice))
    assert invoice.hosted_invoice_url is not None
    standin.pay(invoice.hosted_invoice_url, ASKS_ALWAYS)
    after = get(standin, made.id)
    assert (after.pending_update, item_of(after).price.id) == (None, yearly)


def test_pending_changes_take_few_words(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin), make_customer(standin))
    params = change(made, make_price(standin, 900), payment_behavior="pending_if_incomplete", metadata={"a": "b"})
    with pytest.raises(stripe.InvalidRequestError, match="pending_if_incomplete"):
        standin.sdk.subscriptions.update(made.id, params)


def test_a_shorter_interval_at_the_end_of_the_period(standin: StandIn) -> None:
    yearly, monthly = make_price(standin, 4_990, interval="year"), make_price(standin, 499)
    made = subscribe(standin, yearly, make_customer(standin))
    item = item_of(made)
    schedule = standin.sdk.subscription_schedules.create({"from_subscription": made.id})
    now: Any = {"start_date": item.current_period_start, "end_date": item.current_period_end, "items": [{"price": yearly}]}
    later: Any = {"start_date": item.current_period_end, "items": [{"price": monthly}]}
    standin.sdk.subscription_schedules.update(schedule.id, {"phases": [now, later]})
    assert item_of(get(standin, made.id)).price.id == yearly
    live_to_renewal(standin, made)
    after = get(standin, made.id)
    assert (item_of(after).price.id, after.schedule) == (monthly, None)
    assert invoices(standin, made.id)[-1] == ("subscription_cycle", "paid", 499)


def test_a_cheaper_year_leaves_credit_for_the_next_invoice(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin, 3_000), make_customer(standin))
    standin.sdk.subscriptions.update(made.id, change(made, make_price(standin, 1_000)))
    assert invoices(standin, made.id)[-1] == ("subscription_update", "paid", 0)
    assert standin.sdk.customers.retrieve(str(made.customer)).balance == -2_000
    live_to_renewal(standin, made)
    assert invoices(standin, made.id)[-1] == ("subscription_cycle", "paid", 0)
    assert standin.sdk.customers.retrieve(str(made.customer)).balance == -1_000


@pytest.mark.parametrize(("duration", "asked"), [("once", [400, 500, 500]), ("repeating", [400, 400, 500]), ("forever", [400, 400, 400])])
def test_coupons_last_as_long_as_they_say(standin: StandIn, duration: str, asked: list[int]) -> None:
    params: Any = {"amount_off": 100, "currency": "eur", "duration": duration}
    coupon = standin.sdk.coupons.create(params | ({"duration_in_months": 2} if duration == "repeating" else {}))
    made = subscribe(standin, make_price(standin, 500), make_customer(standin), discounts=[{"coupon": coupon.id}])
    for _month in range(2):
        live_to_renewal(standin, get(standin, made.id))
    assert [amount for _reason, _status, amount in invoices(standin, made.id)] == asked


def test_a_coupon_of_one_use(standin: StandIn) -> None:
    coupon = standin.sdk.coupons.create({"amount_off": 100, "currency": "eur", "duration": "once", "max_redemptions": 1})
    price, customer = make_price(standin), make_customer(standin)
    subscribe(standin, price, customer, discounts=[{"coupon": coupon.id}])
    with pytest.raises(stripe.InvalidRequestError) as refused:
        subscribe(standin, price, customer, discounts=[{"coupon": coupon.id}])
    assert refused.value.code == "coupon_expired"


def test_cards_are_what_they_are(standin: StandIn) -> None:
    with pytest.raises(stripe.CardError):
        make_customer(standin, card=DECLINED)
