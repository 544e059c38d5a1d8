"""The way to a payment in a real browser: light enough for a slow link, and walked to its end without a line of JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from superapp.tests.live.server import Server
from superapp.tests.live.test_budgets import fetched
from superapp.tests.live.test_journeys import logged_in
from superapp.tests.live.test_money import NUMBER, SLOW, entitled, is_paid, order

pytestmark = pytest.mark.browser
Person = Callable[..., BrowserContext]
SCRIPTS, PAGE = 15 * 1024, 45 * 1024  # compressed


def weigh(page: Page, url: str) -> tuple[int, int]:
    """The scripts of a first view, and all of it, in compressed bytes."""
    sizes = fetched(page, url)
    scripts = sum(size for name, size in sizes.items() if name.split("?")[0].endswith(".js"))
    return scripts, sum(size for name, size in sizes.items() if not name.endswith((".png", ".svg", ".webmanifest")))


def test_every_page_of_the_way_is_light(house: Server, person: Person) -> None:
    """Prices, recap, ways to pay, the payment that waits, a top-up: each as it comes to somebody who has nothing of it yet."""
    amina = logged_in(house, partial(person, service_workers="block"), "amina")
    paths = ["/money/premium/?currency=MGA", "/money/coupon/", "/money/subscription/change/"]
    order(amina, house.origin, "MGA")
    paths.append(amina.url.removeprefix(house.origin))
    amina.go_back()
    paths.append(amina.url.removeprefix(house.origin))
    amina.go_forward()
    amina.locator('[name="provider"][value="MVOLA"]').check()
    amina.fill('[name="msisdn"]', NUMBER)
    amina.get_by_role("button", name="Continuer").click()
    amina.wait_for_url("**/money/payments/**")
    paths.append(amina.url.removeprefix(house.origin).split("?")[0])
    heavy = {}
    for path in paths:
        scripts, whole = weigh(amina.context.new_page(), house.origin + path)
        if not 0 < scripts <= SCRIPTS or whole > PAGE:
            heavy[path] = (scripts, whole)
    assert len(paths) == len(set(paths)) == 6
    assert heavy == {}


def test_a_payment_by_mobile_money_without_javascript(house: Server, person: Person) -> None:
    bare = partial(person, java_script_enabled=False, service_workers="block")
    amina = logged_in(house, bare, "amina")
    order(amina, house.origin, "MGA")
    amina.locator('[name="provider"][value="MVOLA"]').check()
    amina.fill('[name="msisdn"]', "12")
    amina.get_by_role("button", name="Continuer").click()
    expect(amina.locator("main")).to_contain_text("n’est pas un numéro mobile de Madagascar")
    amina.fill('[name="msisdn"]', NUMBER)
    amina.get_by_role("button", name="Continuer").click()
    expect(amina.get_by_text("vous demande votre accord sur le téléphone")).to_be_visible(timeout=SLOW)

    phone = person().new_page()
    phone.goto(f"{house.env['RESAKA_MVOLA_URL']}/phone/{NUMBER}")
    phone.get_by_role("button", name="Approuver").click()
    is_paid(amina)  # the page asks for itself anew, without a script
    amina.get_by_role("link", name="Continuer").click()
    amina.wait_for_url("**/money/subscription/")
    assert "'SUPPORT_PRIORITY': 24" in entitled(house)


def test_a_payment_by_card_without_javascript(house: Server, person: Person) -> None:
    """As far as the processor allows: its page is another's, and ours leads there and takes the payer back without a script."""
    amina = logged_in(house, partial(person, java_script_enabled=False, service_workers="block"), "amina")
    order(amina, house.origin, "EUR")
    amina.locator('[name="provider"][value="STRIPE"]').check()
    amina.get_by_role("button", name="Continuer").click()
    amina.wait_for_url(f"{house.env['RESAKA_STRIPE_URL']}/**", timeout=SLOW)
    amina.fill('[name="card"]', "4242424242424242")
    amina.get_by_role("button", name=re.compile("^Pay ")).first.click()
    amina.wait_for_url("**/money/payments/**")
    is_paid(amina)
    assert "'SUPPORT_PRIORITY': 24" in entitled(house)
