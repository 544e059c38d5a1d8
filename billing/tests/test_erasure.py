"""What of the money goes with who has their account erased, and what the books keep of a number."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import SubscriptionState, SupportTopic
from billing.models import BillingDetails, Entitlement, Invoice, LedgerEntry, Payment, Subscription, SupportRequest, TopUp, Wallet
from billing.queries.taxpayers import Details
from billing.services.buyers import read_buyer
from billing.services.erasure import erase_money, find_last_document, has_money
from billing.services.invoices import issue_invoice
from billing.services.support.asking import Question, ask_support
from billing.services.taxpayers import save_details
from billing.tests.purses import entitle, open_wallets, paid_of, pay_in
from billing.tests.selling.house import NOON, SELLER, make_order, pay
from core.sealing import has_key

pytestmark = pytest.mark.django_db
WORDS = "Mon paiement a disparu hier soir."


@pytest.fixture(autouse=True)
def _seller(settings: Any) -> None:
    for name, value in SELLER.items():
        setattr(settings, name, value)


@pytest.fixture
def amina() -> User:
    return make_user("Amina")


@pytest.fixture
def carol() -> User:
    return make_user("Carol")


def erase(user: User) -> int:
    batches = 0
    while erase_money(user_id=user.pk, now=NOON):
        batches += 1
    return batches


def ask(user: User) -> SupportRequest:
    return ask_support(question=Question(SupportTopic("PAYMENT"), WORDS, "fr", ""), user=user, ip="192.0.2.1", now=NOON)


def test_on_an_invoice_the_number_stands_for_the_person_and_the_books_stay(amina: User) -> None:
    save_details(
        user=amina,
        details=Details(name="Amina Rabe", street="1 rue du Port", postal_code="13002", town="Marseille", country="FR"),
        now=NOON,
    )
    payment = pay(make_order(amina))
    issue_invoice(payment_id=payment.pk, now=NOON)
    entries = LedgerEntry.objects.count()
    assert read_buyer(invoice=Invoice.objects.get()).name == "Amina Rabe"
    erase(amina)
    invoice = Invoice.objects.get()
    assert (invoice.payer_id, read_buyer(invoice=invoice).name) == (None, invoice.number)
    assert invoice.file_name == "" or not default_storage.exists(invoice.file_name)
    assert not has_key(f"invoice:{amina.public_id}")
    assert (LedgerEntry.objects.count(), Payment.objects.get().payer_id) == (entries, amina.pk)  # a number, for a year
    assert find_last_document(user_id=amina.pk) == invoice.issued_at


def test_what_they_asked_the_team_goes_with_its_key(amina: User, carol: User) -> None:
    mine, hers = ask(amina), ask(carol)
    erase(amina)
    assert list(SupportRequest.objects.values_list("pk", flat=True)) == [hers.pk]
    assert (has_key(mine.scope), has_key(hers.scope)) == (False, True)


def test_what_was_paid_in_advance_ends(amina: User) -> None:
    order = make_order(amina)
    assert order.period_end is not None
    subscription = Subscription.objects.create(
        user=amina,
        price=order.price,
        state=SubscriptionState.ACTIVE,
        period_start=NOON,
        period_end=order.period_end,
        open_key=str(amina.pk),
        created_at=NOON,
    )
    entitle(amina, "STORAGE_BYTES", 10**9, since=NOON)
    assert has_money(user_id=amina.pk) is True
    erase(amina)
    subscription.refresh_from_db()
    assert (subscription.state, subscription.open_key, subscription.period_end) == (SubscriptionState.ENDED, None, NOON)
    assert (Entitlement.objects.count(), has_money(user_id=amina.pk)) == (0, False)


def test_credit_is_not_touched_here_and_goes_back_when_the_account_closes(amina: User, settings: Any) -> None:
    """`giveback.give_back_all` follows AccountClosed, which the erasure's own step publishes."""
    open_wallets(settings)
    pay_in(amina, 1_000, at=NOON)
    erase(amina)
    assert paid_of(amina) == 1_000


def test_limits_that_somebody_set_on_themselves_say_how_they_are_and_go(amina: User) -> None:
    Wallet.objects.create(user=amina, currency="EUR", daily_limit_minor=500, paused_until=NOON, opened_at=NOON)
    erase(amina)
    wallet = Wallet.objects.get()
    assert (wallet.currency, wallet.daily_limit_minor, wallet.paused_until) == ("EUR", None, None)


def test_a_sum_that_was_never_paid_goes_and_one_that_was_stays(amina: User) -> None:
    sent, written = (
        TopUp.objects.create(user=amina, amount_minor=500, currency="EUR", client_key=uuid.uuid4(), created_at=NOON, expires_at=NOON)
        for _one in "ab"
    )
    payment = pay_in(amina, 500, at=NOON)
    Payment.objects.filter(pk=payment.pk).update(subject_key=sent.subject_key)
    erase(amina)
    assert list(TopUp.objects.values_list("pk", flat=True)) == [sent.pk]
    assert written.pk != sent.pk


def test_nothing_of_carol_changes(amina: User, carol: User) -> None:
    for user in (amina, carol):
        entitle(user, "STORAGE_BYTES", 10**9, since=NOON)
        save_details(
            user=user, details=Details(name="Rabe", street="1 rue du Port", postal_code="13002", town="Marseille", country="FR"), now=NOON
        )
    erase(amina)
    assert (BillingDetails.objects.get().user, Entitlement.objects.get().user) == (carol, carol)


def test_of_who_never_paid_nothing_is_there_to_go(carol: User) -> None:
    assert (erase(carol), has_money(user_id=carol.pk), find_last_document(user_id=carol.pk)) == (0, False, None)
