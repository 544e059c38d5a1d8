"""What is for sale: brought to the settings, changed by the money team alone, with a reason in the audit chain."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import log_in_staff
from billing.models import ContractRequest, Coupon, Plan, Price
from billing.services.cancelling import cancel_contract
from billing.services.plans import CouponInUse, ReasonMissing, load_plans, save_coupon, set_plan_active, set_price_active
from billing.tests.plans.selling import NOON, make_coupon, order, pay, price_of, subscribe, tell
from core.models import AuditEntry

pytestmark = pytest.mark.django_db
SHIPPED = {("EUR", "MONTH"): 499, ("EUR", "YEAR"): 4990, ("MGA", "MONTH"): 12_000, ("MGA", "YEAR"): 120_000}


def offered() -> dict[str, int]:
    return dict(Price.objects.filter(active=True).order_by("lookup_key").values_list("lookup_key", "amount_minor"))


# ---- Prices from the settings ---------------------------------------------------------------------------------------------------
def test_the_settings_ship_the_prices_of_the_design() -> None:
    assert settings.PREMIUM_PRICES == SHIPPED


def test_loading_twice_changes_nothing(shop: None) -> None:
    before = list(Price.objects.order_by("pk").values())
    assert load_plans(prices=SHIPPED, now=NOON) == []
    out = StringIO()
    call_command("load_plans", stdout=out)
    assert out.getvalue() == "0 prices new on offer\n"
    assert list(Price.objects.order_by("pk").values()) == before
    assert set(Plan.objects.values_list("code", flat=True)) == {"FREE", "PREMIUM"}


def test_another_amount_is_another_price_and_orders_keep_theirs(amina: User) -> None:
    made = order(amina)
    assert load_plans(prices=SHIPPED | {("EUR", "MONTH"): 599}, now=NOON) == ["premium_eur_month_599"]
    assert (price_of().amount_minor, Price.objects.get(pk=made.price_id).active) == (599, False)
    assert pay(made).price.amount_minor == 499
    assert load_plans(prices=SHIPPED, now=NOON) == ["premium_eur_month_499"]
    assert Price.objects.filter(currency="EUR", interval="MONTH").count() == 2


def test_a_currency_that_is_no_longer_named_goes_off_offer(shop: None) -> None:
    load_plans(prices={("EUR", "MONTH"): 499}, now=NOON)
    assert offered() == {"premium_eur_month_499": 499}


def test_two_prices_for_the_same_are_never_on_offer(shop: None) -> None:
    price = price_of()
    with pytest.raises(IntegrityError):
        Price.objects.create(
            plan=price.plan, currency="EUR", interval="MONTH", amount_minor=1, open_key=price.open_key, lookup_key="x", created_at=NOON
        )


@pytest.mark.parametrize(
    ("value", "words"),
    [("4.999", "expected an amount"), ("free", "expected an amount"), ("0", "more than nothing"), ("-1", "more than nothing")],
)
def test_a_bad_price_stops_the_start_and_names_its_variable(value: str, words: str) -> None:
    env = {**os.environ, "RESAKA_PREMIUM_EUR_MONTH": value}
    command = [sys.executable, "-c", "from superapp import plans; print(plans.PREMIUM_PRICES)"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, cwd=settings.BASE_DIR, check=False, timeout=60)
    assert done.returncode == 1
    assert "RESAKA_PREMIUM_EUR_MONTH" in done.stderr
    assert words in done.stderr


def test_none_means_not_sold() -> None:
    env = {**os.environ, "RESAKA_PREMIUM_MGA_MONTH": "none", "RESAKA_PREMIUM_MGA_YEAR": "none"}
    command = [sys.executable, "-c", "from superapp import plans; print(sorted(plans.PREMIUM_PRICES))"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, cwd=settings.BASE_DIR, check=True, timeout=60)
    assert done.stdout == "[('EUR', 'MONTH'), ('EUR', 'YEAR')]\n"


# ---- Changed by the team ----------------------------------------------------------------------------------------------------------
def entries() -> list[tuple[str, str, str]]:
    return list(AuditEntry.objects.filter(action__startswith="billing.").order_by("seq").values_list("action", "object_ref", "reason"))


def test_every_change_is_in_the_audit_chain_with_its_reason(mod: User) -> None:
    set_plan_active(plan=Plan.objects.get(code="PREMIUM"), active=False, by=mod, reason="pas encore", now=NOON)
    price = price_of()
    set_price_active(price=price, active=False, by=mod, reason="trop cher", now=NOON)
    save_coupon(coupon=Coupon(code="ETE", percent=10, starts_at=NOON), plans=[], by=mod, reason="fête", now=NOON)
    assert entries() == [
        ("billing.plan.change", "PREMIUM", "pas encore"),
        ("billing.price.change", "premium_eur_month_499", "trop cher"),
        ("billing.coupon.save", "ETE", "fête"),
    ]
    entry = AuditEntry.objects.get(action="billing.plan.change")
    assert entry.before_sha256 != entry.after_sha256


def test_without_a_reason_nothing_changes(mod: User) -> None:
    plan, price = Plan.objects.get(code="PREMIUM"), price_of()
    for reason in ("", "  ", "\u200b"):
        with pytest.raises(ReasonMissing):
            set_plan_active(plan=plan, active=False, by=mod, reason=reason, now=NOON)
        with pytest.raises(ReasonMissing):
            set_price_active(price=price, active=False, by=mod, reason=reason, now=NOON)
        with pytest.raises(ReasonMissing):
            save_coupon(coupon=Coupon(code="ETE", percent=10, starts_at=NOON), plans=[], by=mod, reason=reason, now=NOON)
    plan.refresh_from_db()
    assert (plan.active, Price.objects.filter(active=True).count(), Coupon.objects.count(), entries()) == (True, 4, 0, [])


def test_what_the_team_took_off_stays_off_and_what_it_puts_on_replaces_the_other(mod: User) -> None:
    old = price_of()
    set_price_active(price=old, active=False, by=mod, reason="x", now=NOON)
    assert load_plans(prices=SHIPPED, now=NOON) == []
    assert "premium_eur_month_499" not in offered()
    load_plans(prices=SHIPPED | {("EUR", "MONTH"): 599}, now=NOON)
    set_price_active(price=old, active=True, by=mod, reason="x", now=NOON)
    assert [name for name in offered() if name.startswith("premium_eur_month")] == ["premium_eur_month_499"]


def test_what_a_used_coupon_promises_never_changes(amina: User, mod: User) -> None:
    coupon = make_coupon()
    order(amina, coupon_code="BIENVENUE")
    coupon.refresh_from_db()
    coupon.percent = 10
    with pytest.raises(CouponInUse):
        save_coupon(coupon=coupon, plans=[], by=mod, reason="moins", now=NOON)
    coupon.refresh_from_db()
    coupon.active = False
    save_coupon(coupon=coupon, plans=[], by=mod, reason="assez", now=NOON)
    coupon.refresh_from_db()
    assert (coupon.percent, coupon.active, coupon.redeemed) == (50, False, 1)


# ---- The admin --------------------------------------------------------------------------------------------------------------------
TABLES = (
    *("plan", "price", "coupon", "couponredemption", "subscription", "planorder", "entitlement", "contractrequest", "contractletter"),
    *("wallet", "promogrant", "walletspend", "topup", "invoice", "vatrule", "locationproof"),
)


def desk(user: User) -> Client:
    browser = Client()
    log_in_staff(browser, user)
    return browser


def test_the_tables_open_to_the_money_team_and_to_nobody_else(mod: User, amina: User) -> None:
    subscribe(amina)
    User.objects.filter(pk=amina.pk).update(is_staff=True, is_superuser=True)  # staff, but not of the money team
    other, team = desk(User.objects.get(pk=amina.pk)), desk(mod)
    for table in TABLES:
        assert team.get(f"/admin/billing/{table}/").status_code == 200, table
        assert other.get(f"/admin/billing/{table}/").status_code == 403, table


def test_what_was_sold_is_only_shown(mod: User, amina: User) -> None:
    made = subscribe(amina)
    team = desk(mod)
    for table, pk in (("planorder", made.pk), ("subscription", made.subscription_id)):
        assert team.get(f"/admin/billing/{table}/{pk}/change/").status_code == 200
        assert team.post(f"/admin/billing/{table}/{pk}/change/", {"state": "ENDED"}).status_code == 403
        assert team.get(f"/admin/billing/{table}/add/").status_code == 403
        assert team.post(f"/admin/billing/{table}/{pk}/delete/", {"post": "yes"}).status_code == 403


def coupon_form(**fields: Any) -> dict[str, Any]:
    now = timezone.now()
    return {
        "code": "rentrée2026".replace("é", "e"),
        "percent": "20",
        "amount_minor": "",
        "currency": "",
        "duration": "ONCE",
        "periods": "",
        "starts_at_0": now.date().isoformat(),
        "starts_at_1": "00:00",
        "ends_at_0": "",
        "ends_at_1": "",
        "max_redemptions": "100",
        "active": "on",
        "reason": "rentrée",
    } | fields


def test_the_team_makes_a_coupon_and_the_chain_keeps_why(mod: User) -> None:
    answer = desk(mod).post("/admin/billing/coupon/add/", coupon_form())
    assert answer.status_code == 302, re_errors(answer)
    coupon = Coupon.objects.get()
    assert (coupon.code, coupon.percent, coupon.max_redemptions, coupon.redeemed) == ("RENTREE2026", 20, 100, 0)
    assert entries() == [("billing.coupon.save", "RENTREE2026", "rentrée")]


def re_errors(answer: Any) -> str:
    return str(answer.context["adminform"].form.errors) if answer.context else ""


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": ""},
        {"reason": "   "},
        {"percent": "101"},
        {"percent": "0"},
        {"percent": "10", "amount_minor": "5", "currency": "EUR"},
        {"percent": "", "amount_minor": "5"},
        {"percent": ""},
        {"percent": "", "amount_minor": "-5", "currency": "EUR"},
        {"percent": "", "amount_minor": "5", "currency": "PTS"},
        {"percent": "", "amount_minor": "5", "currency": "XXX"},
        {"duration": "REPEATING"},
        {"periods": "3"},
        {"code": "ab"},
        {"code": "É<b>"},
        {"max_redemptions": "0"},
        {"ends_at_0": "2020-01-01", "ends_at_1": "00:00"},
    ],
)
def test_a_coupon_that_makes_no_sense_is_refused_with_words(mod: User, fields: dict[str, str]) -> None:
    answer = desk(mod).post("/admin/billing/coupon/add/", coupon_form(**fields))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert (Coupon.objects.count(), entries()) == (0, [])


def test_the_team_takes_a_plan_and_a_price_off_offer(mod: User) -> None:
    plan, price, team = Plan.objects.get(code="PREMIUM"), price_of(), desk(mod)
    assert team.post(f"/admin/billing/price/{price.pk}/change/", {"reason": "essai"}).status_code == 302
    assert team.post(f"/admin/billing/plan/{plan.pk}/change/", {"reason": "essai"}).status_code == 302
    price.refresh_from_db()
    plan.refresh_from_db()
    assert (price.active, price.open_key, plan.active) == (False, None, False)
    assert [row[0] for row in entries()] == ["billing.price.change", "billing.plan.change"]
    assert team.post(f"/admin/billing/plan/{plan.pk}/change/", {"active": "on", "reason": ""}).status_code == 200


def test_the_team_reads_who_asked_and_settles_it(mod: User, shop: None) -> None:
    request = cancel_contract(told=tell(name="Toky", address="Lot II, Antananarivo"), now=NOON)
    team = desk(mod)
    page = team.get(f"/admin/billing/contractrequest/{request.pk}/change/").content.decode()
    assert "Lot II, Antananarivo" in page
    assert team.post(f"/admin/billing/contractrequest/{request.pk}/change/", {"note": ""}).status_code == 200
    assert team.post(f"/admin/billing/contractrequest/{request.pk}/change/", {"note": "Trouvé et résilié."}).status_code == 302
    assert ContractRequest.objects.get().state == "SETTLED"
    assert team.post(f"/admin/billing/contractrequest/{request.pk}/change/", {"note": "Encore"}).status_code == 403


def test_a_coupon_of_next_week_does_not_count_today(amina: User, mod: User) -> None:
    start = timezone.now() + timedelta(days=7)
    desk(mod).post("/admin/billing/coupon/add/", coupon_form(starts_at_0=start.date().isoformat()))
    browser = Client()
    browser.force_login(amina)
    answer = browser.post("/money/coupon/", {"code": "RENTREE2026"})
    assert "n’est pas valable aujourd’hui" in answer.content.decode()
