"""Ten years for the sale, and for the person as long as they are here: erasing, keeping, destroying."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from accounts.services.closure import begin_closing, finish_closings
from billing.handlers import on_account_closed_invoices
from billing.models import BillingDetails, Invoice, InvoiceLine, LocationProof
from billing.models.invoice import HOUSE_SCOPE
from billing.queries.vat import split_vat
from billing.services.buyers import erase_person, read_buyer
from billing.services.invoices import issue_credit_note, issue_invoice
from billing.services.purge import SHELVES
from billing.services.receipts import get_pdf
from billing.services.taxpayers import save_details
from billing.tests.selling.conftest import Register
from billing.tests.selling.house import NOON, give_back, make_order, pay
from billing.tests.selling.test_printing import text_of
from billing.tests.selling.test_taxpayers import FIRM
from core.models import DataKey
from core.money import Money
from core.purging import empty
from core.sealing import SealingError, freeze_key, open_sealed

pytestmark = pytest.mark.django_db
TEN_YEARS = timedelta(days=3653)


def sell(user: User, **fields: Any) -> Invoice:
    invoice = issue_invoice(payment_id=pay(make_order(user, **fields)).pk, now=NOON)
    assert invoice is not None
    return invoice


def test_whoever_left_is_replaced_by_the_number(amina: User, django_capture_on_commit_callbacks: Any) -> None:
    invoice = sell(amina)
    pdf = get_pdf(invoice=invoice)
    invoice.refresh_from_db()
    before = {name: getattr(invoice, name) for name in ("number", "gross_minor", "vat_minor", "pdf_sha256", "mentions", "issue_date")}
    scope, sealed, file_name = invoice.buyer_scope, bytes(invoice.buyer), invoice.file_name
    with django_capture_on_commit_callbacks(execute=True):
        assert erase_person(user_id=amina.pk, now=NOON) == 1
    invoice.refresh_from_db()
    assert (invoice.payer, invoice.erased_at, invoice.buyer_scope) == (None, NOON, HOUSE_SCOPE)
    assert read_buyer(invoice=invoice).name == "F2026-000001"
    assert {name: getattr(invoice, name) for name in before} == before
    with pytest.raises(SealingError):  # what a backup holds opens no more
        open_sealed(scope, sealed, invoice.buyer_ad)
    assert not default_storage.exists(file_name)
    text = text_of(get_pdf(invoice=invoice))
    assert "Amina" in text_of(pdf)
    assert "Amina" not in text
    assert "4,99 €" in text


def test_erasing_twice_and_erasing_nobody_change_nothing(amina: User, carol: User) -> None:
    sell(amina)
    assert erase_person(user_id=carol.pk, now=NOON) == 0
    assert [erase_person(user_id=amina.pk, now=NOON) for _time in range(2)] == [1, 0]
    assert read_buyer(invoice=Invoice.objects.get()).name == "F2026-000001"


def test_others_keep_their_names(amina: User, carol: User) -> None:
    sell(amina)
    other = sell(carol)
    erase_person(user_id=amina.pk, now=NOON)
    assert read_buyer(invoice=Invoice.objects.get(pk=other.pk)).name == "Carol"


def test_a_company_stays_on_its_invoice_without_the_account(amina: User, vies: Register) -> None:
    save_details(user=amina, details=FIRM, now=NOON)
    split = split_vat(Money(499, "EUR"), country="DE", on=NOON.date(), reverse_charge=True)
    invoice = sell(amina, split=split)
    erase_person(user_id=amina.pk, now=NOON)
    invoice.refresh_from_db()
    assert (invoice.payer, invoice.erased_at) == (None, None)
    assert read_buyer(invoice=invoice).name == "Muster GmbH"
    assert not BillingDetails.objects.exists()


def test_a_key_that_a_legal_hold_froze_stays(amina: User) -> None:
    invoice = sell(amina)
    freeze_key(invoice.buyer_scope)
    assert erase_person(user_id=amina.pk, now=NOON) == 1
    assert DataKey.objects.using("keys").filter(scope=invoice.buyer_scope).exists()


def test_what_is_written_after_somebody_left_names_nobody(amina: User) -> None:
    invoice = sell(amina)
    begin_closing(user=amina, now=NOON)
    assert finish_closings(now=NOON + timedelta(days=30)) == 1
    on_account_closed_invoices(type("Closed", (), {"user_id": amina.pk})())
    note = issue_credit_note(refund_id=give_back(invoice.payment, 499, vat=83).pk, now=NOON + timedelta(days=31))
    assert note is not None
    assert note.payer is None
    assert read_buyer(invoice=note).name == "A2026-000001"
    late = issue_invoice(payment_id=pay(make_order(amina)).pk, now=NOON + timedelta(days=31))
    assert late is not None
    assert (late.payer, read_buyer(invoice=late).name) == (None, late.number)


def test_an_invoice_is_kept_for_ten_years_and_then_goes_whole(amina: User, django_capture_on_commit_callbacks: Any) -> None:
    invoice = sell(amina)
    get_pdf(invoice=invoice)
    invoice.refresh_from_db()
    (shelf,) = SHELVES["INVOICE"]
    with django_capture_on_commit_callbacks(execute=True):
        assert empty(shelf, now=NOON + TEN_YEARS, before=NOON - timedelta(seconds=1)) == 0
        assert empty(shelf, now=NOON + TEN_YEARS, before=NOON) == 1
    assert not Invoice.objects.exists()
    assert not InvoiceLine.objects.exists()
    assert not LocationProof.objects.exists()
    assert not default_storage.exists(invoice.file_name)


def test_what_is_corrected_stays_as_long_as_its_correction(amina: User) -> None:
    invoice = sell(amina)
    note = issue_credit_note(refund_id=give_back(invoice.payment, 499, vat=83).pk, now=NOON + timedelta(days=5))
    (shelf,) = SHELVES["INVOICE"]
    assert note is not None
    assert empty(shelf, now=NOON, before=NOON) == 0
    assert empty(shelf, now=NOON, before=NOON + timedelta(days=5)) == 2
