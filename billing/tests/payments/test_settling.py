"""What became of a payment: asked, compared, booked once; and every way in which a success may be none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.models import User
from billing.enums import PaymentState
from billing.ledger import get_balance
from billing.models import LedgerTransaction, Payment
from billing.providers.base import ProviderState
from billing.services.payments import record_payment, settle_as_found, settle_payment
from billing.tests.bank import Bank
from billing.tests.payments.conftest import Install
from billing.tests.payments.factories import (
    FIVE_EUROS,
    NOW,
    NUMBER,
    after,
    is_proven,
    lines_of,
    make_payment,
    paid_payment,
    push_payment,
    reload,
    sent_payment,
    story,
)
from core.models import OutboxEvent
from core.money import Money

pytestmark = pytest.mark.django_db


def settle(payment: Payment, **span: float) -> Payment:
    return settle_payment(payment_id=payment.pk, now=after(**(span or {"minutes": 1})))


def told(name: str) -> list[dict[str, object]]:
    """What was told under that name, once each however many handlers listen."""
    rows = OutboxEvent.objects.filter(event=f"billing.{name}").order_by("pk")
    return list({str(row.payload): row.payload for row in rows}.values())


def test_a_success_is_booked_and_told(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina)
    bank.pay(payment)
    settled = settle(payment)
    assert (settled.state, settled.settle_ref, settled.settled_at) == ("SUCCEEDED", f"ch-{payment.our_reference}", after(minutes=1))
    assert lines_of(f"payment:{payment.pk}:settle") == {"clearing:STRIPE:EUR": -499, "revenue:subscription:EUR": 499}
    one = {"payment_id": payment.pk, "purpose": "SUBSCRIPTION", "subject_key": payment.subject_key}
    assert told("PaymentSucceeded") == [one]
    assert story(payment) == ["CREATED", "SUBMITTED", "PENDING", "SUCCEEDED"]
    assert is_proven()


def test_a_filled_wallet(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina, purpose="WALLET_TOPUP")
    assert get_balance(f"wallet:{amina.pk}:EUR").available == FIVE_EUROS
    assert lines_of(f"payment:{payment.pk}:settle") == {"clearing:STRIPE:EUR": -499, f"wallet:{amina.pk}:EUR": 499}


def test_asked_ten_times_booked_once(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)
    for minutes in range(2, 12):
        settle(payment, minutes=minutes)
    assert LedgerTransaction.objects.count() == 1
    assert len(told("PaymentSucceeded")) == 1
    assert is_proven()


def test_what_was_not_sent_is_not_asked(bank: Bank, amina: User) -> None:
    settle(make_payment(amina))
    assert bank.calls == []


@pytest.mark.parametrize("state", ["FAILED", "EXPIRED"])
def test_an_end_without_money(bank: Bank, amina: User, state: str) -> None:
    payment = sent_payment(amina)
    bank.end(payment, state, "DECLINED")
    found = settle(payment)
    assert (found.state, found.failure_code, found.open_key, found.next_check_at) == (state, "DECLINED", None, None)
    assert not LedgerTransaction.objects.exists()
    assert [row["payment_id"] for row in told("PaymentFailed")] == [payment.pk]


def test_while_nothing_is_decided_it_is_asked_ever_less(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina)
    pauses, now = [], NOW
    for _look in range(10):
        found = settle_payment(payment_id=payment.pk, now=now)
        assert found.next_check_at
        pauses.append(int((found.next_check_at - now).total_seconds()))
        now = found.next_check_at
    assert pauses == [10, 20, 40, 80, 160, 320, 640, 900, 900, 900]


def test_ambiguous_is_unknown_and_may_be_pending_again(bank: Bank, amina: User) -> None:
    """Airtel's TA."""
    payment = sent_payment(amina)
    bank.end(payment, "UNKNOWN")
    assert settle(payment).state == "UNKNOWN"
    bank.end(payment, "PENDING")
    assert settle(payment, minutes=2).state == "PENDING"
    bank.pay(payment)
    assert settle(payment, minutes=3).state == "SUCCEEDED"


@pytest.mark.parametrize("said", [ProviderState("REVERSED"), ProviderState("UNKNOWN", failure_code="UNKNOWN_WORD")], ids=str)
def test_a_word_of_no_table_is_unknown_and_wakes_the_team(bank: Bank, amina: User, mod: User, said: ProviderState) -> None:
    payment = sent_payment(amina)
    bank.next_states.append(replace(said, failure_code=said.failure_code or "REVERSED"))
    assert settle(payment).state == "UNKNOWN"
    assert mod.notifications.filter(kind="MONEY_ALARM").count() == 1


def test_no_answer_changes_nothing_but_the_next_look(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina)
    bank.pay(payment)
    bank.away = True
    found = settle(payment)
    assert (found.state, reload(payment).state) == ("PENDING", "PENDING")
    assert (reload(payment).next_check_at or NOW) > after(minutes=1)
    bank.away = False
    assert settle(payment, minutes=2).state == "SUCCEEDED"


# ---- Successes that are none ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"money": Money(498, "EUR")}, "AMOUNT"),
        ({"money": Money(500, "EUR")}, "AMOUNT"),
        ({"money": Money(499, "MGA")}, "CURRENCY"),
        ({"money": Money(5, "USD")}, "AMOUNT,CURRENCY"),
        ({"payee": "somebody else"}, "PAYEE"),
        ({"name": "STRIPE-of-another"}, "REFERENCE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_any_difference_and_nothing_is_credited(bank: Bank, amina: User, mod: User, change: dict[str, object], flag: str) -> None:
    payment = sent_payment(amina)
    charge = bank.pay(payment)
    for name, value in change.items():
        setattr(charge, name, value)
    found = settle(payment)
    assert (found.state, reload(payment).state, reload(payment).flag) == ("PENDING", "PENDING", flag)
    assert not LedgerTransaction.objects.exists()
    assert told("PaymentSucceeded") == []
    assert mod.notifications.get().args == {"what": "PAYMENT_FLAGGED", "ref": payment.our_reference}
    settle(payment, minutes=20)
    assert mod.notifications.count() == 1  # woken once
    assert (reload(payment).next_check_at or NOW) > after(minutes=20)


def test_a_success_without_sum_or_name_proves_nothing(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina)
    bank.next_states.append(ProviderState("SUCCEEDED"))
    assert (settle(payment).state, reload(payment).flag) == ("PENDING", "AMOUNT")


def test_airtel_says_no_sum_but_was_asked_by_our_own_name(install: Install, amina: User) -> None:
    airtel = install("AIRTEL", rings=True, repeatable=False, refunds="FULL", payee="")
    payment = sent_payment(amina, make=push_payment, provider="AIRTEL")
    airtel.next_states.append(ProviderState("SUCCEEDED", provider_ref=f"AIRTEL-{payment.our_reference}", settle_ref="MP1"))
    assert settle(payment).state == "SUCCEEDED"


@pytest.mark.parametrize(
    ("payer", "state"),
    [("+261340000003", "SUCCEEDED"), ("0340000003", "SUCCEEDED"), ("340000003", "SUCCEEDED"), ("", "SUCCEEDED"), ("0340000004", "PENDING")],
)
def test_another_telephone_paid(mvola: Bank, amina: User, payer: str, state: str) -> None:
    payment = sent_payment(amina, make=push_payment, msisdn=NUMBER)
    mvola.pay(payment).payer = payer
    assert settle(payment).state == state
    assert reload(payment).flag == ("" if state == "SUCCEEDED" else "PAYER")


def test_a_settlement_pays_one_payment(bank: Bank, amina: User, ben: User) -> None:
    first, second = paid_payment(bank, amina), sent_payment(ben)
    bank.pay(second).settle_ref = first.settle_ref or ""
    assert (settle(second).state, reload(second).flag) == ("PENDING", "SETTLE_REF")
    assert LedgerTransaction.objects.count() == 1
    assert is_proven()


def test_the_table_holds_that_too(bank: Bank, amina: User, ben: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two payments pass the look in the same moment, the unique pair decides, and the second look finds it."""
    first, second = paid_payment(bank, amina), sent_payment(ben)
    bank.pay(second).settle_ref = first.settle_ref or ""
    from billing.services.payments import proving

    looks, real = [], proving._is_used

    def blind_once(payment: Payment, **name: str) -> bool:
        looks.append(name)
        return real(payment, **name) if len(looks) > 1 else False

    monkeypatch.setattr(proving, "_is_used", blind_once)
    assert (settle(second).state, reload(second).flag) == ("PENDING", "SETTLE_REF")
    assert LedgerTransaction.objects.count() == 1


def test_once_it_agrees_it_is_credited_and_no_longer_flagged(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina)
    charge = bank.pay(payment)
    charge.money = Money(1, "EUR")
    settle(payment)
    charge.money = FIVE_EUROS
    found = settle(payment, minutes=20)
    assert (found.state, found.flag) == ("SUCCEEDED", "")


def test_a_fraction_of_an_ariary_is_no_money() -> None:
    with pytest.raises(TypeError):
        Money(0.5, "MGA")  # type: ignore[arg-type]


# ---- Late, and twice -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", ["FAILED", "EXPIRED"])
def test_a_late_success_is_booked_and_told_as_late(bank: Bank, amina: User, state: str) -> None:
    payment = sent_payment(amina)
    bank.end(payment, state)
    settle(payment)
    bank.pay(payment)
    assert settle(payment, hours=5).state == "SUCCEEDED"
    assert (told("PaymentSucceeded"), [row["payment_id"] for row in told("PaymentSucceededLate")]) == ([], [payment.pk])
    assert is_proven()


def test_a_success_is_never_taken_back(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)
    for state in ("FAILED", "PENDING", "EXPIRED", "UNKNOWN"):
        bank.end(payment, state)
        assert settle(payment, minutes=9).state == "SUCCEEDED"
        found = settle_as_found(payment_id=payment.pk, found=ProviderState(state), now=after(minutes=9))
        assert found.state == "SUCCEEDED"


def test_of_two_for_one_thing_the_second_goes_back(bank: Bank, amina: User) -> None:
    first = sent_payment(amina, subject_key="a")
    Payment.objects.filter(pk=first.pk).update(open_key=None)  # released
    second = paid_payment(bank, amina, subject_key="a")
    bank.pay(first)
    settled = settle(first, minutes=30)
    assert settled.state == "SUCCEEDED"
    assert [row["payment_id"] for row in told("PaymentSucceeded")] == [second.pk]
    assert told("PaymentSucceededLate") == []
    assert [row["payment_id"] for row in told("PaymentDoubled")] == [first.pk]
    # it is nobody's revenue: it waits in suspense for its way back
    assert lines_of(f"payment:{first.pk}:settle") == {"clearing:STRIPE:EUR": -499, "suspense:STRIPE:EUR": 499}
    assert is_proven()


def test_a_released_payment_that_comes_alone_is_late_and_whole(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina, subject_key="a")
    Payment.objects.filter(pk=payment.pk).update(open_key=None)
    bank.pay(reload(payment))
    settle(payment)
    assert [row["payment_id"] for row in told("PaymentSucceededLate")] == [payment.pk]
    assert lines_of(f"payment:{payment.pk}:settle")["revenue:subscription:EUR"] == 499


# ---- From a statement, and begun at the provider -----------------------------------------------------------------------------------------
def test_a_statement_decides_what_nobody_could_ask(mvola: Bank, amina: User) -> None:
    from billing.providers.base import Unclear

    mvola.next_starts.append(Unclear("reset"))
    payment = sent_payment(amina, make=push_payment)
    found = ProviderState("SUCCEEDED", provider_ref="corr-1", settle_ref="MV1", money=payment.money, payer="0340000003")
    settled = settle_as_found(payment_id=payment.pk, found=found, now=after(hours=20))
    assert (settled.state, settled.provider_ref, settled.settle_ref) == ("SUCCEEDED", "corr-1", "MV1")
    assert is_proven()


def test_a_statement_is_compared_too(mvola: Bank, amina: User) -> None:
    payment = sent_payment(amina, make=push_payment)
    found = ProviderState("SUCCEEDED", settle_ref="MV1", money=Money(19_999, "MGA"))
    assert settle_as_found(payment_id=payment.pk, found=found, now=after(hours=20)).state == "PENDING"
    assert reload(payment).flag == "AMOUNT"


def renewal(amina: User, **change: object) -> Payment:
    found = ProviderState("SUCCEEDED", provider_ref="pi_1", settle_ref="ch_1", money=FIVE_EUROS, payee="the house")
    given = {"subject_key": "invoice:in_1", "once_key": "in_1", "found": found, "now": NOW} | change
    return record_payment(payer=amina, purpose="SUBSCRIPTION", provider="STRIPE", **given)  # type: ignore[arg-type]


def test_a_renewal_is_recorded_once(bank: Bank, amina: User) -> None:
    first, again = renewal(amina), renewal(amina, now=after(hours=1))
    assert (first.pk, first.state) == (again.pk, "SUCCEEDED")
    assert [row["payment_id"] for row in told("PaymentSucceeded")] == [first.pk]
    assert bank.count("start") == 0
    assert is_proven()


def test_a_renewal_without_sum_is_none(bank: Bank, amina: User) -> None:
    with pytest.raises(ValueError, match="in_1"):
        renewal(amina, found=ProviderState("SUCCEEDED", settle_ref="ch_1"))
    assert not Payment.objects.exists()


def test_a_wallet_without_owner_is_not_filled(bank: Bank, amina: User) -> None:
    """Their account was erased between the paying and the asking: the money is flagged, and stays where it is for a person."""
    payment = sent_payment(amina, purpose="WALLET_TOPUP")
    bank.pay(payment)
    Payment.objects.filter(pk=payment.pk).update(payer=None)
    assert (settle(payment).state, reload(payment).flag) == ("PENDING", "NO_PAYER")
    assert not LedgerTransaction.objects.exists()


def test_the_due_time_of_a_payment_that_ended_stays_empty(bank: Bank, amina: User) -> None:
    payment = sent_payment(amina)
    bank.end(payment, "FAILED")
    settle(payment)
    bank.away = True
    settle(payment, minutes=3)
    assert (reload(payment).state, reload(payment).next_check_at) == (PaymentState.FAILED, None)


@pytest.mark.parametrize("skew", [timedelta(days=-400), timedelta(days=400)])
def test_the_clock_of_the_provider_is_nobody_s_matter(bank: Bank, amina: User, skew: timedelta) -> None:
    """Nothing that a provider says of time is read: what is due is due by our own clock."""
    payment = sent_payment(amina)
    bank.pay(payment)
    bank.next_states.append(
        ProviderState(
            "SUCCEEDED",
            provider_ref=payment.provider_ref or "",
            settle_ref="ch",
            money=FIVE_EUROS,
            payee="the house",
            raw={"created": (NOW + skew).isoformat()},
        )
    )
    assert settle(payment).settled_at == after(minutes=1)
