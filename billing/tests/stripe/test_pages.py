"""The pages before which a payer stands, and what becomes of each card."""

from __future__ import annotations

from typing import Any

import pytest

from billing.tests.stripe.making import get, make_customer, make_price, offer, offer_subscription, subscribe
from billing.tests.stripe.standin import ASKS_ALWAYS, ASKS_ONCE, DAY, DECLINED, DISPUTED, HOUR, OK, POOR, SUSPECTED, StandIn


def session_of(standin: StandIn, made: Any) -> Any:
    return standin.sdk.checkout.sessions.retrieve(made.id)


def test_a_card_that_pays(standin: StandIn) -> None:
    made = offer(standin, 20_000, "mga")
    page = standin.visit(made.url)
    assert (page.status, "20000 MGA" in page.text) == (200, True)  # the ariary has no cents here
    assert standin.pay(made.url).place == f"http://127.0.0.1:1/back?s={made.id}"
    assert session_of(standin, made).payment_status == "paid"
    assert standin.visit(made.url).status == 410
    assert standin.pay(made.url).status == 410
    assert len(standin.sdk.charges.list().data) == 1


@pytest.mark.parametrize(("card", "words"), [(DECLINED, "was declined"), (POOR, "insufficient funds"), ("4111", "number is invalid")])
def test_a_card_that_does_not(standin: StandIn, card: str, words: str) -> None:
    made = offer(standin)
    seen = standin.pay(made.url, card)
    assert (seen.status, words in seen.text) == (402, True)
    assert (session_of(standin, made).status, session_of(standin, made).payment_status) == ("open", "unpaid")
    standin.pay(made.url, OK)
    assert session_of(standin, made).payment_status == "paid"
    assert len([one for one in standin.sdk.charges.list().data if one.paid]) == 1


@pytest.mark.parametrize("card", [ASKS_ONCE, ASKS_ALWAYS])
def test_a_bank_that_asks(standin: StandIn, card: str) -> None:
    made = offer(standin)
    asked = standin.press(made.url, "pay", card=card)
    assert asked.place.startswith("/3ds/pi_")
    assert standin.sdk.payment_intents.list().data[0].status == "requires_action"
    assert session_of(standin, made).payment_status == "unpaid"
    refused = standin.press(asked.place, "fail")
    assert "failed authentication" in refused.text
    assert session_of(standin, made).payment_status == "unpaid"
    standin.pay(made.url, card)
    assert session_of(standin, made).payment_status == "paid"
    assert standin.visit(asked.place).status == 410


def test_a_debit_that_takes_days(standin: StandIn) -> None:
    made = offer(standin)
    standin.press(made.url, "debit")
    assert (session_of(standin, made).status, session_of(standin, made).payment_status) == ("complete", "unpaid")
    assert standin.sdk.payment_intents.list().data[0].status == "processing"
    standin.advance(3 * DAY)
    assert session_of(standin, made).payment_status == "paid"
    assert "checkout.session.async_payment_succeeded" in standin.kinds()


def test_a_debit_that_fails(standin: StandIn) -> None:
    made = offer(standin)
    standin.press(made.url, "debit_fails")
    standin.advance(3 * DAY)
    assert (session_of(standin, made).status, session_of(standin, made).payment_status) == ("complete", "unpaid")
    assert standin.sdk.payment_intents.list().data[0].status == "requires_payment_method"
    assert "checkout.session.async_payment_failed" in standin.kinds()


def test_a_page_closes(standin: StandIn) -> None:
    made = offer(standin, expires_at=standin.now() + HOUR)
    standin.advance(2 * HOUR)
    assert session_of(standin, made).status == "expired"
    assert standin.pay(made.url).status == 410
    assert standin.sdk.charges.list().data == []
    assert "checkout.session.expired" in standin.kinds()


def test_a_charge_that_is_disputed(standin: StandIn) -> None:
    standin.pay(offer(standin).url, DISPUTED)
    dispute = standin.sdk.disputes.list().data[0]
    assert (dispute.status, dispute.amount, dispute.balance_transactions[0].net) == ("needs_response", 2_000, -3_500)
    assert standin.sdk.charges.list().data[0].disputed is True
    standin.control("disputes/close", dispute=dispute.id, won=True)
    assert standin.sdk.disputes.retrieve(dispute.id).status == "won"
    assert [kind for kind in standin.kinds() if "dispute" in kind] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]


def test_a_charge_of_which_the_bank_warns(standin: StandIn) -> None:
    standin.pay(offer(standin).url, SUSPECTED)
    warning = standin.sdk.radar.early_fraud_warnings.list().data[0]
    assert warning.payment_intent == standin.sdk.payment_intents.list().data[0].id


@pytest.mark.parametrize("card", [OK, ASKS_ONCE])
def test_a_subscription_is_bought(standin: StandIn, card: str) -> None:
    made = offer_subscription(standin, make_price(standin), subscription_data={"metadata": {"payment": "R1"}})
    assert standin.pay(made.url, card).place == "http://127.0.0.1:1/back"
    session = session_of(standin, made)
    assert (session.status, session.payment_status) == ("complete", "paid")
    subscription = get(standin, session.subscription)
    assert (subscription.status, subscription.metadata["payment"]) == ("active", "R1")
    standin.advance(33 * DAY)  # what was confirmed once is not asked again
    assert get(standin, session.subscription).status == "active"
    assert [one.status for one in standin.sdk.invoices.list({"subscription": session.subscription}).data] == ["paid", "paid"]


def test_a_subscription_whose_card_is_refused_is_tried_again(standin: StandIn) -> None:
    made = offer_subscription(standin, make_price(standin))
    assert standin.pay(made.url, DECLINED).status == 402
    assert standin.pay(made.url, ASKS_ALWAYS).place == "http://127.0.0.1:1/back"
    assert len(standin.sdk.subscriptions.list({"status": "all"}).data) == 1
    assert session_of(standin, made).payment_status == "paid"


def test_codes_make_it_cheaper(standin: StandIn) -> None:
    coupon = standin.sdk.coupons.create({"percent_off": 25, "duration": "once"})
    standin.sdk.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SPRING"})
    made = offer(standin, 1_999, allow_promotion_codes=True)
    assert "No such promotion_code" in standin.press(made.url, "pay", card=OK, code="WINTER").text
    standin.press(made.url, "pay", card=OK, code="spring")
    session = session_of(standin, made)
    assert (session.amount_subtotal, session.amount_total, session.total_details.amount_discount) == (1_999, 1_499, 500)
    assert standin.sdk.charges.list().data[0].amount == 1_499


def test_what_costs_nothing_needs_no_card(standin: StandIn) -> None:
    coupon = standin.sdk.coupons.create({"percent_off": 100, "duration": "once"})
    made = offer(standin, discounts=[{"coupon": coupon.id}])
    standin.pay(made.url)
    assert session_of(standin, made).payment_status == "no_payment_required"
    assert standin.sdk.charges.list().data == []


def test_the_portal_ends_a_subscription(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin), make_customer(standin))
    flow: Any = {"type": "subscription_cancel", "subscription_cancel": {"subscription": made.id}}
    portal = standin.sdk.billing_portal.sessions.create({"customer": str(made.customer), "flow_data": flow})
    assert "Cancel the subscription" in standin.visit(portal.url).text
    standin.press(portal.url, "cancel")
    assert get(standin, made.id).cancel_at_period_end is True


def test_the_portal_takes_no_bad_card(standin: StandIn) -> None:
    made = subscribe(standin, make_price(standin), make_customer(standin))
    portal = standin.sdk.billing_portal.sessions.create({"customer": str(made.customer)})
    assert standin.press(portal.url, "card", card=DECLINED).status == 402
    assert standin.press(portal.url, "card", card="12").status == 402


def test_pages_that_there_are_not(standin: StandIn) -> None:
    for path in ("/c/pay/cs_test_unknown", "/3ds/pi_unknown", "/invoice/in_unknown", "/p/session/bps_unknown"):
        assert standin.visit(path).status == 404
