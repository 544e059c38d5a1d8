"""The pages of a wallet, as people and strangers meet them."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import AsyncClient, Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from billing.enums import GrantSource
from billing.models import Refund, TopUp, Wallet
from billing.services.promos import give_promo
from billing.services.selflimits import pause_spending
from billing.services.wallet import spend
from billing.tests.purses import eur, open_wallets, pay_in, plain

pytestmark = pytest.mark.django_db
PAGES = ("", "topup/", "limits/", "history/", "history.csv", "history.json")
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    open_wallets(settings)


@pytest.fixture
def amina() -> User:
    return make_user("Amina", now=timezone.now())


@pytest.fixture
def as_() -> Callable[[User | None], Client]:
    def log_in(user: User | None) -> Client:
        browser = Client()
        if user is not None:
            browser.force_login(user)
        return browser

    return log_in


def read(browser: Client, path: str, status: int = 200) -> str:
    answer = browser.get(f"/money/wallet/{path}")
    assert answer.status_code == status
    return plain(answer.content.decode())


def buy(user: User, cents: int, *, minutes_ago: int = 0) -> None:
    now = timezone.now() - minutes_ago * MINUTE
    spend(payer=user, payee_key="revenue:ads", subject_key="room:a", money=eur(cents), key=f"b:{uuid.uuid4()}", now=now)


@pytest.mark.parametrize("page", PAGES)
def test_strangers_are_sent_to_log_in(page: str, as_: Callable[[User | None], Client]) -> None:
    answer = as_(None).get(f"/money/wallet/{page}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


@pytest.mark.parametrize("page", PAGES)
def test_where_wallets_are_closed_there_is_no_page(page: str, amina: User, settings: Any, as_: Callable[[User | None], Client]) -> None:
    settings.WALLET_ENABLED = []
    read(as_(amina), page, 404)
    assert "/money/wallet/" not in as_(amina).get("/account/").content.decode()


def test_a_wallet_outlives_the_policy(amina: User, settings: Any, as_: Callable[[User | None], Client]) -> None:
    pay_in(amina, 10_00, at=timezone.now())
    buy(amina, 1_00)
    settings.WALLET_ENABLED = []
    page = read(as_(amina), "")
    assert "9,00 €" in page
    assert "/money/wallet/topup/" not in page
    assert "/money/wallet/refund/" in page


@pytest.mark.parametrize("page", PAGES)
def test_no_browser_keeps_a_page(page: str, amina: User, as_: Callable[[User | None], Client]) -> None:
    assert "no-store" in as_(amina).get(f"/money/wallet/{page}")["Cache-Control"]


def test_looking_opens_nothing(amina: User, as_: Callable[[User | None], Client]) -> None:
    browser = as_(amina)
    for page in PAGES:
        assert browser.get(f"/money/wallet/{page}").status_code == 200
    assert Wallet.objects.count() == 0


def test_the_balance_what_was_given_and_the_limits(amina: User, as_: Callable[[User | None], Client]) -> None:
    pay_in(amina, 50_00, at=timezone.now())
    give_promo(user=amina, money=eur(2_50), source=GrantSource.GOODWILL, key="gift", now=timezone.now(), lasts=timedelta(days=10))
    buy(amina, 5_00)
    page = read(as_(amina), "")
    assert "<dd>47,50 €</dd>" in page
    assert "Payé par vous : 47,50 €. Offert : 0,00 €." in page
    assert "Plafond : 20,00 € en 24 heures. Il vous reste 15,00 €." in page


def test_given_credit_says_when_it_ends(amina: User, as_: Callable[[User | None], Client]) -> None:
    give_promo(user=amina, money=eur(2_50), source=GrantSource.GOODWILL, key="gift", now=timezone.now(), lasts=timedelta(days=10))
    page = read(as_(amina), "")
    assert "Geste de la maison" in page
    assert "expire le" in page


def test_a_balance_costs_the_same_with_one_movement_and_with_many(amina: User, as_: Callable[[User | None], Client]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = as_(amina)
    pay_in(amina, 50_00, at=timezone.now() - timedelta(days=1))
    buy(amina, 1, minutes_ago=600)
    read(browser, "")
    with CaptureQueriesContext(connection) as few:
        read(browser, "")
    for number in range(10):
        buy(amina, 1, minutes_ago=500 - 31 * number)
    with CaptureQueriesContext(connection) as many:
        read(browser, "")
    assert len(many) == len(few)


def test_a_minor_is_told_and_offered_nothing(as_: Callable[[User | None], Client]) -> None:
    young = as_(make_user("Rado", age_method=None, now=timezone.now()))
    assert "/age/" in read(young, "")
    assert 'name="amount"' not in read(young, "topup/")
    answer = young.post("/money/wallet/topup/", {"amount": "5", "cid": str(uuid.uuid4())})
    assert answer.status_code == 422
    assert TopUp.objects.count() == 0


def test_a_top_up_leads_to_the_ways_to_pay(amina: User, as_: Callable[[User | None], Client]) -> None:
    browser = as_(amina)
    page = read(browser, "topup/")
    field = re.search(r'<input[^>]*name="amount"[^>]*>', page)
    assert field is not None
    assert "value=" not in field[0]  # nothing is proposed
    cid = re.search(r'name="cid" value="([^"]+)"', page)
    assert cid is not None
    fields = {"amount": "12,50", "cid": cid[1]}
    answer = browser.post("/money/wallet/topup/", fields)
    order = TopUp.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/money/pay/topup/{order.public_id}/")
    assert order.money == eur(12_50)
    assert browser.post("/money/wallet/topup/", fields)["Location"] == answer["Location"]
    assert TopUp.objects.count() == 1


BAD = ["", "0", "0,00", "-5", "1e3", "NaN", "12,505", "1,234.50", "abc", "5 €", "+5", "99999999999999999999", "٥", "150,01"]


@pytest.mark.parametrize("amount", BAD)
def test_what_is_no_amount_is_told_and_kept(amount: str, amina: User, as_: Callable[[User | None], Client]) -> None:
    answer = as_(amina).post("/money/wallet/topup/", {"amount": amount, "cid": str(uuid.uuid4())})
    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()
    assert TopUp.objects.count() == 0


@pytest.mark.parametrize("cid", ["", "x", "1" * 36, "0" * 500])
def test_a_form_without_its_id_is_refused(cid: str, amina: User, as_: Callable[[User | None], Client]) -> None:
    assert as_(amina).post("/money/wallet/topup/", {"amount": "5", "cid": cid}).status_code == 422
    assert TopUp.objects.count() == 0


def test_a_form_used_for_another_sum_is_refused(amina: User, as_: Callable[[User | None], Client]) -> None:
    browser, cid = as_(amina), str(uuid.uuid4())
    browser.post("/money/wallet/topup/", {"amount": "5", "cid": cid})
    assert browser.post("/money/wallet/topup/", {"amount": "50", "cid": cid}).status_code == 422
    assert [order.amount_minor for order in TopUp.objects.all()] == [5_00]


def test_limits_by_form(amina: User, as_: Callable[[User | None], Client]) -> None:
    browser = as_(amina)
    assert browser.post("/money/wallet/limits/", {"limit": "10"})["Location"] == "/money/wallet/limits/"
    assert Wallet.objects.get().daily_limit_minor == 10_00
    browser.post("/money/wallet/limits/", {"limit": "30"})
    page = read(browser, "limits/")
    assert "Plafond : 10,00 € en 24 heures." in page
    assert "30,00 € vaudra à partir du" in page
    assert browser.post("/money/wallet/limits/", {"limit": "150,01"}).status_code == 422


def test_a_break_needs_a_yes(amina: User, as_: Callable[[User | None], Client]) -> None:
    browser = as_(amina)
    assert browser.post("/money/wallet/pause/", {"days": "7"}).status_code == 422
    assert browser.post("/money/wallet/pause/", {"days": "2", "sure": "on"}).status_code == 422
    assert Wallet.objects.count() == 0
    assert browser.post("/money/wallet/pause/", {"days": "7", "sure": "on"}).status_code == 302
    assert Wallet.objects.get().paused_until is not None
    assert browser.get("/money/wallet/pause/").status_code == 405
    assert "Vos dépenses sont en pause jusqu’au" in read(browser, "")


def test_no_form_ends_a_break(amina: User, as_: Callable[[User | None], Client]) -> None:
    until = pause_spending(user=amina, days="30", now=timezone.now()).paused_until
    browser = as_(amina)
    for fields in ({"days": "1", "sure": "on"}, {"days": "0", "sure": "on"}, {"days": "-30", "sure": "on"}, {"paused_until": ""}):
        browser.post("/money/wallet/pause/", fields)
    browser.post("/money/wallet/limits/", {"limit": "5"})
    assert Wallet.objects.get().paused_until == until


def test_a_refund_is_shown_before_it_is_asked(amina: User, as_: Callable[[User | None], Client]) -> None:
    payment = pay_in(amina, 20_00, at=timezone.now())
    browser = as_(amina)
    page = read(browser, f"refund/{payment.public_id}/")
    assert "20,00 € quitteront votre porte-monnaie et reviendront par Stripe." in page
    assert Refund.objects.count() == 0
    assert browser.post(f"/money/wallet/refund/{payment.public_id}/")["Location"] == "/money/wallet/"
    assert [refund.amount_minor for refund in Refund.objects.all()] == [20_00]
    browser.post(f"/money/wallet/refund/{payment.public_id}/")
    assert Refund.objects.count() == 1
    read(browser, f"refund/{payment.public_id}/", 404)


def test_carol_finds_nothing_of_aminas(amina: User, as_: Callable[[User | None], Client]) -> None:
    payment = pay_in(amina, 31_00, at=timezone.now())
    carol = as_(make_user("Carol", now=timezone.now()))
    read(carol, f"refund/{payment.public_id}/", 404)
    carol.post(f"/money/wallet/refund/{payment.public_id}/")
    assert Refund.objects.count() == 0
    assert "31,00" not in read(carol, "")
    assert json.loads(read_export(carol, "history.json")) == []


def read_export(browser: Client, path: str) -> str:
    answer = browser.get(f"/money/wallet/{path}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # streamed


def move_a_lot(user: User) -> None:
    """Thirty movements: a top-up, a gift, twenty-eight spends."""
    start = timezone.now() - timedelta(days=3)
    pay_in(user, 100_00, at=start)
    give_promo(user=user, money=eur(10), source=GrantSource.GOODWILL, key="gift", now=start)
    for number in range(1, 29):
        spend(payer=user, payee_key="revenue:ads", subject_key="room:a", money=eur(10), key=f"m:{number}", now=start + 31 * number * MINUTE)


def test_the_history_goes_on_where_a_page_ends(amina: User, as_: Callable[[User | None], Client]) -> None:
    move_a_lot(amina)
    browser = as_(amina)
    first = read(browser, "history/")
    more = re.search(r'href="\?before=(\d+)"', first)
    assert more is not None
    assert first.count('class="amount"') == 25
    buy(amina, 10)  # what comes meanwhile moves nothing on the next page
    second = read(browser, f"history/?before={more[1]}")
    assert second.count('class="amount"') == 5
    assert "Fin de la liste" in second


def test_the_history_is_narrowed(amina: User, as_: Callable[[User | None], Client]) -> None:
    move_a_lot(amina)
    browser = as_(amina)
    assert read(browser, "history/?only=in").count('class="amount"') == 2
    assert read(browser, "history/?only=given").count('class="amount"') == 2
    assert json.loads(read_export(browser, "history.json?only=out"))[0]["act"] == "WALLET_SPEND"
    assert len(json.loads(read_export(browser, "history.json?only=out"))) == 28
    assert read(browser, "history/?only=%27--&before=x").count('class="amount"') == 25


def test_the_exports_hold_everything_in_plain_figures(amina: User, as_: Callable[[User | None], Client]) -> None:
    move_a_lot(amina)
    browser = as_(amina)
    rows = list(csv.DictReader(io.StringIO(read_export(browser, "history.csv"))))
    assert rows == [{key: str(value) for key, value in row.items()} for row in json.loads(read_export(browser, "history.json"))]
    assert len(rows) == 30
    oldest = rows[-1]
    assert (oldest["act"], oldest["amount"], oldest["currency"], oldest["balance_after"], oldest["credit"]) == (
        "TOPUP",
        "100.00",
        "EUR",
        "100.00",
        "paid",
    )
    assert sum(round(float(row["amount"]) * 100) for row in rows if row["credit"] == "paid") == 100_00 - 27 * 10


@pytest.mark.django_db(transaction=True)
async def test_the_real_server_streams_too(settings: Any) -> None:
    from asgiref.sync import sync_to_async

    amina = await sync_to_async(make_user)("Amina", now=timezone.now())
    await sync_to_async(move_a_lot)(amina)
    browser = AsyncClient()
    await browser.aforce_login(amina)
    answer = await browser.get("/money/wallet/history.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="resaka-wallet.csv"'
    lines = [line async for line in answer.streaming_content]  # type: ignore[attr-defined]  # streamed, asynchronously here
    assert len(lines) == 31
