"""Telling a provider: written down before it is said, said once, and what becomes of each answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import User
from billing.enums import PaymentState
from billing.models import Payment
from billing.providers.base import PushSent, Redirect, Refused, Unclear, open_text
from billing.services import janitor
from billing.services.payments import settle_payment, submit_payment
from billing.tests.bank import Bank, lost
from billing.tests.payments.conftest import Install
from billing.tests.payments.factories import NOW, after, make_payment, push_payment, reload, sent_payment, story
from core.http import TooSlow

pytestmark = pytest.mark.django_db


def submit(payment: Payment, **span: float) -> Payment:
    return submit_payment(payment_id=payment.pk, now=after(**span))


def test_a_page_of_the_provider(bank: Bank, amina: User) -> None:
    payment = submit(make_payment(amina))
    assert (payment.state, payment.provider_ref) == ("PENDING", f"STRIPE-{payment.our_reference}")
    assert open_text(payment, "redirect_url") == f"https://bank.example/STRIPE-{payment.our_reference}"
    assert b"bank.example" not in bytes(payment.redirect_url or b"")
    assert payment.next_check_at == NOW + timedelta(seconds=5)
    assert story(payment) == ["CREATED", "SUBMITTED", "PENDING"]


def test_a_question_on_the_telephone(mvola: Bank, amina: User) -> None:
    payment = submit(push_payment(amina))
    assert (payment.state, payment.provider_ref) == ("PENDING", f"MVOLA-{payment.our_reference}")
    assert payment.redirect_url is None


def test_what_a_provider_gives_for_asking_is_sealed(bank: Bank, amina: User) -> None:
    bank.next_starts.append(Redirect("https://bank.example/x", "order-1", secret='{"pay_token": "abc"}'))
    payment = submit(make_payment(amina))
    assert b"pay_token" not in bytes(payment.provider_secret or b"")
    assert open_text(payment, "provider_secret") == '{"pay_token": "abc"}'


@pytest.mark.django_db(transaction=True)
def test_the_row_says_so_before_the_call_and_the_call_holds_no_transaction(bank: Bank, amina: User) -> None:
    seen: list[tuple[str, bool]] = []

    def look(payment: Payment) -> PushSent:
        seen.append((reload(payment).state, connection.in_atomic_block))
        return PushSent("x")

    bank.next_starts.append(look)
    submit(make_payment(amina))
    assert seen == [("SUBMITTED", False)]


def test_told_twice_said_once(bank: Bank, amina: User) -> None:
    payment = make_payment(amina)
    submit(payment)
    submit(payment, seconds=1)
    assert bank.count("start") == 1


def test_what_is_over_is_not_sent(bank: Bank, amina: User) -> None:
    assert submit(make_payment(amina), minutes=15).state == "CREATED"
    assert bank.calls == []


def test_a_refusal_proves_that_nothing_was_processed(bank: Bank, amina: User) -> None:
    bank.next_starts.append(Refused("DECLINED"))
    payment = submit(make_payment(amina))
    assert (payment.state, payment.failure_code, payment.open_key) == ("FAILED", "DECLINED", None)


def test_refused_keys_wake_the_team(bank: Bank, amina: User, mod: User) -> None:
    bank.next_starts.append(Refused("KEYS_REFUSED", alert=True))
    submit(make_payment(amina))
    assert mod.notifications.get().args == {"what": "PROVIDER_DOWN", "ref": "STRIPE"}


def test_a_provider_that_lost_its_keys_meanwhile(bank: Bank, install: Install, amina: User) -> None:
    payment = make_payment(amina)
    install("MVOLA")
    from billing.providers import table

    del table._MAKERS["STRIPE"]
    assert (submit(payment).state, reload(payment).failure_code) == ("FAILED", "NOT_CONFIGURED")


# ---- Nobody knows whether it heard -------------------------------------------------------------------------------------------------
def test_mvola_is_told_once_and_never_again(mvola: Bank, amina: User) -> None:
    mvola.next_starts.append(lost(mvola))
    payment = submit(push_payment(amina))
    assert (payment.state, payment.provider_ref) == ("UNKNOWN", None)
    for minutes in range(1, 24 * 60, 7):
        janitor.make_round(now=after(minutes=minutes))
    assert mvola.count("start") == 1
    assert mvola.count("fetch") == 0  # there is no name by which to ask
    assert reload(payment).state == "UNKNOWN"


@pytest.mark.parametrize("fault", [Unclear("status 500"), Unclear("no serverCorrelationId")], ids=["5xx", "unreadable"])
def test_mvola_and_every_unclear_answer(mvola: Bank, amina: User, fault: Unclear) -> None:
    mvola.next_starts.append(fault)
    assert submit(push_payment(amina)).state == "UNKNOWN"


def raises(error: Exception) -> object:
    def answer(_payment: Payment) -> PushSent:
        raise error

    return answer


@pytest.mark.parametrize("error", [TooSlow("body"), TimeoutError(), ConnectionResetError(), KeyError("a fault of ours")], ids=repr)
def test_whatever_is_raised_in_the_call_leaves_it_unclear(mvola: Bank, amina: User, error: Exception) -> None:
    mvola.next_starts.append(raises(error))  # type: ignore[arg-type]
    assert submit(push_payment(amina)).state == "UNKNOWN"


def test_stripe_is_told_again_under_the_same_key(bank: Bank, amina: User) -> None:
    bank.next_starts.append(lost(bank))
    payment = submit(make_payment(amina))
    assert (payment.state, payment.attempt, payment.next_check_at) == ("SUBMITTED", 1, NOW + timedelta(seconds=5))
    janitor.make_round(now=after(seconds=6))
    again = reload(payment)
    assert (again.state, again.attempt, bank.count("start"), len(bank.charges)) == ("PENDING", 1, 2, 1)


def test_stripe_is_not_told_for_ever(bank: Bank, amina: User) -> None:
    bank.next_starts.extend([Unclear("status 500")] * 50)
    payment = submit(make_payment(amina))
    for minutes in range(1, 60):
        janitor.make_round(now=after(minutes=minutes))
        if reload(payment).state == "UNKNOWN":
            break
    assert (bank.count("start"), reload(payment).state) == (6, "UNKNOWN")


def test_a_refusal_of_the_second_try_proves_nothing_about_the_first(bank: Bank, amina: User) -> None:
    bank.next_starts.extend([lost(bank), Refused("IDEMPOTENCY")])
    payment = submit(make_payment(amina))
    janitor.make_round(now=after(seconds=6))
    assert reload(payment).state == "UNKNOWN"
    bank.pay(payment)
    janitor.make_round(now=after(minutes=1))
    assert reload(payment).state == "SUCCEEDED"


def test_orange_gets_a_new_order_three_times_at_most(install: Install, amina: User) -> None:
    orange = install("ORANGE", repeatable=False, finds=False)
    orange.next_starts.extend([Unclear("reset")] * 9)
    payment = submit(make_payment(amina, provider="ORANGE"))
    for seconds in range(5, 600, 5):
        janitor.make_round(now=after(seconds=seconds))
    found = reload(payment)
    assert (orange.count("start"), found.attempt, found.state) == (3, 3, "UNKNOWN")


def test_a_refusal_by_orange_counts_on_any_attempt(install: Install, amina: User) -> None:
    """Nobody was sent to the page of an order whose answer was lost."""
    orange = install("ORANGE", repeatable=False, finds=False)
    orange.next_starts.extend([Unclear("reset"), Refused("ORANGE_23")])
    payment = submit(make_payment(amina, provider="ORANGE"))
    janitor.make_round(now=after(seconds=20))
    assert (reload(payment).state, reload(payment).failure_code) == ("FAILED", "ORANGE_23")


def test_airtel_is_asked_first_and_told_once_more_when_it_twice_knows_nothing(install: Install, amina: User) -> None:
    airtel = install("AIRTEL", rings=True, repeatable=False, refunds="FULL", payee="")
    airtel.next_starts.append(Unclear("reset"))
    payment = submit(push_payment(amina, provider="AIRTEL"))
    assert payment.state == "UNKNOWN"
    janitor.make_round(now=after(minutes=3))
    janitor.make_round(now=after(minutes=4))
    assert airtel.count("start") == 1  # once not found is not enough, nor twice within three minutes
    janitor.make_round(now=after(minutes=7))
    assert (airtel.count("start"), len(airtel.charges)) == (2, 1)
    airtel.pay(payment)
    janitor.make_round(now=after(minutes=15))
    assert (reload(payment).state, airtel.count("start")) == ("SUCCEEDED", 2)


def test_airtel_is_not_told_a_third_time(install: Install, amina: User) -> None:
    airtel = install("AIRTEL", rings=True, repeatable=False, refunds="FULL", payee="")
    airtel.next_starts.extend([Unclear("reset")] * 9)
    payment = submit(push_payment(amina, provider="AIRTEL"))
    for minutes in range(1, 120, 3):
        janitor.make_round(now=after(minutes=minutes))
    assert (airtel.count("start"), reload(payment).state) == (2, "UNKNOWN")


# ---- Workers that die --------------------------------------------------------------------------------------------------------------
class Killed(BaseException):
    """What the process would not survive."""


@pytest.mark.parametrize(("name", "outcome", "told"), [("MVOLA", "UNKNOWN", 1), ("STRIPE", "PENDING", 2)])
def test_a_worker_dies_in_the_call(install: Install, amina: User, name: str, outcome: str, told: int) -> None:
    """The provider has taken it on; the row still says SUBMITTED, and after two minutes somebody finds it."""
    bank = install(name, rings=name == "MVOLA", finds=name == "STRIPE", currencies=frozenset({"MGA", "EUR"}))

    def die(payment: Payment) -> PushSent:
        bank.take_on(payment)
        raise Killed

    bank.next_starts.append(die)
    payment = push_payment(amina, provider=name)
    with pytest.raises(Killed):
        submit(payment)
    assert reload(payment).state == "SUBMITTED"
    submit(payment, seconds=30)  # the outbox hands its row out again
    assert bank.count("start") == 1
    janitor.make_round(now=after(seconds=119))
    assert reload(payment).state == "SUBMITTED"
    janitor.make_round(now=after(seconds=120))
    assert (reload(payment).state, bank.count("start"), len(bank.charges)) == (outcome, told, 1)


def test_an_answer_that_comes_after_the_janitor_brings_the_name(mvola: Bank, amina: User) -> None:
    """The first call takes more than two minutes; meanwhile nobody knew."""

    def late(payment: Payment) -> PushSent:
        janitor.make_round(now=after(minutes=3))
        assert reload(payment).state == "UNKNOWN"
        answer = mvola.take_on(payment)
        assert isinstance(answer, PushSent)
        return answer

    mvola.next_starts.append(late)
    payment = submit(push_payment(amina))
    assert (payment.state, payment.provider_ref) == ("UNKNOWN", f"MVOLA-{payment.our_reference}")
    mvola.pay(payment)
    assert settle_payment(payment_id=payment.pk, now=after(minutes=4)).state == "SUCCEEDED"


def test_a_name_that_another_payment_bears(bank: Bank, amina: User, ben: User, mod: User) -> None:
    sent_payment(amina)
    bank.next_starts.append(PushSent(Payment.objects.get().provider_ref or ""))
    payment = submit(make_payment(ben))
    assert (payment.state, payment.provider_ref, payment.flag) == ("UNKNOWN", None, "REFERENCE")
    assert mod.notifications.get().args["what"] == "PAYMENT_FLAGGED"


# ---- Providers that are away ---------------------------------------------------------------------------------------------------------
def test_ten_silences_and_it_is_left_in_peace(bank: Bank, amina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("core.breaker.time.monotonic", lambda: clock[0])
    bank.away = True
    for number in range(10):
        submit(make_payment(amina, subject_key=f"s{number}"))
    waits = submit(make_payment(amina, subject_key="waits"))
    assert (waits.state, bank.count("start")) == (PaymentState.CREATED, 10)  # nothing is sent, and nothing is lost
    clock[0] += 16
    bank.away = False
    janitor.make_round(now=after(seconds=31))
    assert reload(waits).state == "PENDING"


def test_what_could_not_be_sent_in_time_ends_and_nothing_was_taken(bank: Bank, amina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.breaker.time.monotonic", lambda: 1000.0)
    bank.away = True
    for number in range(10):
        submit(make_payment(amina, subject_key=f"s{number}"))
    waits = make_payment(amina, subject_key="waits")
    for minutes in range(1, 16):
        janitor.make_round(now=after(minutes=minutes))
    found = reload(waits)
    assert (found.state, found.failure_code, found.open_key) == ("EXPIRED", "NOT_SENT", None)
    assert ("start", waits.our_reference) not in bank.calls
