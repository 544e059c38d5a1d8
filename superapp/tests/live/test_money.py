"""Money in a real browser: premium by mobile money and by a card that asks, its receipt, its end, and the money back.

The providers are the stand-ins that `bin/run` starts for the demo (bin/standins), on ports of this test.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from superapp.tests.live.server import Server
from superapp.tests.live.test_desk import watched
from superapp.tests.live.test_journeys import logged_in

pytestmark = pytest.mark.browser
Person = Callable[..., BrowserContext]
NUMBER = "0340000003"
CARD = "4000002500003155"  # asks for 3-D Secure
SLOW = 60_000  # callbacks, the outbox and two busy cores
_ENTITLED = """
from django.utils import timezone
from accounts.queries import find_user_by_email
from billing.queries.entitlements import list_entitlements
user = find_user_by_email(email="amina@demo.test")
print({code.value: value for code, value in list_entitlements(user=user, now=timezone.now()).items()})
"""
_BOOKS = """
from django.utils import timezone
from billing.services.books import prove_books
proof = prove_books(now=timezone.now())
print("GREEN" if proof.is_green else proof.results)
"""


def order(page: Page, origin: str, currency: str) -> None:
    """From the prices over the recap, with the two boxes of the law, to the page of methods."""
    page.goto(f"{origin}/money/premium/?currency={currency}")
    page.get_by_role("link", name="Choisir un mois").first.click()
    page.locator('[name="immediate"]').check()
    page.locator('[name="accept"]').check()
    page.get_by_role("button", name="Commander avec obligation de paiement").click()
    page.wait_for_url("**/money/pay/plan/**")


def is_paid(page: Page) -> None:
    expect(page.locator("h1", has_text="C’est payé")).to_be_visible(timeout=SLOW)


def contract_of(page: Page, origin: str) -> str:
    """The number of the contract, as the person reads it on their page of the order."""
    page.goto(f"{origin}/money/subscription/")
    page.locator('main a[href^="/money/orders/"]').first.click()
    return page.locator("dd.mono").first.inner_text().strip()


def entitled(house: Server) -> str:
    return house.manage("shell", "-c", _ENTITLED)


def proved(house: Server) -> str:
    """What the proof of the books says: GREEN, or what is wrong."""
    return house.manage("shell", "-c", _BOOKS).strip().splitlines()[-1]


def tell_contract(page: Page, house: Server, link: re.Pattern[str], number: str) -> None:
    """A contract as somebody without log-in names it, from the link at the foot of the first page."""
    page.goto(house.origin + "/")
    page.locator("footer").get_by_role("link", name=link).click()
    page.fill('[name="reference"]', number)
    page.fill('[name="name"]', "Amina R.")
    page.fill('[name="email"]', "amina@demo.test")
    page.get_by_role("button", name="Continuer").click()


def test_premium_by_mobile_money_and_back_by_two_of_the_team(house: Server, person: Person) -> None:
    amina = logged_in(house, person, "amina")
    complaints = watched(amina)
    order(amina, house.origin, "MGA")
    amina.locator('[name="provider"][value="MVOLA"]').check()
    amina.fill('[name="msisdn"]', NUMBER)
    amina.get_by_role("button", name="Continuer").click()
    expect(amina.get_by_text("vous demande votre accord sur le téléphone")).to_be_visible(timeout=SLOW)

    phone = person().new_page()
    phone.goto(f"{house.env['RESAKA_MVOLA_URL']}/phone/{NUMBER}")
    phone.get_by_role("button", name="Approuver").click()
    is_paid(amina)
    assert "'SUPPORT_PRIORITY': 24" in entitled(house)
    number = contract_of(amina, house.origin)
    expect(amina.locator("main")).to_contain_text("Renoncer au contrat ici")

    stranger = person().new_page()  # logged out, on another machine
    tell_contract(stranger, house, re.compile("résilier votre contrat", re.I), number)
    stranger.get_by_role("button", name="Notification de la résiliation").click()
    expect(stranger.locator("h1")).to_contain_text("Votre résiliation est reçue")
    assert "'SUPPORT_PRIORITY': 24" in entitled(house)  # what was paid stays until its end

    tell_contract(stranger, house, re.compile("renoncer au contrat ici", re.I), number)
    stranger.get_by_role("button", name="Confirmer la rétractation").click()
    expect(stranger.locator("h1")).to_contain_text("Votre rétractation est reçue")
    assert "'SUPPORT_PRIORITY': 72" in entitled(house)

    mod, sena = logged_in(house, person, "mod"), logged_in(house, person, "sena")
    mod.goto(f"{house.origin}/admin/billing/refunds/")
    mod.get_by_role("button", name="Donner mon accord").click()
    mod.locator('form[action$="/send/"] input[name="typed"]').fill("MANUEL-1")
    mod.get_by_role("button", name="Je l’ai envoyé").click()
    expect(mod.locator("#content")).to_contain_text("Vous l’avez envoyé")
    sena.goto(f"{house.origin}/admin/billing/refunds/")
    sena.get_by_role("button", name="L’opérateur montre cet envoi").click()
    amina.goto(f"{house.origin}/money/payments/")
    amina.locator('main a[href^="/money/payments/"]').first.click()
    expect(amina.locator("main")).to_contain_text("Remboursé")
    assert proved(house) == "GREEN"
    assert complaints == []


def test_premium_by_a_card_that_asks(house: Server, person: Person) -> None:
    amina = logged_in(house, person, "amina")
    order(amina, house.origin, "EUR")
    amina.locator('[name="provider"][value="STRIPE"]').check()
    amina.get_by_role("button", name="Continuer").click()
    amina.wait_for_url(f"{house.env['RESAKA_STRIPE_URL']}/**", timeout=SLOW)
    amina.fill('[name="card"]', CARD)
    amina.get_by_role("button", name=re.compile("^Pay ")).first.click()
    amina.wait_for_url("**/3ds/**")
    assert "'SUPPORT_PRIORITY': 72" in entitled(house)
    amina.get_by_role("button", name="Complete").click()
    amina.wait_for_url("**/money/payments/**")
    is_paid(amina)
    assert "'SUPPORT_PRIORITY': 24" in entitled(house)
    assert proved(house) == "GREEN"
