"""Money back by PayPal, its words, its statements, and the stand-in itself."""

from __future__ import annotations

import ast
import json
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from accounts.models import User
from billing.enums import LineKind, RefundState
from billing.models import Payment, Refund
from billing.providers.base import Refunded, RefundPending, Refused, Unclear
from billing.providers.paypal import PayPal
from billing.providers.paypalreading import read_order, read_refund
from billing.tests.paypal.house import ROOT, S, Stand, fetch, make, now, paid
from core.http import OutboundError
from core.money import Money

pytestmark = pytest.mark.django_db


def back(payment: Payment, minor: int) -> Refund:
    return Refund.objects.create(
        payment=payment, amount_minor=minor, reason="WITHDRAWAL", channel="PROVIDER", state=RefundState.SUBMITTED, created_at=now()
    )


def words_of(kind: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((ROOT / "billing/tests/data/provider_states.json").read_text("utf-8"))[kind]
    return found


# ---- Words ---------------------------------------------------------------------------------------------------------------------
def test_every_word_of_the_table_means_what_it_says(amina: User) -> None:
    payment = make(amina)
    unit = {"custom_id": payment.our_reference}
    for word, meaning in words_of("PAYPAL order.status").items():
        wanted = S.UNKNOWN if meaning.startswith("look") else meaning
        assert read_order(payment, {"id": "1", "status": word, "purchase_units": [unit]}).state == wanted, word
    for word, meaning in words_of("PAYPAL capture.status").items():
        order = {"status": "COMPLETED", "purchase_units": [unit | {"payments": {"captures": [{"id": "2", "status": word}]}}]}
        assert read_order(payment, order).state == meaning.partition(",")[0], word
    for word, meaning in words_of("PAYPAL refund.status").items():
        assert read_refund({"id": "3", "status": word}).state == meaning, word


@pytest.mark.parametrize(
    "order", [{}, {"status": 7}, {"status": "COMPLETED"}, {"purchase_units": "x"}, {"status": "NEW", "purchase_units": [{"payments": []}]}]
)
def test_what_cannot_be_read_is_unknown(amina: User, order: dict[str, Any]) -> None:
    assert read_order(make(amina), order).state == S.UNKNOWN


def test_of_a_declined_and_a_completed_capture_the_completed_one_counts(amina: User) -> None:
    payment = make(amina)
    captures = [{"id": "1", "status": "DECLINED"}, {"id": "2", "status": "COMPLETED", "amount": {"value": "12.50", "currency_code": "EUR"}}]
    unit = {"custom_id": payment.our_reference, "payments": {"captures": captures}}
    found = read_order(payment, {"id": "9", "status": "COMPLETED", "purchase_units": [unit]})
    assert (found.state, found.settle_ref) == (S.SUCCEEDED, "2")


# ---- Sending back --------------------------------------------------------------------------------------------------------------
def test_parts_and_then_the_rest_go_back_and_no_more(stand: Stand, amina: User) -> None:
    payment = paid(stand, amina)
    assert isinstance(PayPal().refund(back(payment, 400), now=now()), Refunded)
    assert PayPal().refund(back(payment, 851), now=now()) == Refused("REFUND_AMOUNT_EXCEEDED")
    assert isinstance(PayPal().refund(back(payment, 850), now=now()), Refunded)
    assert PayPal().refund(back(payment, 1), now=now()) == Refused("CAPTURE_FULLY_REFUNDED")
    assert fetch(payment).state == S.SUCCEEDED  # with its refunds


@pytest.mark.parametrize("fault", ["reply_lost", "error_after", "error_before"])
def test_a_refund_whose_answer_was_lost_goes_once_and_is_found(stand: Stand, amina: User, fault: str) -> None:
    payment = paid(stand, amina)
    refund = back(payment, 400)
    stand.breaks("refund", fault)
    assert isinstance(PayPal().refund(refund, now=now()), Unclear)
    known = PayPal().fetch_refund(refund, now=now())
    assert known.state == (S.UNKNOWN if fault == "error_before" else S.SUCCEEDED)
    again = PayPal().refund(refund, now=now())
    assert isinstance(again, Refunded)
    assert len(stand.orders[0]["refunds"]) == 1
    refund.provider_ref = again.provider_ref
    found = PayPal().fetch_refund(refund, now=now())
    assert (found.state, found.money) == (S.SUCCEEDED, Money(400, "EUR"))


@pytest.mark.parametrize(("word", "kind"), [("PENDING", RefundPending), ("CANCELLED", Refused), ("FAILED", Refused), ("ODD", Unclear)])
def test_the_word_of_the_refund_decides(stand: Stand, amina: User, word: str, kind: type[Any]) -> None:
    payment = paid(stand, amina)
    stand.hand("PUT", "knobs", refund_status=word)
    assert isinstance(PayPal().refund(back(payment, 400), now=now()), kind)


# ---- Statements ----------------------------------------------------------------------------------------------------------------
def test_the_bookings_of_a_day_name_our_payments(stand: Stand, amina: User) -> None:
    payment = paid(stand, amina)
    refund = back(payment, 400)
    PayPal().refund(refund, now=now())
    rows = list(PayPal().statement(now().date()))
    assert [(row.kind, row.money, row.fee) for row in rows] == [
        (LineKind.PAYMENT, Money(1250, "EUR"), Money(71, "EUR")),
        (LineKind.REFUND, Money(-400, "EUR"), None),
    ]
    assert (rows[0].provider_ref, rows[0].our_ref) == (payment.settle_ref, payment.our_reference)
    assert rows[1].our_ref == refund.public_id
    assert rows[0].at.date() == now().date()
    assert list(PayPal().statement(now().date() - timedelta(days=1))) == []


def test_a_statement_that_does_not_come_is_said(stand: Stand) -> None:
    stand.breaks("statement", "error_before")
    with pytest.raises(OutboundError):
        list(PayPal().statement(now().date()))


# ---- The stand-in --------------------------------------------------------------------------------------------------------------
def test_the_stand_in_imports_nothing_of_the_house() -> None:
    files = [*(ROOT / "billing/simulators/paypal").glob("*.py"), ROOT / "billing/simulators/vies.py"]
    assert len(files) == 8
    for file in files:
        names = {
            name
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        foreign = {name for name in names if name.partition(".")[0] in {"core", "accounts", "billing", "chat", "superapp", "django"}}
        assert all(name.startswith("billing.simulators.paypal") for name in foreign), file.name


def test_the_stand_in_sends_to_this_machine_alone() -> None:
    is_here = import_module("billing.simulators.paypal.events").is_here
    assert is_here("http://127.0.0.1:8000/webhooks/paypal/")
    assert not any(map(is_here, ("http://example.org/", "https://127.0.0.1/", "http://10.0.0.1/", "http://127.0.0.1.evil.example/", "")))
