"""Receipts of what is paid out of a wallet: with the sums of the ledger, for whoever paid, and for nobody else."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import GrantSource
from billing.models import BillingDetails, LedgerEntry, WalletSpend
from billing.queries.sales import NotPosted
from billing.queries.spends import make_spend_receipt
from billing.services.promos import give_promo
from billing.services.wallet import return_spend, spend
from billing.tests.purses import eur, open_wallets, pay_in, plain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    open_wallets(settings)
    settings.SELLER_NAME, settings.SELLER_ADDRESS, settings.SELLER_VAT_NUMBER = "Resaka SAS", ["1 rue des Essais"], "FR00123456789"


@pytest.fixture
def amina() -> User:
    user = make_user("Amina", now=timezone.now())
    pay_in(user, 50_00, at=timezone.now())
    return user


@pytest.fixture
def ben() -> User:
    return make_user("Ben", now=timezone.now())


def as_(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def pay(user: User, payee_key: str = "revenue:ads", *, cents: int = 12_00, key: str = "boost:1") -> WalletSpend:
    return spend(payer=user, payee_key=payee_key, subject_key="room:a", money=eur(cents), key=key, now=timezone.now())


def read(user: User, made: WalletSpend) -> str:
    answer = as_(user).get(f"/money/wallet/spends/{made.public_id}/?lang=fr")
    assert answer.status_code == 200
    return plain(answer.content.decode())


def test_a_sale_says_its_sum_its_vat_and_who_sold_it(amina: User) -> None:
    made = pay(amina)
    page = read(amina, made)
    for words in ("12,00 €", "dont 2,00 € de TVA (20 %)", "Resaka SAS", "1 rue des Essais", "FR00123456789", str(made.public_id)):
        assert words in page, words


def test_its_vat_is_that_of_the_ledger(amina: User) -> None:
    made = pay(amina)
    posted = LedgerEntry.objects.get(transaction__key=f"spend:{made.key}", account__code="vat:FR:EUR").amount
    receipt = make_spend_receipt(spend=made)
    assert (receipt.vat.amount_minor, receipt.rate_bp, receipt.is_sale) == (posted, 2_000, True)


def test_without_vat_it_says_that_there_is_none(amina: User, settings: Any) -> None:
    settings.VAT_SCHEME = "FRANCHISE"
    made = pay(amina)
    receipt = make_spend_receipt(spend=made)
    assert (receipt.vat.amount_minor, receipt.rate_bp) == (0, 0)
    assert "sans TVA" in read(amina, made)


def test_given_credit_in_it_is_told_apart(amina: User) -> None:
    give_promo(user=amina, money=eur(2_50), source=GrantSource.GOODWILL, key="gift", now=timezone.now())
    page = read(amina, pay(amina))
    assert "dont crédit offert" in page
    assert "2,50 €" in page


def test_a_thank_you_is_no_purchase(amina: User, ben: User) -> None:
    made = pay(amina, f"promo:{ben.pk}", cents=3_00, key="tip:1")
    receipt = make_spend_receipt(spend=made)
    assert (receipt.is_sale, receipt.seller, receipt.vat.amount_minor) == (False, [], 0)
    page = read(amina, made)
    assert "un cadeau, pas un achat" in page
    assert "Resaka SAS" not in page.split("<main")[1].split("</main")[0]
    assert as_(ben).get(f"/money/wallet/spends/{made.public_id}/").status_code == 404  # whoever was thanked has no receipt


def test_what_was_taken_back_says_so(amina: User) -> None:
    made = pay(amina)
    return_spend(key=made.key, now=timezone.now())
    assert "a été reprise le" in read(amina, made)


def test_nobody_else_has_it(amina: User) -> None:
    made = pay(amina)
    carol = make_user("Carol", now=timezone.now())
    assert as_(carol).get(f"/money/wallet/spends/{made.public_id}/").status_code == 404
    assert Client().get(f"/money/wallet/spends/{made.public_id}/").status_code == 302
    for wrong in ("x" * 20, str(made.pk), made.key, "0"):
        assert as_(amina).get(f"/money/wallet/spends/{wrong}/").status_code == 404
    assert as_(amina).post(f"/money/wallet/spends/{made.public_id}/").status_code == 405


def test_no_browser_keeps_it(amina: User) -> None:
    assert "no-store" in as_(amina).get(f"/money/wallet/spends/{pay(amina).public_id}/")["Cache-Control"]


def test_a_spend_that_the_ledger_does_not_hold_has_no_receipt(amina: User) -> None:
    made = pay(amina)
    WalletSpend.objects.filter(pk=made.pk).update(key="boost:2")
    made.refresh_from_db()
    with pytest.raises(NotPosted):
        make_spend_receipt(spend=made)


def test_the_movements_lead_to_it_at_the_same_cost_for_one_and_for_many(amina: User, ben: User) -> None:
    made = pay(amina, cents=1_00)
    browser = as_(amina)
    browser.get("/money/wallet/history/")
    with CaptureQueriesContext(connection) as one:
        page = browser.get("/money/wallet/history/").content.decode()
    assert page.count("/money/wallet/spends/") == 1
    assert f'href="/money/wallet/spends/{made.public_id}/"' in page
    pay(amina, f"promo:{ben.pk}", cents=1_00, key="tip:1")
    return_spend(key=made.key, now=timezone.now())
    with CaptureQueriesContext(connection) as many:
        page = browser.get("/money/wallet/history/").content.decode()
    assert page.count("/money/wallet/spends/") == 2  # what came back, and what was paid in, are no spends
    assert len(many) == len(one)


def test_spends_from_before_are_named_when_the_house_is_brought_up_to_date(amina: User) -> None:
    first, second = pay(amina, cents=1_00), pay(amina, cents=2_00, key="boost:2")
    WalletSpend.objects.update(public_id=None)
    assert "/money/wallet/spends/" not in as_(amina).get("/money/wallet/history/").content.decode()
    name_spends = import_module("billing.migrations.0013_receipts_of_spends").name_spends
    name_spends(apps, None)
    names = dict(WalletSpend.objects.values_list("pk", "public_id"))
    assert len(set(names.values())) == 2
    assert all(name and len(name) == 20 for name in names.values())
    name_spends(apps, None)
    assert dict(WalletSpend.objects.values_list("pk", "public_id")) == names == {first.pk: names[first.pk], second.pk: names[second.pk]}


def test_it_is_taxed_where_its_payer_says_they_are_billed(amina: User, settings: Any) -> None:
    settings.VAT_OSS = "ALWAYS"
    BillingDetails.objects.create(user=amina, country="DE", details=b"x", updated_at=timezone.now())
    receipt = make_spend_receipt(spend=pay(amina, cents=11_90))
    assert (receipt.vat.amount_minor, receipt.rate_bp) == (1_90, 1_900)
