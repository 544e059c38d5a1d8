"""Showing one's age in a browser: the demo wallet, the browser's own wallet, another device; refusals; rooms that ask each time.

No browser here has a wallet, so the page's `navigator.credentials` is one of the test; what it answers is made by an issuer that the server
trusts for the length of the test, and the server judges it as it would any other.
"""

from __future__ import annotations

import base64
import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.tests.age.browser import answer, new_issuer
from superapp.tests.live.server import Server
from superapp.tests.live.test_gates import _ROOMS
from superapp.tests.live.test_journeys import confirm, show_age, sign_up

pytestmark = pytest.mark.browser
Person = Callable[..., BrowserContext]
FRANCE = ("FR", "69001")
ISSUER = new_issuer(now=datetime.now(UTC))
_TRUST = """
import base64
from datetime import timedelta
from django.utils import timezone
from accounts.age.certificates import Anchor
from accounts.models import TrustedIssuer
anchor, now = Anchor.of(base64.b64decode("{certificate}"), country="FR"), timezone.now()
TrustedIssuer.objects.update_or_create(fingerprint=anchor.fingerprint, defaults=dict(
    country="FR", certificate=anchor.certificate, granted=True, list_sequence=1, next_update=now + timedelta(days=3), loaded_at=now))
"""
_WALLET = """
window.DigitalCredential = function DigitalCredential() {};
navigator.credentials.get = async (options) => {
  const given = await window.askTestWallet(JSON.parse(JSON.stringify(options)));
  if (!given) throw new DOMException("nobody chose", "NotAllowedError");
  return given;
};
"""


@pytest.fixture
def trusting(server: Server) -> Server:
    """The server, with rooms of each gate, and an issuer of the test on its list."""
    certificate = base64.b64encode(ISSUER.anchor.certificate).decode()
    server.manage("shell", "-c", _ROOMS)
    server.manage("shell", "-c", _TRUST.format(certificate=certificate))
    return server


class Wallet:
    """The wallet in the browser: whose it is, and what it was asked."""

    def __init__(self, page: Page, origin: str) -> None:
        self.ages: dict[str, bool] | None = {"age_over_18": True}  # None: its owner declines
        self.asked: list[dict[str, Any]] = []
        self._origin = origin
        page.expose_function("askTestWallet", self._answer)
        page.add_init_script(_WALLET)

    def _answer(self, options: dict[str, Any]) -> dict[str, Any] | None:
        self.asked.append(options)
        if self.ages is None:
            return None
        return answer(options, issuer=ISSUER, origin=self._origin, now=datetime.now(UTC), ages=self.ages)


def join_us(server: Server, page: Page, *, place: tuple[str, str] = FRANCE) -> None:
    """Through sign-up and the e-mail code, to the page of the age."""
    name = "Aro" + uuid.uuid4().hex[:6]
    sign_up(page, server.origin, name, place=place)
    confirm(page, server, f"{name.lower()}@example.org")
    page.wait_for_url("**/age/")


def test_from_sign_up_to_the_first_room_in_four_screens(server: Server, person: Person) -> None:
    """Our own screens on which something has to be done; the wallet's belong to the wallet."""
    page = person().new_page()
    screens: list[str] = []
    began = time.monotonic()
    name = "Fara" + uuid.uuid4().hex[:6]
    sign_up(page, server.origin, name, place=FRANCE)
    screens.append("sign-up")
    confirm(page, server, f"{name.lower()}@example.org")
    screens.append("code")
    show_age(page, "adult")
    screens.append("age")
    expect(page.locator("#notices")).to_contain_text("Votre âge est confirmé")
    page.locator('form[action$="/join/"] button').first.click()
    screens.append("rooms")
    page.wait_for_url(lambda url: "/rooms/" in url and not url.endswith("/rooms/"))
    expect(page.locator("#composer-text")).to_be_visible()
    print(f"sign-up to first room: {len(screens)} screens, {time.monotonic() - began:.1f} s by a script")  # noqa: T201
    assert len(screens) <= 4, screens


def test_the_browsers_wallet_opens_the_rooms_and_for_sexual_content_is_asked_anew(trusting: Server, person: Person) -> None:
    page = person().new_page()
    wallet = Wallet(page, trusting.origin)
    join_us(trusting, page)
    page.locator("button[data-browser-wallet]").click()
    page.wait_for_url("**/rooms/")
    expect(page.locator("#notices")).to_contain_text("Votre âge est confirmé")
    assert wallet.asked[0]["mediation"] == "required"

    page.goto(f"{trusting.origin}/rooms/porte-sexual/about/")
    page.locator('form[action$="/join/"] button').click()
    page.get_by_role("link", name="Montrer mon âge").click()
    expect(page.get_by_text("une preuve d’âge à chaque visite")).to_be_visible()
    assert page.locator('[name="method"][value="DEMO_WALLET"]').count() == 0
    page.locator("button[data-browser-wallet]").click()
    page.wait_for_url(re.compile(r"/rooms/[^/]+/about/$"))  # by its number: until the proof is there the name is not told
    expect(page.locator("#notices")).to_contain_text("pour cette visite")
    page.locator('form[action$="/join/"] button').click()
    page.wait_for_url("**/rooms/porte-sexual/")
    page.fill("#composer-text", "bonsoir")
    page.press("#composer-text", "Enter")
    expect(page.locator(".bubble.mine[data-seq]")).to_have_count(1)
    assert len(wallet.asked) == 2

    page.context.clear_cookies()  # another visit
    page.goto(f"{trusting.origin}/rooms/porte-sexual/")
    assert "bonsoir" not in page.content()


def test_a_minor_is_refused_kindly_and_shown_where_help_is(trusting: Server, person: Person) -> None:
    page = person().new_page()
    wallet = Wallet(page, trusting.origin)
    wallet.ages = {"age_over_16": True, "age_over_18": False}
    join_us(trusting, page)
    page.locator("button[data-browser-wallet]").click()
    page.wait_for_url("**/age/check/**")
    expect(page.get_by_text("ne confirme pas que vous avez l’âge demandé")).to_be_visible()
    expect(page.get_by_role("link", name="Aide et sécurité")).to_be_visible()
    page.goto(f"{trusting.origin}/rooms/porte-general/about/")
    page.locator('form[action$="/join/"] button').click()
    expect(page.get_by_role("link", name="Montrer mon âge")).to_be_visible()


def test_when_the_browsers_wallet_says_nothing_the_other_ways_stay(trusting: Server, person: Person) -> None:
    page = person().new_page()
    wallet = Wallet(page, trusting.origin)
    wallet.ages = None
    join_us(trusting, page)
    page.locator("button[data-browser-wallet]").click()
    expect(page.locator("[data-said]")).to_contain_text("Aucun portefeuille de ce navigateur")
    expect(page.locator('form:has([value="EU_AV_MDOC"]) button[value="SAME_DEVICE"]')).to_be_visible()
    page.locator('form:has([value="EU_AV_MDOC"]) button[value="CROSS_DEVICE"]').click()
    expect(page.locator(".qr svg")).to_be_visible()
    assert page.locator(".qr svg").bounding_box()["width"] <= 358  # type: ignore[index]


def test_a_browser_without_wallets_offers_none(trusting: Server, person: Person) -> None:
    page = person().new_page()
    page.add_init_script("delete window.DigitalCredential;")  # new browsers have it
    join_us(trusting, page)
    expect(page.locator("button[data-browser-wallet]")).to_be_hidden()
    expect(page.locator('form:has([value="EU_AV_MDOC"]) button.filled[value="SAME_DEVICE"]')).to_be_visible()


def test_the_first_page_goes_on_by_itself_when_another_device_has_answered(server: Server, person: Person) -> None:
    """The demo wallet's page has no button for it, so the form says it as a person with two devices would."""
    page, phone = person().new_page(), person().new_page()
    join_us(server, page)
    button = page.locator('form:has([value="DEMO_WALLET"]) button').first
    button.evaluate("(node) => { node.value = 'CROSS_DEVICE'; }")
    button.click()
    page.wait_for_url("**/age/check/**")
    link = page.locator("[data-wallet-link]").get_attribute("data-wallet-link")
    phone.goto(server.origin + str(link))
    phone.locator('button[name="holder"][value="adult"]').click()
    expect(phone.get_by_text("Continuez sur l’autre appareil")).to_be_visible()
    page.wait_for_url("**/rooms/", timeout=8000)


def test_without_script_the_code_is_brought_by_hand(server: Server, person: Person) -> None:
    page = person(java_script_enabled=False).new_page()
    join_us(server, page)
    page.locator('form:has([value="DEMO_WALLET"]) button[value="SAME_DEVICE"]').click()
    page.locator('button[name="holder"][value="adult"]').click()
    code = page.locator('[name="response_code"]').input_value()
    page.goto(f"{server.origin}/age/return#response_code={code}")
    page.fill('[name="response_code"]', page.url)
    page.get_by_role("button", name="Continuer").click()
    page.wait_for_url("**/rooms/")
    expect(page.locator("#notices")).to_contain_text("Votre âge est confirmé")
