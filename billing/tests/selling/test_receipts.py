"""Who may have a document: its payer and, noted, the part of the team that works on money. Everybody else finds nothing."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.test import Client

from accounts.models import User
from accounts.tests.factories import log_in_staff, make_user
from billing.access import InvoiceNotFound, get_invoice_for_payer, get_invoice_for_staff
from billing.enums import VatNumberState
from billing.models import BillingDetails, Invoice
from billing.queries.invoices import list_receipts
from billing.queries.taxpayers import find_details
from billing.services.invoices import issue_credit_note, issue_invoice
from billing.services.receipts import get_pdf, send_receipt
from billing.tests.selling.conftest import Register
from billing.tests.selling.house import NOON, give_back, make_order, pay
from core.models import AuditEntry
from core.sealing import SealingError, open_sealed

pytestmark = pytest.mark.django_db
LIST = "/money/receipts/"
Notification = apps.get_model("notifications", "Notification")


def sell(user: User) -> Invoice:
    invoice = issue_invoice(payment_id=pay(make_order(user)).pk, now=NOON)
    assert invoice is not None
    return invoice


def page_of(invoice: Invoice) -> str:
    return f"{LIST}{invoice.public_id}/"


@pytest.fixture
def browser(amina: User) -> Client:
    client = Client()
    client.force_login(amina)
    return client


@pytest.fixture
def stranger(carol: User) -> Client:
    client = Client()
    client.force_login(carol)
    return client


@pytest.fixture
def clerk(db: None) -> User:
    user = make_user("Modo1", reserved_name=True, is_staff=True)
    user.groups.add(Group.objects.get_or_create(name="billing")[0])
    return user


# ---- The payer -----------------------------------------------------------------------------------------------------------------


def test_the_payer_sees_reads_and_keeps_it(browser: Client, amina: User) -> None:
    invoice = sell(amina)
    assert invoice.number in browser.get(LIST).content.decode()
    page = browser.get(page_of(invoice))
    words = page.content.decode().replace("\u202f", " ").replace("\u00a0", " ")
    assert "4,99 €" in words
    assert "Abonnement Premium, un mois" in words
    file = browser.get(f"{page_of(invoice)}file/")
    assert (file.status_code, file["Content-Type"]) == (200, "application/pdf")
    assert file["Content-Disposition"] == 'attachment; filename="f2026-000001.pdf"'
    assert {"private", "no-store"} <= set(file["Cache-Control"].split(", "))
    assert file.content.startswith(b"%PDF-")
    invoice.refresh_from_db()
    assert hashlib.sha256(file.content).hexdigest() == invoice.pdf_sha256


@pytest.mark.parametrize("way", ["", "file/"])
def test_somebody_else_finds_nothing(stranger: Client, amina: User, way: str) -> None:
    invoice = sell(amina)
    assert stranger.get(page_of(invoice) + way).status_code == 404
    assert stranger.get(f"{LIST}{'a' * 20}/{way}").status_code == 404
    assert invoice.number not in stranger.get(LIST).content.decode()


@pytest.mark.parametrize("way", ["", "x", "file/"])
def test_a_guest_is_asked_to_log_in(amina: User, way: str) -> None:
    invoice = sell(amina)
    answer = Client().get(f"{page_of(invoice)}{way}" if way != "x" else LIST)
    assert answer.status_code == 302
    assert "/login" in answer["Location"]


def test_the_door_is_the_same_without_a_browser(amina: User, carol: User) -> None:
    invoice = sell(amina)
    assert get_invoice_for_payer(user=amina, public_id=invoice.public_id) == invoice
    for user, name in ((carol, invoice.public_id), (amina, invoice.number), (amina, "")):
        with pytest.raises(InvoiceNotFound):
            get_invoice_for_payer(user=user, public_id=name)


def test_nobody_can_change_one_by_its_page(browser: Client, amina: User) -> None:
    invoice = sell(amina)
    for way in ("", "file/"):
        assert browser.post(page_of(invoice) + way, {"gross_minor": 1}).status_code == 405


def test_without_any_the_page_says_so(browser: Client) -> None:
    assert "Aucune facture" in browser.get(LIST).content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999", "²", ""])
def test_an_odd_page_is_the_first(browser: Client, amina: User, page: str) -> None:
    sell(amina)
    assert "F2026-000001" in browser.get(LIST, {"page": page}).content.decode()


def test_a_page_beyond_the_last_says_so(browser: Client, amina: User) -> None:
    sell(amina)
    assert "Fin de la liste" in browser.get(LIST, {"page": "2"}).content.decode()


def test_twenty_to_a_page_the_newest_first(amina: User) -> None:
    for _number in range(21):
        sell(amina)
    first, second = list_receipts(user=amina, page="1"), list_receipts(user=amina, page="2")
    assert [row.sequence for row in first.rows] == list(range(21, 1, -1))
    assert (first.more, [row.sequence for row in second.rows], second.more) == (True, [1], False)


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_one_query_however_long(amina: User, django_assert_num_queries: Any, count: int) -> None:
    for _number in range(count):
        sell(amina)
    with django_assert_num_queries(1):
        assert [str(row.gross.plain) for row in list_receipts(user=amina, page="1").rows] == ["4.99"] * count


# ---- The file ------------------------------------------------------------------------------------------------------------------


def test_the_storage_alone_reads_nothing(amina: User) -> None:
    invoice = sell(amina)
    pdf = get_pdf(invoice=invoice)
    invoice.refresh_from_db()
    with default_storage.open(invoice.file_name) as file:
        sealed = file.read()
    assert b"%PDF" not in sealed
    assert open_sealed(invoice.buyer_scope, sealed, invoice.file_ad) == pdf
    other = sell(amina)
    with pytest.raises(SealingError):
        open_sealed(invoice.buyer_scope, sealed, other.file_ad)


def test_it_is_made_once_and_given_out_again(amina: User) -> None:
    invoice = sell(amina)
    first = get_pdf(invoice=invoice)
    name = Invoice.objects.get().file_name
    assert get_pdf(invoice=Invoice.objects.get()) == first
    assert Invoice.objects.get().file_name == name
    assert default_storage.listdir("invoices/2026")[1] == [name.rpartition("/")[2]]


@pytest.mark.parametrize("loss", ["deleted", "damaged"])
def test_a_file_that_the_storage_lost_is_made_anew_the_same(amina: User, loss: str) -> None:
    invoice = sell(amina)
    first = get_pdf(invoice=invoice)
    invoice.refresh_from_db()
    if loss == "deleted":
        default_storage.delete(invoice.file_name)
    else:
        with open(default_storage.path(invoice.file_name), "r+b") as file:
            file.seek(40)
            file.write(b"xxxx")
    assert get_pdf(invoice=invoice) == first
    assert Invoice.objects.get().pdf_sha256 == hashlib.sha256(first).hexdigest()


def test_of_two_who_make_it_at_once_one_file_stays(amina: User) -> None:
    one = sell(amina)
    other = Invoice.objects.get()
    assert get_pdf(invoice=one) == get_pdf(invoice=other)
    assert len(default_storage.listdir("invoices/2026")[1]) == 1


# ---- The notice ----------------------------------------------------------------------------------------------------------------


def test_the_payer_is_told_once(amina: User) -> None:
    invoice = sell(amina)
    for _time in range(3):
        send_receipt(invoice_id=invoice.pk, now=NOON)
    notice = Notification.objects.get()
    assert (notice.user, notice.kind, notice.path) == (amina, "RECEIPT", page_of(invoice))
    assert notice.args == {"number": "F2026-000001", "amount_minor": 499, "vat_minor": 83, "currency": "EUR", "returned": False}


def test_a_credit_note_is_told_as_money_that_comes_back(amina: User) -> None:
    note = issue_credit_note(refund_id=give_back(sell(amina).payment, 499, vat=83).pk, now=NOON)
    assert note is not None
    send_receipt(invoice_id=note.pk, now=NOON)
    assert Notification.objects.get().args["returned"] is True


def test_a_document_that_is_gone_meanwhile_is_no_fault(db: None) -> None:
    send_receipt(invoice_id=4711, now=NOON)
    assert not Notification.objects.exists()


# ---- The team ------------------------------------------------------------------------------------------------------------------


def test_the_team_opens_a_file_and_that_is_noted(client: Client, amina: User, clerk: User) -> None:
    invoice = sell(amina)
    log_in_staff(client, clerk)
    page = client.get(f"/admin/billing/invoice/{invoice.pk}/change/")
    assert page.status_code == 200
    assert "Amina" not in page.content.decode()
    assert not AuditEntry.objects.filter(action="invoice.open").exists()
    file = client.post(f"/admin/billing/invoice/{invoice.public_id}/file/")
    assert file.content.startswith(b"%PDF-")
    entry = AuditEntry.objects.get(action="invoice.open")
    assert (entry.object_ref, entry.handle, entry.role) == ("F2026-000001", "modo1", "billing")


def test_only_those_who_work_on_money_open_it(client: Client, amina: User) -> None:
    invoice, mod = sell(amina), make_user("Modo2", reserved_name=True, is_staff=True)
    mod.is_superuser = True  # whatever other rights somebody has
    mod.save(update_fields=["is_superuser"])
    log_in_staff(client, mod)
    assert client.post(f"/admin/billing/invoice/{invoice.public_id}/file/").status_code == 404
    assert client.get("/admin/billing/invoice/").status_code == 403
    with pytest.raises(InvoiceNotFound):
        get_invoice_for_staff(user=amina, public_id=invoice.public_id)
    assert not AuditEntry.objects.filter(action="invoice.open").exists()


@pytest.mark.parametrize("deed", ["add/", "{pk}/delete/"])
def test_the_admin_only_shows(client: Client, amina: User, clerk: User, deed: str) -> None:
    invoice = sell(amina)
    log_in_staff(client, clerk)
    assert client.post(f"/admin/billing/invoice/{deed.format(pk=invoice.pk)}", {"post": "yes"}).status_code == 403
    before = Invoice.objects.filter(pk=invoice.pk).values().get()
    assert client.post(f"/admin/billing/invoice/{invoice.pk}/change/", {"gross_minor": "1"}).status_code == 403
    assert Invoice.objects.filter(pk=invoice.pk).values().get() == before


@pytest.mark.parametrize("table", ["invoice", "vatrule", "locationproof"])
def test_the_lists_of_the_desk_open(client: Client, amina: User, clerk: User, table: str) -> None:
    sell(amina)
    log_in_staff(client, clerk)
    assert client.get(f"/admin/billing/{table}/").status_code == 200
    assert client.get("/admin/billing/invoice/", {"q": "F2026", "location_agrees__isnull": "True"}).status_code == 200


# ---- Billing details -----------------------------------------------------------------------------------------------------------

DETAILS = "/money/details/"


def test_a_person_says_where_they_live(browser: Client, amina: User) -> None:
    assert 'value="FR" selected' in browser.get(DETAILS).content.decode()
    answer = browser.post(DETAILS, {"country": "BE", "name": "Amina R."}, follow=True)
    assert "Vos coordonnées de facturation sont notées" in answer.content.decode()
    assert 'value="BE" selected' in answer.content.decode()
    told = find_details(user=amina)
    assert told is not None
    assert (told.country, told.name) == ("BE", "Amina R.")


def test_a_company_is_looked_up_and_told_what_was_found(browser: Client, amina: User, vies: Register) -> None:
    typed = {"country": "DE", "name": "Muster", "street": "Weg 1", "town": "Berlin", "is_business": "on", "vat_number": "de136695976"}
    assert "a reconnu votre numéro" in browser.post(DETAILS, typed, follow=True).content.decode()
    vies.behave("unavailable")
    assert "ne répond pas" in browser.post(DETAILS, typed, follow=True).content.decode()
    vies.behave("ok")
    unknown = typed | {"vat_number": "DE129273398"}
    assert "ne connaît pas" in browser.post(DETAILS, unknown, follow=True).content.decode()
    assert BillingDetails.objects.get().vat_state == VatNumberState.INVALID


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"country": ""}, "Choisissez un pays de la liste."),
        ({"country": "XX"}, "Choisissez un pays de la liste."),
        ({"country": "DE", "is_business": "on", "name": "M"}, "Il le faut pour la facture d’une entreprise."),
        ({"country": "FR", "vat_number": "1", "is_business": "on", "name": "M", "street": "R", "town": "P"}, "pas un numéro de TVA"),
        (
            {"country": "FR", "vat_number": "DE136695976", "is_business": "on", "name": "M", "street": "R", "town": "P"},
            "d’un autre pays que l’adresse",
        ),
        ({"country": "FR", "name": "x" * 121}, "120"),
    ],
)
def test_bad_details_are_said_at_their_field_and_kept_typed(browser: Client, typed: dict[str, str], words: str) -> None:
    answer = browser.post(DETAILS, typed)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not BillingDetails.objects.exists()


def test_who_asks_the_register_too_often_is_told_when_it_works_again(browser: Client, vies: Register) -> None:
    typed = {"country": "DE", "name": "M", "street": "W", "town": "B", "is_business": "on", "vat_number": "DE136695976"}
    for _try in range(10):
        assert browser.post(DETAILS, typed).status_code == 302
    answer = browser.post(DETAILS, typed)
    assert answer.status_code == 429
    assert "Réessayez dans une heure" in answer.content.decode()


def test_details_are_nobody_elses(stranger: Client, browser: Client) -> None:
    browser.post(DETAILS, {"country": "FR", "name": "Amina Rakoto"})
    assert "Rakoto" not in stranger.get(DETAILS).content.decode()
    assert Client().get(DETAILS).status_code == 302


def test_a_later_invoice_has_what_was_told_and_an_earlier_one_does_not_change(browser: Client, amina: User) -> None:
    before = sell(amina)
    browser.post(DETAILS, {"country": "FR", "name": "Amina Rakoto", "street": "12 rue du Port", "town": "Saint-Denis"})
    after = sell(amina)
    words = browser.get(page_of(after)).content.decode()
    assert "Amina Rakoto" in words
    assert "12 rue du Port" in words
    assert "Rakoto" not in browser.get(page_of(before)).content.decode()
    assert before.issue_date + timedelta(0) == after.issue_date
