"""A payment is made once for each form, one open at a time for each thing, by adults, within what providers take."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import PaymentState
from billing.models import Payment
from billing.providers.base import open_text
from billing.providers.table import NotConfigured
from billing.services.payments import (
    AmountRefused,
    ClientKeyReused,
    NotBookable,
    NumberMissing,
    PayerNotAdult,
    SubjectOpen,
    SubjectPaid,
    TooManyPrompts,
)
from billing.tests.bank import Bank
from billing.tests.payments.conftest import Install
from billing.tests.payments.factories import (
    FIVE_EUROS,
    NOW,
    NUMBER,
    after,
    make_payment,
    paid_payment,
    push_payment,
    reload,
)
from core.ids import BadClientId
from core.models import OutboxEvent
from core.money import Money, UnknownCurrency

pytestmark = pytest.mark.django_db
KEY = str(uuid.uuid4())


def test_it_is_written_down_and_its_sending_is_ordered(bank: Bank, amina: User) -> None:
    payment = reload(make_payment(amina, subject_key="plan_order:x", client_key=KEY))
    assert (payment.state, payment.open_key, payment.money) == ("CREATED", "plan_order:x", FIVE_EUROS)
    assert (payment.expires_at, payment.next_check_at) == (NOW + timedelta(minutes=15), NOW + timedelta(seconds=30))
    assert [(row.event, row.payload) for row in OutboxEvent.objects.all()] == [("billing.PaymentCreated", {"payment_id": payment.pk})]
    assert bank.calls == []  # nobody is asked anything inside of a request


def test_a_double_click_pays_once(bank: Bank, amina: User) -> None:
    first = make_payment(amina, client_key=KEY, subject_key="a")
    again = make_payment(amina, client_key=KEY, subject_key="a", now=after(seconds=1))
    assert (again.pk, Payment.objects.count()) == (first.pk, 1)
    assert OutboxEvent.objects.filter(event="billing.PaymentCreated").count() == 1


def test_the_first_answer_stands_even_when_it_has_failed(bank: Bank, amina: User) -> None:
    first = make_payment(amina, client_key=KEY, subject_key="a")
    Payment.objects.filter(pk=first.pk).update(state=PaymentState.FAILED, open_key=None)
    assert make_payment(amina, client_key=KEY, subject_key="a").pk == first.pk


@pytest.mark.parametrize(
    "other",
    [{"subject_key": "b"}, {"money": Money(500, "EUR")}, {"money": Money(499, "MGA")}, {"purpose": "WALLET_TOPUP"}],
    ids=["subject", "amount", "currency", "purpose"],
)
def test_the_same_form_with_other_content_is_refused(bank: Bank, amina: User, other: dict[str, Any]) -> None:
    make_payment(amina, client_key=KEY, subject_key="a")
    with pytest.raises(ClientKeyReused):
        make_payment(amina, **{"client_key": KEY, "subject_key": "a", **other})
    assert Payment.objects.count() == 1


def test_another_telephone_is_other_content(mvola: Bank, amina: User) -> None:
    push_payment(amina, client_key=KEY, subject_key="a")
    with pytest.raises(ClientKeyReused):
        push_payment(amina, client_key=KEY, subject_key="a", msisdn="+261340000004")


def test_a_key_is_of_one_person(bank: Bank, amina: User, ben: User) -> None:
    assert make_payment(amina, client_key=KEY, subject_key="a").pk != make_payment(ben, client_key=KEY, subject_key="b").pk


def test_two_tabs_one_payment(bank: Bank, amina: User) -> None:
    first = make_payment(amina, subject_key="a")
    with pytest.raises(SubjectOpen) as held:
        make_payment(amina, subject_key="a")
    assert held.value.payment.pk == first.pk
    assert Payment.objects.count() == 1


def test_the_table_holds_it_too(bank: Bank, amina: User) -> None:
    """Where two forms pass the look at the same moment."""
    first, second = make_payment(amina, subject_key="a"), make_payment(amina, subject_key="b")
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=second.pk).update(open_key=first.open_key)


def test_what_is_paid_is_not_paid_again(bank: Bank, amina: User) -> None:
    paid_payment(bank, amina, subject_key="a")
    with pytest.raises(SubjectPaid):
        make_payment(amina, subject_key="a")


def test_after_a_failure_it_may_be_tried_again(bank: Bank, amina: User) -> None:
    first = make_payment(amina, subject_key="a")
    Payment.objects.filter(pk=first.pk).update(state=PaymentState.FAILED, open_key=None)
    assert make_payment(amina, subject_key="a").pk != first.pk


@pytest.mark.parametrize("money", [Money(0, "EUR"), Money(-1, "EUR"), Money(1_000_01, "EUR"), Money(499, "USD")], ids=str)
def test_amounts_that_nobody_takes(bank: Bank, amina: User, money: Money) -> None:
    with pytest.raises(AmountRefused):
        make_payment(amina, money=money)
    assert not Payment.objects.exists()


def test_the_largest_sum_is_taken(bank: Bank, amina: User) -> None:
    assert make_payment(amina, money=Money(1_000_00, "EUR")).amount_minor == 1_000_00


def test_a_currency_outside_of_the_table_is_no_money() -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, "XOF")


def test_the_table_takes_no_sum_of_nothing(bank: Bank, amina: User) -> None:
    payment = make_payment(amina)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(amount_minor=0)


@pytest.mark.parametrize("purpose", ["SUBSCRIPTION", "WALLET_TOPUP", "PARTNER_PLAN", "AD_CAMPAIGN"])
def test_who_has_not_shown_their_age_pays_nothing(bank: Bank, purpose: str) -> None:
    with pytest.raises(PayerNotAdult):
        make_payment(make_user("Faly", age_method=None), purpose=purpose)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("purpose", ["ORDER", "BOOKING"])
def test_what_has_no_place_in_the_ledger_cannot_be_paid(bank: Bank, amina: User, purpose: str) -> None:
    with pytest.raises(NotBookable):
        make_payment(amina, purpose=purpose)


def test_a_provider_without_keys_is_none(bank: Bank, amina: User) -> None:
    with pytest.raises(NotConfigured):
        make_payment(amina, provider="PAYPAL")


@pytest.mark.parametrize("key", ["", "x", "1" * 36, None])
def test_a_key_that_is_no_uuid(bank: Bank, amina: User, key: object) -> None:
    with pytest.raises(BadClientId):
        make_payment(amina, client_key=key)


# ---- Telephones ------------------------------------------------------------------------------------------------------------------
def test_a_number_is_sealed(mvola: Bank, amina: User) -> None:
    payment = reload(push_payment(amina))
    assert NUMBER.encode() not in bytes(payment.payer_msisdn or b"")
    assert NUMBER[4:].encode() not in bytes(payment.payer_msisdn or b"")
    assert open_text(payment, "payer_msisdn") == NUMBER
    assert NUMBER not in payment.msisdn_hash


def test_who_rings_needs_a_number_and_who_does_not_keeps_none(mvola: Bank, install: Install, amina: User) -> None:
    install("STRIPE")
    with pytest.raises(NumberMissing):
        push_payment(amina, msisdn="")
    payment = make_payment(amina, msisdn=NUMBER)
    assert (payment.payer_msisdn, payment.msisdn_hash) == (None, "")


def ring(payer: User, number: str = NUMBER, **span: float) -> Payment:
    """A prompt that was let pass: its subject is free again, its trace stays."""
    payment = push_payment(payer, msisdn=number, now=after(**span))
    Payment.objects.filter(pk=payment.pk).update(open_key=None)
    return payment


@pytest.fixture
def no_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the second guard, which counts in real time."""
    monkeypatch.setattr("billing.services.payments.limits.ratelimit.hit", lambda *_args, **_kwargs: None)


@pytest.mark.usefixtures("no_haste")
def test_a_telephone_rings_three_times_an_hour_whoever_pays(mvola: Bank, amina: User, ben: User, carol: User) -> None:
    for number, payer in enumerate((amina, ben, carol)):
        ring(payer, minutes=number)
    with pytest.raises(TooManyPrompts) as told:
        ring(make_user("Dina"), minutes=59)
    assert told.value.again_at == after(minutes=60)
    ring(amina, minutes=61)


@pytest.mark.usefixtures("no_haste")
def test_a_payer_rings_five_times_an_hour_whomever(mvola: Bank, amina: User) -> None:
    for number in range(5):
        ring(amina, f"+26134000000{number}", minutes=number)
    with pytest.raises(TooManyPrompts):
        ring(amina, "+261340000009", minutes=30)
    ring(amina, "+261340000009", minutes=60.1)


@pytest.mark.usefixtures("no_haste")
@pytest.mark.parametrize("state", ["FAILED", "EXPIRED"])
def test_three_refusals_silence_a_telephone_for_a_day(mvola: Bank, amina: User, ben: User, state: str) -> None:
    for number in range(3):
        payment = ring(amina, hours=2 * number)
        Payment.objects.filter(pk=payment.pk).update(state=state, submitted_at=after(hours=2 * number))
    with pytest.raises(TooManyPrompts) as told:
        ring(ben, hours=10)
    assert told.value.again_at == after(hours=24)
    ring(ben, "+261340000008", hours=10)  # another telephone is another matter
    ring(ben, hours=24.1)


@pytest.mark.usefixtures("no_haste")
def test_what_never_rang_is_no_refusal(mvola: Bank, amina: User) -> None:
    for number in range(3):
        payment = ring(amina, hours=2 * number)
        Payment.objects.filter(pk=payment.pk).update(state=PaymentState.EXPIRED)
    ring(amina, hours=10)


def test_several_accounts_in_one_instant_are_held_apart(mvola: Bank, amina: User, ben: User, carol: User) -> None:
    """Their rows do not see each other yet; the count in the cache does."""
    for payer in (amina, ben, carol):
        Payment.objects.filter(pk=push_payment(payer).pk).delete()
    with pytest.raises(TooManyPrompts):
        push_payment(make_user("Dina"))


def test_cards_ring_nobody(bank: Bank, amina: User) -> None:
    for number in range(7):
        make_payment(amina, subject_key=f"s{number}")
    assert Payment.objects.count() == 7
