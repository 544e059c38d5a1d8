"""Invoices and credit notes: one for each payment and refund, numbered without a gap, as the ledger says, and never changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import InvoiceKind, OrderState, PaymentState, Provider, Purpose, RefundState, VatTreatment
from billing.events import InvoiceIssued
from billing.handlers import on_payment_succeeded_invoice, on_refund_succeeded_invoice
from billing.models import Invoice, InvoiceCounter, InvoiceLine, Payment, VatRule
from billing.queries.sales import NotPosted
from billing.queries.vat import split_vat
from billing.services.buyers import read_buyer
from billing.services.invoices import NotDelivered, issue_credit_note, issue_invoice
from billing.services.taxpayers import save_details
from billing.tests.selling.conftest import Register
from billing.tests.selling.house import MONTH, NOON, give_back, make_order, make_payment, pay, post_sale
from billing.tests.selling.test_taxpayers import FIRM
from core.models import OutboxEvent
from core.money import Money

pytestmark = pytest.mark.django_db
MANY = 12


def sell(user: User, *, now: datetime = NOON, **fields: Any) -> Invoice:
    payment = pay(make_order(user, now=now), now=now, **fields)
    invoice = issue_invoice(payment_id=payment.pk, now=now)
    assert invoice is not None
    return invoice


# ---- What stands on one --------------------------------------------------------------------------------------------------------


def test_a_paid_subscription_has_its_invoice(amina: User) -> None:
    invoice = sell(amina)
    assert (invoice.number, invoice.kind, invoice.issue_date) == ("F2026-000001", InvoiceKind.INVOICE, date(2026, 11, 23))
    assert (invoice.net, invoice.vat, invoice.gross) == (Money(416, "EUR"), Money(83, "EUR"), Money(499, "EUR"))
    assert (invoice.treatment, invoice.vat_country, invoice.buyer_country) == (VatTreatment.DOMESTIC, "FR", "FR")
    line = InvoiceLine.objects.get()
    assert (line.text, line.from_date, line.to_date) == ("Abonnement Premium, un mois", NOON.date(), (NOON + MONTH).date())
    assert (line.net_minor, line.rate_bp, line.quantity) == (416, 2000, 1)
    assert read_buyer(invoice=invoice).name == "Amina"
    assert b"Amina" not in bytes(invoice.buyer)
    assert invoice.seller["name"] == "Resaka SAS"
    assert invoice.mentions == [f"Payée le 23 novembre 2026 par Stripe, référence {invoice.payment.our_reference}."]


def test_the_sums_are_those_of_the_ledger_even_when_a_rate_changed_meanwhile(amina: User) -> None:
    payment = pay(make_order(amina))
    VatRule.objects.create(country="FR", rate_bp=2500, valid_from=NOON.date())
    invoice = issue_invoice(payment_id=payment.pk, now=NOON + timedelta(days=2))
    assert invoice is not None
    assert (invoice.vat_minor, invoice.lines.get().rate_bp) == (83, 2000)


def test_an_invoice_speaks_the_language_of_its_payer() -> None:
    ben = make_user("Ben", language="en")
    invoice = sell(ben)
    assert invoice.language == "en"


def test_a_company_elsewhere_in_the_union_owes_its_vat_itself(amina: User, vies: Register) -> None:
    save_details(user=amina, details=FIRM, now=NOON)
    split = split_vat(Money(499, "EUR"), country="DE", on=NOON.date(), reverse_charge=True)
    payment = pay(make_order(amina, split=split))
    invoice = issue_invoice(payment_id=payment.pk, now=NOON)
    assert invoice is not None
    assert (invoice.is_business, invoice.treatment, invoice.net_minor, invoice.vat_minor) == (True, VatTreatment.REVERSE_CHARGE, 499, 0)
    assert invoice.mentions[0].startswith("Autoliquidation")
    assert any("40" in mention and "L441-10" in mention for mention in invoice.mentions)
    assert read_buyer(invoice=invoice).vat_number == "DE136695976"


@pytest.mark.parametrize(
    ("country", "words"),
    [("MG", "TVA non applicable\u00a0: service fourni hors"), ("FR", ""), ("DE", "")],
    ids=["outside", "home", "below"],
)
def test_each_rule_has_its_mention(country: str, words: str) -> None:
    user = make_user("Toky", country=country)
    payment = pay(make_order(user, split=split_vat(Money(499, "EUR"), country=country, on=NOON.date())))
    invoice = issue_invoice(payment_id=payment.pk, now=NOON)
    assert invoice is not None
    assert [text for text in invoice.mentions if text.startswith("TVA")] == ([invoice.mentions[0]] if words else [])
    assert invoice.mentions[0].startswith(words or "Payée")


def test_a_small_seller_says_by_which_article_there_is_no_vat(settings: Any, amina: User) -> None:
    settings.VAT_SCHEME = "FRANCHISE"
    payment = pay(make_order(amina, split=split_vat(Money(499, "EUR"), country="FR", on=NOON.date())))
    invoice = issue_invoice(payment_id=payment.pk, now=NOON)
    assert invoice is not None
    assert (invoice.vat_minor, invoice.mentions[0]) == (0, "TVA non applicable, article 293 B du CGI.")


def test_where_the_payer_was_is_proven_with_it() -> None:
    toky = make_user("Toky", country="MG")
    money = Money(20_000, "MGA")
    order = make_order(toky, money=money, split=split_vat(money, country="MG", on=NOON.date()))
    invoice = issue_invoice(payment_id=pay(order, provider=Provider.MVOLA).pk, now=NOON)
    assert invoice is not None
    assert invoice.location_agrees is True
    assert (invoice.gross, invoice.treatment) == (money, VatTreatment.OUT_OF_SCOPE)


# ---- For what there is none ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", [Purpose.WALLET_TOPUP, Purpose.ORDER, Purpose.BOOKING])
def test_what_the_house_does_not_sell_has_no_invoice_of_it(amina: User, purpose: Purpose) -> None:
    payment = make_payment(amina, Money(499, "EUR"), purpose=purpose)
    assert issue_invoice(payment_id=payment.pk, now=NOON) is None
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("state", [state for state in PaymentState.values if state != "SUCCEEDED"])
def test_what_is_not_paid_has_no_invoice(amina: User, state: str) -> None:
    payment = pay(make_order(amina))
    Payment.objects.filter(pk=payment.pk).update(state=state)
    assert issue_invoice(payment_id=payment.pk, now=NOON) is None


def test_what_the_ledger_does_not_hold_is_not_written_and_takes_no_number(amina: User) -> None:
    order = make_order(amina)
    payment = make_payment(amina, order.money, subject_key=order.subject_key)
    with pytest.raises(NotPosted):
        issue_invoice(payment_id=payment.pk, now=NOON)
    post_sale(payment, [("revenue:subscription:EUR", 499)])  # without the tax that was frozen
    with pytest.raises(NotPosted):
        issue_invoice(payment_id=payment.pk, now=NOON)
    assert sell(amina).number == "F2026-000001"


def test_what_was_paid_twice_is_no_sale_and_goes_back_without_a_paper(amina: User) -> None:
    order = make_order(amina)
    pay(order)
    double = make_payment(amina, order.money, subject_key=order.subject_key)
    post_sale(double, [("suspense:STRIPE:EUR", 499)])
    assert issue_invoice(payment_id=double.pk, now=NOON) is None
    assert issue_credit_note(refund_id=give_back(double, 499, vat=0).pk, now=NOON) is None
    assert not Invoice.objects.exists()


def test_it_waits_for_the_days_that_were_bought_but_not_for_ever(amina: User) -> None:
    order = make_order(amina, state=OrderState.ORDERED, period_start=None, period_end=None)
    payment = pay(order)
    with pytest.raises(NotDelivered):
        issue_invoice(payment_id=payment.pk, now=NOON + timedelta(minutes=9))
    invoice = issue_invoice(payment_id=payment.pk, now=NOON + timedelta(minutes=10))
    assert invoice is not None
    assert invoice.lines.get().from_date is None


def test_what_is_renewed_elsewhere_is_taxed_as_it_was_posted(amina: User) -> None:
    payment = make_payment(amina, Money(499, "EUR"), subject_key="subscription:abc")
    post_sale(payment, [("revenue:subscription:EUR", 416), ("vat:FR:EUR", 83)])
    invoice = issue_invoice(payment_id=payment.pk, now=NOON)
    assert invoice is not None
    assert (invoice.vat_minor, invoice.treatment, invoice.lines.get().rate_bp) == (83, VatTreatment.DOMESTIC, 2000)
    assert invoice.lines.get().text == "Abonnement"


# ---- Once ----------------------------------------------------------------------------------------------------------------------


def test_told_three_times_it_is_written_once(amina: User) -> None:
    payment = pay(make_order(amina))
    event = type("Told", (), {"payment_id": payment.pk})()
    for _time in range(3):
        on_payment_succeeded_invoice(event)
    assert Invoice.objects.count() == 1
    assert InvoiceCounter.objects.get(series="F").last_number == 1
    assert OutboxEvent.objects.filter(event="billing.InvoiceIssued").count() == 1


def test_the_row_refuses_sums_that_do_not_add_up(amina: User) -> None:
    invoice = sell(amina)
    for wrong in ({"vat_minor": 84}, {"net_minor": -1, "gross_minor": 82}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Invoice.objects.filter(pk=invoice.pk).update(**wrong)


# ---- Numbers -------------------------------------------------------------------------------------------------------------------


def test_numbers_follow_each_other_and_begin_anew_with_the_year(amina: User) -> None:
    eve, day = datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, 0, 1, tzinfo=UTC)
    assert [sell(amina, now=at).number for at in (NOON, eve, day, day)] == ["F2026-000001", "F2026-000002", "F2027-000001", "F2027-000002"]


def test_a_clock_that_goes_back_takes_neither_a_number_nor_a_day_back(amina: User) -> None:
    later = sell(amina, now=datetime(2027, 1, 1, 0, 0, tzinfo=UTC))
    earlier = sell(amina, now=datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert (later.number, earlier.number) == ("F2027-000001", "F2027-000002")
    assert earlier.issue_date == later.issue_date == date(2027, 1, 1)


def test_who_fails_leaves_no_gap(amina: User) -> None:
    sell(amina)
    payment = pay(make_order(amina))

    def die() -> None:
        with transaction.atomic():
            assert issue_invoice(payment_id=payment.pk, now=NOON) is not None
            raise RuntimeError("the process dies before it commits")

    with pytest.raises(RuntimeError):
        die()
    assert not Invoice.objects.filter(number="F2026-000002").exists()
    assert sell(amina).number == "F2026-000002"


def test_a_database_that_lost_its_counters_begins_anew(amina: User) -> None:
    InvoiceCounter.objects.all().delete()
    assert sell(amina).number == "F2026-000001"


@pytest.mark.servers
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one process alone uses SQLite")
@pytest.mark.django_db(transaction=True)
def test_many_at_once_take_each_one_number_and_leave_no_gap() -> None:
    """Twelve payments, each told twice in the same instant; every fourth transaction dies before it commits."""
    amina, now = make_user("Amina"), timezone.now()
    InvoiceCounter.objects.get_or_create(series="F", defaults={"year": 2000, "last_number": 0, "last_date": date(2000, 1, 1)})
    payments = [pay(make_order(amina, now=now), now=now).pk for _number in range(MANY)]
    start = Barrier(2 * MANY)

    def race(place: int) -> bool:
        start.wait(timeout=30)
        try:
            with transaction.atomic():
                assert issue_invoice(payment_id=payments[place // 2], now=now) is not None
                if place % 4 == 0:
                    raise RuntimeError("dies")
        except RuntimeError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2 * MANY) as crowd:
        done = list(crowd.map(race, range(2 * MANY)))
    assert done.count(False) == MANY // 2
    written = list(Invoice.objects.order_by("sequence").values_list("sequence", flat=True))
    assert written == list(range(1, MANY + 1))
    assert set(Invoice.objects.values_list("payment_id", flat=True)) == set(payments)
    assert InvoiceCounter.objects.get(series="F").last_number == MANY


# ---- Credit notes --------------------------------------------------------------------------------------------------------------


def test_what_went_back_has_its_credit_note(amina: User) -> None:
    invoice = sell(amina)
    refund = give_back(invoice.payment, 499, vat=83)
    note = issue_credit_note(refund_id=refund.pk, now=NOON + timedelta(days=3))
    assert note is not None
    assert (note.number, note.kind, note.corrects) == ("A2026-000001", InvoiceKind.CREDIT_NOTE, invoice)
    assert (note.net_minor, note.vat_minor, note.gross_minor) == (416, 83, 499)
    assert note.mentions == ["Corrige la facture F2026-000001. Remboursé le 23 novembre 2026."]
    assert read_buyer(invoice=note) == read_buyer(invoice=invoice)
    assert note.lines.get().text == invoice.lines.get().text


def test_parts_that_go_back_add_up_to_what_was_charged(amina: User) -> None:
    invoice = sell(amina)
    for minor, vat in ((100, 17), (200, 33), (199, 33)):
        assert issue_credit_note(refund_id=give_back(invoice.payment, minor, vat=vat).pk, now=NOON) is not None
    notes = Invoice.objects.filter(kind=InvoiceKind.CREDIT_NOTE)
    assert [note.number for note in notes.order_by("pk")] == ["A2026-000001", "A2026-000002", "A2026-000003"]
    assert sum(note.vat_minor for note in notes) == invoice.vat_minor
    assert sum(note.gross_minor for note in notes) == invoice.gross_minor


def test_a_refund_that_is_told_first_brings_its_invoice_along(amina: User) -> None:
    payment = pay(make_order(amina))
    refund = give_back(payment, 499, vat=83)
    event = type("Told", (), {"refund_id": refund.pk, "payment_id": payment.pk})()
    for _time in range(3):
        on_refund_succeeded_invoice(event)
    assert sorted(Invoice.objects.values_list("number", flat=True)) == ["A2026-000001", "F2026-000001"]


@pytest.mark.parametrize("state", [state for state in RefundState.values if state != "SUCCEEDED"])
def test_what_has_not_gone_back_has_no_credit_note(amina: User, state: str) -> None:
    invoice = sell(amina)
    refund = give_back(invoice.payment, 499, vat=83)
    type(refund).objects.filter(pk=refund.pk).update(state=state)
    assert issue_credit_note(refund_id=refund.pk, now=NOON) is None


def test_a_credit_that_was_bought_for_a_wallet_needs_no_note(amina: User) -> None:
    payment = make_payment(amina, Money(499, "EUR"), purpose=Purpose.WALLET_TOPUP)
    post_sale(payment, [(f"wallet:{amina.pk}:EUR", 499)])
    refund = give_back_wallet(payment, amina)
    assert issue_credit_note(refund_id=refund, now=NOON) is None


def give_back_wallet(payment: Payment, user: User) -> int:
    from billing.models import Refund

    refund = Refund.objects.create(
        payment=payment, amount_minor=499, reason="GOODWILL", channel="PROVIDER", state="SUCCEEDED", created_at=NOON, settled_at=NOON
    )
    return refund.pk


def test_the_event_names_the_document(amina: User) -> None:
    invoice = sell(amina)
    payload = OutboxEvent.objects.get(event="billing.InvoiceIssued").payload
    assert InvoiceIssued(**payload) == InvoiceIssued(invoice_id=invoice.pk)
