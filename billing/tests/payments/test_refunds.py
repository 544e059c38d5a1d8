"""Money that goes back: never more than was paid, by two where it must be, once, and in the ledger only when it is proven."""

from __future__ import annotations

import pytest

from accounts.models import User
from billing.ledger import get_balance
from billing.models import LedgerTransaction, Payment, Refund
from billing.providers.base import Manual, ProviderState, Refused, Unclear
from billing.services import janitor
from billing.services.refunds import (
    ChannelNotOffered,
    NotRefundable,
    NotYoursToDecide,
    RefundTooLarge,
    WrongRefundState,
    approve_refund,
    count_left,
    needs_second_person,
    refund_whole,
    reject_refund,
    request_refund,
    settle_refund,
    settle_refund_as_found,
)
from billing.tests.bank import Bank, lost_refund, pending
from billing.tests.payments.conftest import Install
from billing.tests.payments.factories import (
    NOW,
    after,
    is_proven,
    lines_of,
    make_payment,
    paid_payment,
    push_payment,
)
from billing.tests.payments.giving import ask, reload, submit
from core.models import AuditEntry, OutboxEvent
from core.money import Money

pytestmark = pytest.mark.django_db
BIG = Money(60_00, "EUR")


# ---- Asked for -------------------------------------------------------------------------------------------------------------------------
def test_a_small_one_goes_by_itself(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)
    refund = ask(payment)
    assert (refund.state, refund.channel) == ("APPROVED", "PROVIDER")
    assert OutboxEvent.objects.filter(event="billing.RefundApproved").count() == 1
    done = submit(refund)
    assert (done.state, done.provider_ref, done.settled_at) == ("SUCCEEDED", f"re-{refund.public_id}", NOW)
    assert lines_of(f"refund:{refund.pk}:settle") == {"clearing:STRIPE:EUR": 499, "revenue:subscription:EUR": -499}
    assert is_proven()


@pytest.mark.parametrize("minor", [0, -1, 500], ids=str)
def test_no_more_than_was_paid(bank: Bank, amina: User, minor: int) -> None:
    with pytest.raises(RefundTooLarge) as told:
        ask(paid_payment(bank, amina), minor)
    assert told.value.left == Money(499, "EUR")
    assert not Refund.objects.exists()


def test_no_other_currency(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)
    with pytest.raises(RefundTooLarge):
        request_refund(payment_id=payment.pk, money=Money(100, "MGA"), reason="FAULT", by=None, now=NOW)


def test_parts_that_were_asked_for_count_whatever_became_of_them_but_failure(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)
    ask(payment, 200)
    with pytest.raises(RefundTooLarge) as told:
        ask(payment, 300)
    assert told.value.left == Money(299, "EUR")
    bank.next_refunds.append(Refused("CHARGE_DISPUTED"))
    failed = submit(ask(payment, 299))
    assert failed.state == "FAILED"
    assert count_left(payment) == Money(299, "EUR")
    submit(ask(payment, 299))
    submit(Refund.objects.order_by("pk")[0])
    assert count_left(payment).amount_minor == 0
    assert get_balance("revenue:subscription:EUR").posted.amount_minor == 0
    assert is_proven()


@pytest.mark.parametrize("state", ["CREATED", "PENDING", "UNKNOWN", "FAILED", "EXPIRED"])
def test_what_was_not_paid_does_not_go_back(bank: Bank, amina: User, state: str) -> None:
    payment = make_payment(amina)
    Payment.objects.filter(pk=payment.pk).update(state=state)
    with pytest.raises(NotRefundable):
        ask(payment)


@pytest.mark.parametrize(
    ("money", "channel", "two"),
    [
        (Money(50_00, "EUR"), "PROVIDER", False),
        (Money(50_01, "EUR"), "PROVIDER", True),
        (Money(250_000, "MGA"), "PROVIDER", False),
        (Money(250_001, "MGA"), "PROVIDER", True),
        (Money(1, "MGA"), "MANUAL", True),
        (Money(1, "PTS"), "PROVIDER", True),
    ],
    ids=str,
)
def test_when_one_person_is_not_enough(money: Money, channel: str, two: bool) -> None:
    assert needs_second_person(money=money, channel=channel) is two


@pytest.mark.parametrize(
    ("can", "minor", "wanted", "channel"),
    [
        ("PARTIAL", 100, None, "PROVIDER"),
        ("FULL", 499, None, "PROVIDER"),
        ("FULL", 100, None, "MANUAL"),
        ("NONE", 499, None, "MANUAL"),
        ("PARTIAL", 499, "MANUAL", "MANUAL"),
    ],
)
def test_by_which_way(bank: Bank, amina: User, can: str, minor: int, wanted: str | None, channel: str) -> None:
    payment = paid_payment(bank, amina)
    bank.refunds = can
    assert ask(payment, minor, channel=wanted).channel == channel


@pytest.mark.parametrize(("can", "minor"), [("NONE", 499), ("FULL", 100)])
def test_a_way_that_the_provider_has_not(bank: Bank, amina: User, can: str, minor: int) -> None:
    payment = paid_payment(bank, amina)
    bank.refunds = can
    with pytest.raises(ChannelNotOffered):
        ask(payment, minor, channel="PROVIDER")


def test_the_house_gives_back_what_is_left_and_no_more(bank: Bank, amina: User) -> None:
    payment = paid_payment(bank, amina)
    ask(payment, 99)
    whole = refund_whole(payment_id=payment.pk, reason="DUPLICATE", now=NOW)
    assert whole is not None
    assert (whole.amount_minor, whole.requested_by) == (400, None)
    assert refund_whole(payment_id=payment.pk, reason="DUPLICATE", now=NOW) is None


def big_refund(bank: Bank, payer: User, by: User | None) -> Refund:
    return ask(paid_payment(bank, payer, money=BIG), by=by)


# ---- A second person -------------------------------------------------------------------------------------------------------------------
def test_above_fifty_euros_another_one_agrees(bank: Bank, amina: User, mod: User, other_mod: User) -> None:
    refund = big_refund(bank, amina, mod)
    assert refund.state == "REQUESTED"
    submit(refund)
    assert bank.count("refund") == 0
    with pytest.raises(NotYoursToDecide):
        approve_refund(refund_id=refund.pk, by=mod, now=NOW)
    approve_refund(refund_id=refund.pk, by=other_mod, now=NOW)
    assert submit(refund).state == "SUCCEEDED"
    assert reload(refund).approved_by == other_mod
    assert [row.action for row in AuditEntry.objects.filter(object_kind="refund")] == ["refund.approve"]
    assert is_proven()


def test_who_may_not_agree(bank: Bank, amina: User, ben: User, carol: User, mod: User) -> None:
    refund = big_refund(bank, mod, None)  # one of the team paid it
    superuser = carol
    superuser.is_staff = superuser.is_superuser = True
    superuser.save(update_fields=["is_staff", "is_superuser"])
    for person in (mod, ben, amina, superuser):
        with pytest.raises(NotYoursToDecide):
            approve_refund(refund_id=refund.pk, by=person, now=NOW)
        with pytest.raises(NotYoursToDecide):
            reject_refund(refund_id=refund.pk, by=person, reason="no", now=NOW)
    assert reload(refund).state == "REQUESTED"


def test_agreed_to_once(bank: Bank, amina: User, mod: User, other_mod: User) -> None:
    refund = big_refund(bank, amina, None)
    approve_refund(refund_id=refund.pk, by=mod, now=NOW)
    with pytest.raises(WrongRefundState):
        approve_refund(refund_id=refund.pk, by=other_mod, now=NOW)
    with pytest.raises(WrongRefundState):
        reject_refund(refund_id=refund.pk, by=other_mod, reason="too late", now=NOW)
    assert OutboxEvent.objects.filter(event="billing.RefundApproved").count() == 1


def test_refused_and_the_money_may_be_asked_for_again(bank: Bank, amina: User, mod: User) -> None:
    refund = big_refund(bank, amina, None)
    reject_refund(refund_id=refund.pk, by=mod, reason="paid back in cash", now=NOW)
    found = reload(refund)
    assert (found.state, found.failure_code) == ("FAILED", "REJECTED")
    assert count_left(found.payment) == BIG


# ---- By the provider -------------------------------------------------------------------------------------------------------------------
def test_sent_once_however_often_it_is_told(bank: Bank, amina: User) -> None:
    refund = ask(paid_payment(bank, amina))
    for seconds in range(3):
        submit(refund, seconds=seconds)
    assert (bank.count("refund"), LedgerTransaction.objects.filter(kind="REFUND").count()) == (1, 1)


def test_taken_on_and_later_done(bank: Bank, amina: User) -> None:
    bank.next_refunds.append(pending(bank))
    refund = submit(ask(paid_payment(bank, amina)))
    assert (refund.state, get_balance("revenue:subscription:EUR").posted.amount_minor) == ("PENDING", 499)
    assert settle_refund(refund_id=refund.pk, now=after(seconds=6)).state == "PENDING"
    bank.returned[refund.public_id] = "SUCCEEDED"
    assert settle_refund(refund_id=refund.pk, now=after(minutes=1)).state == "SUCCEEDED"
    assert is_proven()


def test_taken_on_and_later_refused(bank: Bank, amina: User) -> None:
    bank.next_refunds.append(pending(bank))
    refund = submit(ask(paid_payment(bank, amina)))
    bank.returned[refund.public_id] = "FAILED"
    settle_refund(refund_id=refund.pk, now=after(seconds=6))
    assert reload(refund).state == "FAILED"
    assert OutboxEvent.objects.filter(event="billing.RefundFailed").count() == 1
    assert is_proven()


def test_a_lost_answer_is_sent_again_under_the_same_key(bank: Bank, amina: User) -> None:
    bank.next_refunds.append(lost_refund(bank))
    refund = submit(ask(paid_payment(bank, amina)))
    assert refund.state == "SUBMITTED"
    janitor.make_round(now=after(seconds=6))
    assert (reload(refund).state, bank.count("refund"), len(bank.returned)) == ("SUCCEEDED", 2, 1)
    assert is_proven()


def test_where_no_key_is_known_a_lost_answer_is_asked_about_and_never_sent_again(install: Install, amina: User) -> None:
    airtel = install("AIRTEL", rings=True, repeatable=False, refunds="FULL", payee="")
    payment = paid_payment(airtel, amina, make=push_payment, provider="AIRTEL")
    airtel.next_refunds.append(lost_refund(airtel))
    refund = submit(ask(payment))
    assert refund.state == "UNKNOWN"
    janitor.make_round(now=after(seconds=6))
    assert (reload(refund).state, airtel.count("refund")) == ("SUCCEEDED", 1)
    assert is_proven()


def test_a_worker_that_died_in_the_call(install: Install, amina: User) -> None:
    airtel = install("AIRTEL", rings=True, repeatable=False, refunds="FULL", payee="")
    refund = ask(paid_payment(airtel, amina, make=push_payment, provider="AIRTEL"))
    Refund.objects.filter(pk=refund.pk).update(state="SUBMITTED", submitted_at=NOW, next_check_at=after(minutes=2))
    janitor.make_round(now=after(minutes=2))
    assert (reload(refund).state, airtel.count("refund")) == ("UNKNOWN", 0)


def test_a_refusal_of_the_second_sending_proves_nothing(bank: Bank, amina: User) -> None:
    bank.next_refunds.extend([lost_refund(bank), Refused("ALREADY_REFUNDED")])
    refund = submit(ask(paid_payment(bank, amina)))
    janitor.make_round(now=after(seconds=6))
    assert reload(refund).state in ("SUBMITTED", "UNKNOWN")
    for minutes in range(1, 9):
        janitor.make_round(now=after(minutes=minutes))
    assert reload(refund).state == "SUCCEEDED"
    assert is_proven()


def test_another_sum_went_back(bank: Bank, amina: User, mod: User) -> None:
    bank.next_refunds.append(pending(bank))
    refund = submit(ask(paid_payment(bank, amina)))
    found = ProviderState("SUCCEEDED", provider_ref="re_1", money=Money(500, "EUR"))
    assert settle_refund_as_found(refund_id=refund.pk, found=found, now=after(minutes=1)).state == "PENDING"
    assert not LedgerTransaction.objects.filter(kind="REFUND").exists()


def test_a_provider_that_turns_out_to_have_no_call_for_it(bank: Bank, amina: User) -> None:
    bank.next_refunds.append(Manual())
    refund = submit(ask(paid_payment(bank, amina)))
    assert (refund.state, refund.channel, refund.next_check_at) == ("REQUESTED", "MANUAL", None)


@pytest.mark.parametrize("error", [Unclear("status 500"), Unclear("reset")], ids=str)
def test_stripe_forgets_keys_after_a_day(bank: Bank, amina: User, error: Unclear) -> None:
    bank.next_refunds.extend([error] * 200)
    refund = submit(ask(paid_payment(bank, amina)))
    for hours in range(1, 30):
        janitor.make_round(now=after(hours=hours))
    sent = bank.count("refund")
    assert reload(refund).state == "UNKNOWN"
    janitor.make_round(now=after(hours=40))
    assert bank.count("refund") == sent
