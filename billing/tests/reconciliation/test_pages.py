"""The desk of statements and gaps: for those who work on money alone; what is refused is said with its lines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.enums import GapEnd, PaymentState, StatementState
from billing.models import Gap, Refund, Statement
from billing.queries.reconciliation import list_open_gaps
from billing.tests.reconciliation.books import bring, file_of, line, make_payment
from billing.tests.team import browser_of, make_teller

pytestmark = pytest.mark.django_db
PAGE = "/admin/billing/statements/"
GAPS = "/admin/billing/gaps/"


def yesterday(hours: int = 10) -> dict[str, object]:
    """A moment of yesterday, and its day."""
    at = (timezone.now() - timedelta(days=1)).replace(hour=hours, minute=0, second=0, microsecond=0)
    return {"at": at, "day": at.date()}


def upload(browser: Client, *lines: str, provider: str = "MVOLA", day: object = None) -> object:
    sent = SimpleUploadedFile("releve.csv", file_of(lines), content_type="text/csv")
    return browser.post(PAGE, {"provider": provider, "day": str(day or yesterday()["day"]), "file": sent})


@pytest.mark.parametrize("path", [PAGE, GAPS, "/admin/billing/figures/", "/admin/billing/figures/revenue.csv"])
def test_only_those_who_work_on_money_come_in(path: str, amina: User, naly: User, client: Client) -> None:
    assert client.get(path).status_code == 302
    member = Client()
    member.force_login(amina)
    assert member.get(path).status_code in (302, 403)
    assert browser_of(make_teller("Fara", "moderation")).get(path).status_code == 403
    assert browser_of(naly).get(path).status_code == 200


def test_without_a_second_factor_nobody_comes_in(naly: User) -> None:
    browser = Client()
    browser.force_login(naly)
    assert browser.get(GAPS).status_code == 403


def test_brought_by_one_confirmed_by_another(naly: User, hery: User) -> None:
    mine, other = browser_of(naly), browser_of(hery)
    answer = upload(mine, line("MP1", at=yesterday()["at"]))  # type: ignore[arg-type]
    statement = Statement.objects.get()
    page = f"{PAGE}{statement.public_id}/"
    assert (answer.status_code, answer["Location"]) == (302, page)  # type: ignore[attr-defined,index]
    assert "Confirmer le relevé" not in mine.get(page).content.decode()
    assert "Une autre personne doit confirmer" in mine.post(f"{page}confirm/", follow=True).content.decode()
    shown = other.get(page).content.decode()
    assert statement.sha256 in shown
    assert "MP1" in shown
    assert "Relevé confirmé." in other.post(f"{page}confirm/", follow=True).content.decode()
    statement.refresh_from_db()
    assert (statement.state, statement.confirmed_by) == (StatementState.CONFIRMED, hery)
    assert "n’attend plus" in other.post(f"{page}withdraw/", {"reason": "trop tard"}, follow=True).content.decode()


def test_a_refused_file_is_refused_with_its_lines(naly: User) -> None:
    answer = upload(browser_of(naly), line("MP1", at=yesterday()["at"]), line("MP2", "0.5", at=yesterday()["at"]))  # type: ignore[arg-type]
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "Ligne 3 : Le montant n’est pas en ariary entiers." in answer.content.decode().replace("\u202f", " ").replace("\u00a0", " ")  # type: ignore[attr-defined]
    assert Statement.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"day": ""}, "De quel jour"),
        ({"day": "hier"}, "Écrivez le jour"),
        ({"provider": "STRIPE"}, ""),
        ({"file": ""}, "Choisissez un fichier."),
    ],
)
def test_bad_input_of_the_form(naly: User, change: dict[str, str], said: str) -> None:
    sent = SimpleUploadedFile("releve.csv", file_of([]), content_type="text/csv")
    fields = {"provider": "MVOLA", "day": str(yesterday()["day"]), "file": sent, **change}
    answer = browser_of(naly).post(PAGE, fields)
    assert answer.status_code == 422
    assert said in answer.content.decode().replace("\u202f", " ")


def test_today_is_not_over(naly: User) -> None:
    answer = upload(browser_of(naly), day=timezone.now().date())
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "Ce jour n’est pas fini" in answer.content.decode()  # type: ignore[attr-defined]


def test_withdrawn_with_a_reason_alone(naly: User, hery: User) -> None:
    upload(browser_of(naly), line("MP1", at=yesterday()["at"]))  # type: ignore[arg-type]
    page = f"{PAGE}{Statement.objects.get().public_id}/withdraw/"
    browser = browser_of(hery)
    browser.post(page, {"reason": " "})
    assert Statement.objects.get().state == StatementState.WAITING
    browser.post(page, {"reason": "Mauvais fichier."})
    assert Statement.objects.get().state == StatementState.WITHDRAWN


def test_three_lists_on_one_page(amina: User, naly: User, hery: User) -> None:
    make_payment(amina, our_reference="U" * 20)
    bring(naly, hery, line("MP1", 4999, ref="U" * 20), line("MP2", 777))
    page = browser_of(naly).get(GAPS).content.decode()
    for words in ("Chez nous seulement", "Chez eux seulement", "Différent", "MP1", "MP2", "le montant", "777"):
        assert words in page


def test_the_lists_cost_the_same_for_one_and_for_three(amina: User, naly: User, hery: User, django_assert_max_num_queries: object) -> None:
    bring(naly, hery, *(line(f"MP{number}", 100 + number) for number in range(3)))
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        lists = list_open_gaps()
        assert [gap.line.statement.day for gap in lists["THEIRS_ONLY"] if gap.line]  # type: ignore[index]


def test_an_entry_ends_by_its_forms(amina: User, naly: User, hery: User) -> None:
    make_payment(amina, our_reference="V" * 20, state=PaymentState.FAILED)
    bring(naly, hery, line("MP1", msisdn=""), line("MP2", 777))
    browser = browser_of(naly)
    known, strange = (Gap.objects.get(line__provider_ref=name) for name in ("MP1", "MP2"))
    way = f"{GAPS}{known.public_id}/settle/"
    answer = browser.post(way, {"settle-reference": "W" * 20, "settle-note": "Vu avec l’opérateur."})
    assert answer.status_code == 422
    assert "Aucun paiement de ce prestataire n’a cette référence." in answer.content.decode()
    assert "W" * 20 in answer.content.decode()
    assert browser.post(way, {"settle-reference": "V" * 20, "settle-note": "Vu avec l’opérateur."}).status_code == 302
    assert browser.post(f"{GAPS}{strange.public_id}/note/", {"note-note": ""}).status_code == 422
    assert browser.post(f"{GAPS}{strange.public_id}/note/", {"note-note": "Un essai de l’opérateur."}).status_code == 302
    assert list(Gap.objects.order_by("pk").values_list("end", "ended_by")) == [(GapEnd.SETTLED, naly.pk), (GapEnd.NOTED, naly.pk)]
    shown = browser.get(f"{GAPS}{strange.public_id}/").content.decode()
    assert "Un essai de l’opérateur." in shown
    assert "<textarea" not in shown


@pytest.mark.parametrize("amount", ["0,5", "1e3", "-5", "NaN", "5001", ""])
def test_a_refund_of_a_strange_amount_is_refused(amina: User, naly: User, hery: User, amount: str) -> None:
    make_payment(amina, state=PaymentState.SUCCEEDED, settle_ref="MP1")
    bring(naly, hery, line("MP1", 6000))
    way = f"{GAPS}{Gap.objects.get().public_id}/refund/"
    answer = browser_of(naly).post(way, {"refund-amount": amount, "refund-reason": "FAULT", "refund-note": "Vu avec lui."})
    assert answer.status_code == 422
    assert (Refund.objects.count(), Gap.objects.get().is_open) == (0, True)


def test_ways_that_do_not_exist(naly: User, hery: User) -> None:
    bring(naly, hery, line("MP1"))
    gap, browser = Gap.objects.get(), browser_of(naly)
    assert browser.post(f"{GAPS}{gap.public_id}/refund/", {}).status_code == 404
    assert browser.post(f"{GAPS}{gap.public_id}/delete/", {}).status_code == 404
    assert browser.post(f"{GAPS}nothing/note/", {"note-note": "Une raison."}).status_code == 404
    assert browser.get(f"{GAPS}{gap.public_id}/note/").status_code == 405
