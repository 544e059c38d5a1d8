"""Stripe's own package against the stand-in: every call once, each answer as Stripe's document says (conftest looks)."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import stripe

from billing.tests.stripe.document import CALLS, VERSION, name_of
from billing.tests.stripe.making import get, item_of, make_customer, make_price, offer, subscribe
from billing.tests.stripe.standin import DAY, KEY, POOR, ROOT, StandIn


def go_through_goods(standin: StandIn) -> None:
    sdk = standin.sdk
    product = sdk.products.create({"name": "Premium"})
    assert sdk.products.update(product.id, {"description": "More"}).description == "More"
    assert [one.id for one in sdk.products.list().data] == [product.id]
    assert sdk.products.retrieve(product.id).name == "Premium"
    price = sdk.prices.create({"currency": "mga", "unit_amount": 20_000, "product": product.id, "lookup_key": "k"})
    assert (price.unit_amount, price.currency, price.type) == (20_000, "mga", "one_time")
    assert sdk.prices.list({"lookup_keys": ["k"]}).data[0].id == price.id
    assert sdk.prices.list({"lookup_keys": ["other"]}).data == []
    assert sdk.prices.retrieve(price.id).product == product.id
    assert sdk.prices.update(price.id, {"active": False}).active is False
    coupon = sdk.coupons.create({"percent_off": 50, "duration": "once", "id": "HALF"})
    assert sdk.coupons.retrieve("HALF").percent_off == 50
    assert [one.id for one in sdk.coupons.list().data] == [coupon.id]
    code = sdk.promotion_codes.create({"promotion": {"type": "coupon", "coupon": "HALF"}, "code": "SPRING"})
    assert sdk.promotion_codes.retrieve(code.id).promotion.coupon == "HALF"
    assert [one.code for one in sdk.promotion_codes.list({"code": "SPRING"}).data] == ["SPRING"]
    rate = sdk.tax_rates.create({"display_name": "TVA", "percentage": 20, "inclusive": True, "country": "FR"})
    assert sdk.tax_rates.retrieve(rate.id).percentage == 20
    assert len(sdk.tax_rates.list().data) == 1


def go_through_payment(standin: StandIn) -> None:
    sdk = standin.sdk
    session = offer(standin)
    assert sdk.checkout.sessions.expire(offer(standin).id).status == "expired"
    assert [one.status for one in sdk.checkout.sessions.list().data] == ["expired", "open"]
    assert standin.press(session.url, "pay", card=POOR).status == 402
    standin.pay(session.url)
    paid = sdk.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent", "line_items"]})
    assert (paid.status, paid.payment_status, paid.amount_total) == ("complete", "paid", 2_000)
    assert paid.line_items is not None
    assert paid.line_items.data[0].amount_total == 2_000
    expanded: Any = paid.payment_intent  # an object as asked, where the type of the SDK has its id
    assert expanded["status"] == "succeeded"
    intent = sdk.payment_intents.list().data[0]
    assert sdk.payment_intents.retrieve(intent.id).amount_received == 2_000
    charge = sdk.charges.retrieve(str(intent.latest_charge))
    assert sdk.charges.list({"payment_intent": intent.id}).data[0].id == charge.id
    refund = sdk.refunds.create({"payment_intent": intent.id, "amount": 500})
    assert sdk.refunds.retrieve(refund.id).status == "succeeded"
    assert [one.amount for one in sdk.refunds.list({"payment_intent": intent.id}).data] == [500]
    movements = sdk.balance_transactions.list().data
    assert [(one.type, one.amount, one.fee) for one in movements] == [("refund", -500, 0), ("charge", 2_000, 55)]
    assert sdk.balance_transactions.retrieve(movements[0].id).net == -500
    standin.control("payouts", currency="eur")
    payout = sdk.payouts.list().data[0]
    assert sdk.payouts.retrieve(payout.id).amount == 2_000 - 55 - 500


def go_through_disputes(standin: StandIn) -> None:
    sdk = standin.sdk
    for _one in range(2):
        standin.pay(offer(standin).url)
        standin.control("disputes", charge=sdk.charges.list().data[0].id)
    second, first = sdk.disputes.list().data
    answered = sdk.disputes.update(first.id, {"evidence": {"product_description": "A month of Premium"}, "submit": True})
    assert (answered.status, answered.evidence.product_description) == ("under_review", "A month of Premium")
    assert sdk.disputes.close(second.id).status == "lost"
    assert sdk.disputes.retrieve(second.id).status == "lost"
    standin.control("warnings", charge=sdk.charges.list().data[0].id)
    warning = sdk.radar.early_fraud_warnings.list().data[0]
    assert sdk.radar.early_fraud_warnings.retrieve(warning.id).actionable is True


def go_through_subscription(standin: StandIn) -> None:
    sdk = standin.sdk
    price, customer = make_price(standin), make_customer(standin)
    assert sdk.customers.retrieve(customer).email == "amina@example.org"
    assert [one.id for one in sdk.customers.list().data] == [customer]
    made = subscribe(standin, price, customer)
    assert made.status == "active"
    assert [one.id for one in sdk.subscriptions.list({"customer": customer}).data] == [made.id]
    portal = sdk.billing_portal.sessions.create({"customer": customer, "return_url": "http://127.0.0.1:1/"})
    assert portal.url.startswith(standin.url)
    assert sdk.invoices.create_preview({"subscription": made.id}).total == 499
    item = item_of(made)
    schedule = sdk.subscription_schedules.create({"from_subscription": made.id})
    assert [one.id for one in sdk.subscription_schedules.list().data] == [schedule.id]
    assert sdk.subscription_schedules.retrieve(schedule.id).status == "active"
    phase: Any = {"start_date": item.current_period_start, "end_date": item.current_period_end, "items": [{"price": price}]}
    later: Any = {"start_date": item.current_period_end, "items": [{"price": make_price(standin, 299)}]}
    assert len(sdk.subscription_schedules.update(schedule.id, {"phases": [phase, later]}).phases) == 2
    assert sdk.subscription_schedules.release(schedule.id).status == "released"
    assert sdk.subscriptions.update(made.id, {"cancel_at_period_end": True}).cancel_at_period_end is True
    assert sdk.subscriptions.cancel(made.id).status == "canceled"
    assert sdk.subscriptions.retrieve(made.id).status == "canceled"


def go_through_invoices(standin: StandIn) -> None:
    sdk = standin.sdk
    price, customer = make_price(standin), make_customer(standin, card="")
    first = subscribe(standin, price, customer, payment_behavior="default_incomplete")
    invoice = sdk.invoices.retrieve(str(first.latest_invoice), {"expand": ["payments", "confirmation_secret"]})
    assert invoice.payments is not None
    intent = str(invoice.payments.data[0].payment.payment_intent)
    assert invoice.confirmation_secret is not None
    assert invoice.confirmation_secret.client_secret.startswith(intent)
    assert sdk.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"}).status == "succeeded"
    assert sdk.invoices.retrieve(invoice.id).status == "paid"
    second = subscribe(standin, price, customer, payment_behavior="default_incomplete")
    open_invoice = sdk.invoices.retrieve(str(second.latest_invoice), {"expand": ["payments"]})
    assert open_invoice.payments is not None
    sdk.payment_intents.cancel(str(open_invoice.payments.data[0].payment.payment_intent))
    assert sdk.invoices.void_invoice(open_invoice.id).status == "void"
    assert [one.status for one in sdk.invoices.list({"customer": customer}).data] == ["void", "paid"]
    standin.advance(31 * DAY)  # the renewal is a draft for an hour
    draft = sdk.invoices.list({"subscription": first.id}).data[0]
    assert draft.billing_reason == "subscription_cycle"


def go_through_rest(standin: StandIn) -> None:
    sdk = standin.sdk
    asked: Any = {"url": "http://127.0.0.1:1/hooks", "enabled_events": ["*"], "api_version": VERSION}  # the type wants literals
    made = sdk.webhook_endpoints.create(asked)
    assert made.secret is not None
    assert "secret" not in sdk.webhook_endpoints.retrieve(made.id).to_dict()
    assert sdk.webhook_endpoints.update(made.id, {"disabled": True}).status == "disabled"
    assert [one.id for one in sdk.webhook_endpoints.list().data] == [made.id]
    assert sdk.webhook_endpoints.delete(made.id).deleted is True
    clock = sdk.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000})
    assert sdk.test_helpers.test_clocks.advance(clock.id, {"frozen_time": 1_800_100_000}).status == "advancing"
    assert sdk.test_helpers.test_clocks.retrieve(clock.id).status == "ready"
    assert len(sdk.test_helpers.test_clocks.list().data) == 1
    event = sdk.events.list({"type": "customer.created"}).data[0]
    assert sdk.events.retrieve(event.id).api_version == VERSION
    leaver = sdk.customers.create({"name": "Ben"})
    assert sdk.customers.delete(leaver.id).deleted is True
    assert sdk.customers.retrieve(leaver.id).to_dict().get("name") is None


def finish_and_pay(standin: StandIn) -> None:
    """A draft is finalized by hand, and paid by hand."""
    customer = make_customer(standin)
    made = subscribe(standin, make_price(standin), customer)
    end = item_of(made).current_period_end
    standin.control("clock", to=end + 60)
    draft = standin.sdk.invoices.retrieve(str(get(standin, made.id).latest_invoice))
    assert draft.status == "draft"
    assert standin.sdk.invoices.finalize_invoice(draft.id).status == "open"
    assert standin.sdk.invoices.pay(draft.id).status == "paid"


def test_every_call(standin: StandIn) -> None:
    go_through_goods(standin)
    go_through_payment(standin)
    go_through_disputes(standin)
    go_through_subscription(standin)
    go_through_invoices(standin)
    go_through_rest(standin)
    finish_and_pay(standin)
    said = {name_of(call) for call in standin.look("traffic")["calls"] if call["status"] == 200}
    assert CALLS - said == set()


# ---- Refusals --------------------------------------------------------------------------------------------------------------------------
def test_no_refund_beyond_what_was_paid(standin: StandIn) -> None:
    standin.pay(offer(standin, 1_000).url)
    intent = standin.sdk.payment_intents.list().data[0].id
    standin.sdk.refunds.create({"payment_intent": intent, "amount": 400})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        standin.sdk.refunds.create({"payment_intent": intent, "amount": 601})
    standin.sdk.refunds.create({"payment_intent": intent, "amount": 600})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        standin.sdk.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"
    assert standin.sdk.charges.list().data[0].amount_refunded == 1_000


def test_a_refund_that_comes_back(standin: StandIn) -> None:
    standin.control("behave", refunds="pending")
    standin.pay(offer(standin, 1_000).url)
    refund = standin.sdk.refunds.create({"payment_intent": standin.sdk.payment_intents.list().data[0].id})
    assert refund.status == "pending"
    standin.control("refunds", refund=refund.id, sent=False)
    failed = standin.sdk.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert standin.sdk.charges.list().data[0].amount_refunded == 0
    assert sum(one.amount for one in standin.sdk.balance_transactions.list().data) == 1_000


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"mode": "payment", "success_url": "http://x/"}, "line_items"),
        ({"mode": "gift"}, "mode"),
        ({"surprise": "1"}, "surprise"),
        ({"locale": "mg", "mode": "payment"}, "locale"),
        ({"mode": "payment", "expires_at": 60}, "expires_at"),
    ],
)
def test_sessions_that_are_refused(standin: StandIn, params: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        standin.sdk.checkout.sessions.create(params)
    assert refused.value.param == param


def test_a_session_is_of_one_mode(standin: StandIn) -> None:
    line: Any = {"price": make_price(standin), "quantity": 1}
    with pytest.raises(stripe.InvalidRequestError, match="do not go together"):
        standin.sdk.checkout.sessions.create({"mode": "payment", "line_items": [line], "success_url": "http://x/"})


def test_what_there_is_not(standin: StandIn) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        standin.sdk.checkout.sessions.retrieve("cs_test_unknown")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_another_version_is_refused(standin: StandIn) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Stripe-Version": "2026-10-28.endive"}
    status, _headers, body = standin.raw("GET", "/v1/customers", headers=headers)
    assert status == 400
    assert "2026-10-28.endive" in body


@pytest.mark.parametrize("key", ["", "Bearer sk_live_0", "Basic c2tfdGVzdA=="])
def test_a_key_of_the_test_mode_is_needed(standin: StandIn, key: str) -> None:
    status, _headers, body = standin.raw("GET", "/v1/customers", headers={"Authorization": key})
    assert status == 401
    assert "Invalid API Key" in body


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/invented"), ("PUT", "/v1/customers"), ("GET", "/__fake/nothing"), ("GET", "/nowhere")]
)
def test_places_that_there_are_not(standin: StandIn, method: str, path: str) -> None:
    assert standin.raw(method, path, headers={"Authorization": f"Bearer {KEY}"})[0] == 404


def test_lists_go_on(standin: StandIn) -> None:
    made = [standin.sdk.customers.create({"name": str(number)}).id for number in range(7)]
    page = standin.sdk.customers.list({"limit": 3})
    assert (len(page.data), page.has_more) == (3, True)
    assert [one.id for one in page.auto_paging_iter()] == made[::-1]
    now = standin.now()
    assert standin.sdk.customers.list({"created": {"gte": now + 60}}).data == []
    assert len(standin.sdk.customers.list({"created": {"lte": now + 60, "gte": now - 60}}).data) == 7


def test_a_lookup_key_is_one_price_s(standin: StandIn) -> None:
    first = make_price(standin, key="premium:EUR:MONTH")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        make_price(standin, 599, key="premium:EUR:MONTH")
    assert refused.value.code == "resource_already_exists"
    assert standin.sdk.prices.list({"lookup_keys": ["premium:EUR:MONTH"]}).data[0].id == first


def test_it_has_no_place_beside_the_real_house() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "billing.simulators.stripe", "--port", "0"],
        cwd=ROOT, env={"RESAKA_SHAPE": "server", "PATH": ""}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert run.stdout == ""
    assert "no place" in run.stderr


def test_only_the_provider_imports_the_package() -> None:
    """The rule of docs/architecture.md; tests may, to stand for the real thing."""
    wanted = []
    for folder in ("superapp", "privacy", "moderation", "chat", "billing", "notifications", "accounts", "realtime", "core"):
        for file in (ROOT / folder).rglob("*.py"):
            lines = file.read_text("utf-8").splitlines()
            if any(line.strip().startswith(("import stripe", "from stripe")) for line in lines):
                wanted.append(file.relative_to(ROOT).as_posix())
    assert [name for name in wanted if not name.startswith("billing/tests/")] == ["billing/providers/stripe.py"]


def test_a_card_that_does_not_attach(standin: StandIn) -> None:
    customer = make_customer(standin, card="")
    with pytest.raises(stripe.CardError) as refused:
        standin.sdk.customers.update(customer, {"invoice_settings": {"default_payment_method": "pm_card_chargeDeclined"}})
    assert refused.value.code == "card_declined"
    standin.sdk.customers.update(customer, {"invoice_settings": {"default_payment_method": "pm_card_chargeCustomerFail"}})
    assert subscribe(standin, make_price(standin), customer).status == "incomplete"
