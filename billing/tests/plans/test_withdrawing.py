"""Withdrawing: fourteen days, logged in or not, a letter with day and hour, and the money back; never from somebody else’s contract."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.services.suspension import suspend
from billing.deadlines import withdrawal_deadline
from billing.enums import Interval, OrderState, RefundReason, RequestState
from billing.models import ContractLetter, ContractRequest, Coupon, PlanOrder, Refund, Subscription
from billing.services.contracts import open_contact
from billing.services.subscriptions import extend_subscription
from billing.services.withdrawing import NotWithdrawable, WithdrawalTooLate, is_withdrawable, preview_withdrawal, withdraw
from billing.services.writing import read_letter, send_letter
from billing.tests.plans.selling import DAY, NOON, Notification, has_premium, make_coupon, order, paid_payment, subscribe, tell
from core import outbox
from core.money import Money
from core.ratelimit import RateLimited
from core.relay import pump

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]


# ---- What it does ---------------------------------------------------------------------------------------------------------------
def test_logged_in_it_ends_the_order_and_the_money_goes_back(amina: User) -> None:
    made = subscribe(amina, immediate=False)
    request = withdraw(told=tell(amina, reference=made.reference), now=NOON + 2 * DAY)
    made.refresh_from_db()
    back = Refund.objects.get()
    assert (made.state, made.withdrawn_at) == (OrderState.WITHDRAWN, NOON + 2 * DAY)
    assert (back.payment, back.amount_minor, back.reason) == (made.payment, 499, RefundReason.WITHDRAWAL)
    assert (request.state, request.order, request.refund, request.received_at) == ("DONE", made, Money(499, "EUR"), NOON + 2 * DAY)
    assert Subscription.objects.get().state == "ENDED"
    assert not has_premium(amina, withdrawal_deadline(NOON) + DAY)


def test_the_days_used_after_an_express_request_stay_due(amina: User) -> None:
    made = subscribe(amina)
    what = preview_withdrawal(told=tell(amina, reference=made.reference), now=NOON + 10 * DAY)
    assert (what.refund, what.used) == (Money(333, "EUR"), Money(166, "EUR"))
    withdraw(told=tell(amina, reference=made.reference), now=NOON + 10 * DAY)
    assert Refund.objects.get().amount_minor == 333
    assert not has_premium(amina, NOON + 10 * DAY)


def test_without_an_account_by_number_and_address(amina: User) -> None:
    made = subscribe(amina)
    written = f"{made.reference[:5].lower()} - {made.reference[5:]}"
    request = withdraw(told=tell(reference=written, email="AMINA@example.org"), now=NOON)
    assert (request.state, request.order, request.user) == ("DONE", made, None)
    assert Refund.objects.get().amount_minor == 499


def test_logged_in_no_number_is_needed(amina: User) -> None:
    made = subscribe(amina)
    assert withdraw(told=tell(amina), now=NOON).order == made


def test_the_same_form_twice_is_one_withdrawal(amina: User) -> None:
    made = subscribe(amina)
    told = tell(amina, reference=made.reference)
    assert withdraw(told=told, now=NOON).pk == withdraw(told=told, now=NOON + DAY).pk
    assert (ContractRequest.objects.count(), Refund.objects.count(), ContractLetter.objects.filter(kind="WITHDRAWAL").count()) == (1, 1, 1)


def test_a_second_withdrawal_of_one_order_is_refused(amina: User) -> None:
    made = subscribe(amina)
    withdraw(told=tell(amina, reference=made.reference), now=NOON)
    with pytest.raises(NotWithdrawable):
        withdraw(told=tell(amina, reference=made.reference), now=NOON)
    assert Refund.objects.count() == 1


def test_to_the_last_minute_and_not_after(amina: User) -> None:
    made = subscribe(amina)
    deadline = withdrawal_deadline(NOON)
    assert (is_withdrawable(made, now=deadline - timedelta(seconds=1)), is_withdrawable(made, now=deadline)) == (True, False)
    with pytest.raises(WithdrawalTooLate) as error:
        withdraw(told=tell(amina, reference=made.reference), now=deadline)
    assert error.value.deadline == deadline
    assert (ContractRequest.objects.count(), Refund.objects.count()) == (0, 0)
    withdraw(told=tell(amina, reference=made.reference), now=deadline - timedelta(seconds=1))


def test_each_order_has_its_own_fourteen_days_and_later_ones_move_up(amina: User) -> None:
    first = subscribe(amina)
    second = subscribe(amina, now=NOON + 20 * DAY)
    third = subscribe(amina, now=NOON + 25 * DAY)
    assert not is_withdrawable(first, now=NOON + 26 * DAY)
    withdraw(told=tell(amina, reference=second.reference), now=NOON + 26 * DAY)
    third.refresh_from_db()
    assert third.period_start == first.period_end
    assert Subscription.objects.get().period_end == third.period_end
    assert Refund.objects.get().amount_minor == 499  # it had not begun
    assert first.period_end is not None
    assert has_premium(amina, first.period_end + DAY)


def test_from_an_upgrade_one_is_back_where_one_was(amina: User) -> None:
    month = subscribe(amina)
    year = subscribe(amina, Interval.YEAR, now=NOON + DAY)
    assert not is_withdrawable(PlanOrder.objects.get(pk=month.pk), now=NOON + DAY)  # its time was credited
    withdraw(told=tell(amina, reference=year.reference), now=NOON + DAY)
    month.refresh_from_db()
    assert is_withdrawable(month, now=NOON + DAY)
    row = Subscription.objects.get()
    assert (month.state, month.replaced_by, row.period_end, row.price.interval) == (OrderState.PAID, None, month.period_end, "MONTH")
    assert Refund.objects.get().amount_minor == year.amount_minor
    assert has_premium(amina, NOON + 20 * DAY)


def test_of_an_order_that_was_never_paid_nothing_goes_back_and_a_late_payment_does(amina: User) -> None:
    make_coupon()
    made = order(amina, coupon_code="BIENVENUE")
    withdraw(told=tell(amina, reference=made.reference), now=NOON)
    made.refresh_from_db()
    assert (made.state, Refund.objects.count(), Coupon.objects.get().redeemed) == (OrderState.WITHDRAWN, 0, 0)


def test_of_what_cost_nothing_nothing_goes_back(amina: User) -> None:
    make_coupon(percent=100)
    made = order(amina, coupon_code="BIENVENUE")
    withdraw(told=tell(amina, reference=made.reference), now=NOON)
    assert (Refund.objects.count(), ContractRequest.objects.get().refund) == (0, None)


# ---- What is not found, and whoever is not theirs -------------------------------------------------------------------------------
@pytest.mark.parametrize("email", ["carol@example.org", "", "amina@example.org.evil.test"])
def test_with_a_number_alone_nobody_ends_anothers_contract(amina: User, carol: User, mod: User, email: str) -> None:
    made = subscribe(amina)
    for user in (None, carol):
        request = withdraw(told=tell(user, reference=made.reference, email=email, name="Carol"), now=NOON)
        assert (request.state, request.order, request.ends_at, request.refund) == (RequestState.UNMATCHED, None, None, None)
    made.refresh_from_db()
    assert (made.state, Refund.objects.count()) == (OrderState.PAID, 0)
    assert {row.args["what"] for row in Notification.objects.filter(user=mod)} == {"CONTRACT_UNMATCHED"}


def test_what_is_not_found_is_kept_and_acknowledged_with_its_hour(shop: None) -> None:
    request = withdraw(told=tell(reference="ABCDE23456", email="toky@example.org", name="Toky Rabe"), now=NOON)
    letter = ContractLetter.objects.get()
    text = read_letter(letter)
    assert (request.state, open_contact(request).name) == ("UNMATCHED", "Toky Rabe")
    for words in ("23 novembre 2026, 12:00:00", "ABCDE23456", "Toky Rabe", "Je renonce au contrat", request.public_id):
        assert words in text
    assert b"Toky" not in bytes(request.contact or b"")


def test_a_strangers_letter_box_is_not_filled(shop: None) -> None:
    for _request in range(5):
        withdraw(told=tell(reference="ABCDE23456", email="victim@example.org"), now=NOON)
    assert (ContractRequest.objects.count(), ContractLetter.objects.count()) == (5, 3)


def test_numbers_are_not_tried_in_a_row(amina: User) -> None:
    for number in range(10):
        preview_withdrawal(told=tell(reference=f"AAAA{number}", email="amina@example.org"), now=NOON)
    with pytest.raises(RateLimited):
        preview_withdrawal(told=tell(reference="AAAA", email="amina@example.org"), now=NOON)
    preview_withdrawal(told=tell(reference="AAAA", email="amina@example.org", ip="192.0.2.9"), now=NOON)


# ---- The letter -----------------------------------------------------------------------------------------------------------------
def test_the_acknowledgement_goes_to_the_account_with_content_day_and_hour(amina: User) -> None:
    made = subscribe(amina, immediate=False)
    withdraw(told=tell(amina, reference=made.reference, email="elsewhere@example.org"), now=NOON)
    letter = ContractLetter.objects.get(kind="WITHDRAWAL")
    mail.outbox.clear()
    send_letter(letter_id=letter.pk, now=NOON)
    send_letter(letter_id=letter.pk, now=NOON)
    (sent,) = mail.outbox
    assert sent.to == ["amina@example.org"]
    for words in (made.reference, "23 novembre 2026, 12:00:00", "4,99", "quatorze jours au plus"):
        assert words in sent.body
    letter.refresh_from_db()
    assert letter.sent_at == NOON


# ---- The pages ------------------------------------------------------------------------------------------------------------------
def fill(**fields: str) -> dict[str, str]:
    return {"name": "Amina", "email": "", "address": "", "reference": "", "client_key": str(uuid.uuid4())} | fields


def test_three_clicks_without_logging_in(amina: User, client: Client) -> None:
    made = subscribe(amina, now=timezone.now())
    assert 'href="/money/withdraw/"' in client.get("/rules/").content.decode()  # 1: in the footer
    form = fill(reference=made.reference, email="amina@example.org")
    recap = client.post("/money/withdraw/", form)  # 2
    assert (recap.status_code, "Confirmer la rétractation" in recap.content.decode()) == (200, True)
    assert PlanOrder.objects.get().state == OrderState.PAID
    done = client.post("/money/withdraw/", form | {"step": "confirm"})  # 3
    page = client.get(done["Location"]).content.decode()
    assert (PlanOrder.objects.get().state, "Votre rétractation est reçue" in page) == (OrderState.WITHDRAWN, True)
    assert "amina@example.org" not in page
    assert "Amina" not in page
    pump(outbox.deliver)
    assert any("rétractation" in sent.subject for sent in mail.outbox)


def test_what_was_typed_is_kept_to_be_corrected(client: Client, shop: None) -> None:
    form = fill(reference="ABCDE23456", email="toky@example.org", name="Toky")
    back = client.post("/money/withdraw/", form | {"step": "edit"})
    assert back.status_code == 200
    for value in ("ABCDE23456", "toky@example.org", "Toky"):
        assert f'value="{value}"' in back.content.decode()
    assert ContractRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Dites qui vous êtes."),
        ({"name": "evil.example"}, "sans adresse ni lien"),
        ({"name": "http://x"}, "sans adresse ni lien"),
        ({"name": "\u202eanimA"}, ""),
        ({"email": "amina@"}, "n’est pas complète"),
        ({"email": ""}, "électronique ou postale"),
        ({"reference": "<b>"}, "dix lettres et chiffres"),
        ({"reference": "A" * 25}, "dix lettres et chiffres"),
        ({"client_key": "x"}, "Ce formulaire est abîmé"),
    ],
)
def test_bad_input_is_told_and_kept(client: Client, shop: None, fields: dict[str, str], words: str) -> None:
    form = fill(**({"email": "a@example.org"} | fields))
    answer = client.post("/money/withdraw/", form | {"step": "confirm"})
    if not words:
        assert answer.status_code == 302
        return
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert (ContractRequest.objects.count(), ContractLetter.objects.count()) == (0, 0)


def test_too_late_is_said_with_its_day(amina: User, as_: LogIn) -> None:
    made = subscribe(amina, now=timezone.now() - 40 * DAY)
    answer = as_(amina).post("/money/withdraw/", fill(reference=made.reference, email="amina@example.org"))
    assert (answer.status_code, "a pris fin le" in answer.content.decode()) == (422, True)


def test_a_receipt_is_found_by_its_id_alone(amina: User, client: Client) -> None:
    request = withdraw(told=tell(amina, reference=subscribe(amina).reference), now=NOON)
    assert client.get(f"/money/requests/{request.public_id}/").status_code == 200
    for wrong in ("x" * 20, str(request.pk), request.public_id[:-1]):
        assert client.get(f"/money/requests/{wrong}/").status_code == 404
    assert client.post(f"/money/requests/{request.public_id}/").status_code == 405


def test_whoever_is_barred_withdraws_all_the_same(amina: User, as_: LogIn) -> None:
    made = subscribe(amina, now=timezone.now())
    suspend(user=amina, kind=SuspensionKind.SUSPENDED, decision_ref="d1", reason="x", now=timezone.now())
    browser = as_(User.objects.get(pk=amina.pk))
    assert browser.get("/rooms/").status_code == 302
    form = fill(reference=made.reference, email="amina@example.org")
    assert browser.post("/money/withdraw/", form | {"step": "confirm"})["Location"].startswith("/money/requests/")
    assert PlanOrder.objects.get().state == OrderState.WITHDRAWN


def test_a_payment_that_comes_after_is_given_back(amina: User) -> None:
    made = order(amina)
    payment = paid_payment(made, state="PENDING")
    withdraw(told=tell(amina, reference=made.reference), now=NOON)
    payment.state = "SUCCEEDED"
    payment.save()
    assert Refund.objects.count() == 0
    assert extend_subscription(payment_id=payment.pk, now=NOON) is None
    assert Refund.objects.get().amount_minor == 499
