"""Coming back with a passkey in a real browser, whose authenticator is Chromium's virtual one."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from superapp.tests.live.server import PASSWORD, Server
from superapp.tests.live.test_exit import ELSEWHERE
from superapp.tests.live.test_journeys import confirm

pytestmark = pytest.mark.browser
Person = Callable[..., BrowserContext]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def house(server: Server) -> str:
    """A passkey is bound to a name, and 127.0.0.1 is none."""
    return server.origin.replace("127.0.0.1", "localhost")


def with_device(context: BrowserContext) -> tuple[Page, Callable[[bool], None]]:
    """A page whose device has passkeys, and the switch whether its owner lends a finger."""
    context.route(ELSEWHERE, lambda route: route.fulfill(body="<title>Elsewhere</title>", content_type="text/html"))
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    made = protocol.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]

    def lend(finger: bool) -> None:
        protocol.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": finger})

    return page, lend


def leave(page: Page, server: Server) -> None:
    page.get_by_role("button", name="Sortie rapide").click()
    page.wait_for_url(ELSEWHERE)
    page.goto(house(server) + "/account/")
    assert page.url == house(server) + "/unlock/"


def come_back(page: Page, server: Server) -> None:
    page.get_by_role("button", name="Utiliser ma clé").click()
    page.wait_for_url("**/rooms/")
    page.goto(house(server) + "/account/")
    expect(page.locator("h1")).to_have_text("Moi")


def test_who_joined_with_a_passkey_comes_back_with_it(server: Server, person: Person) -> None:
    page, lend = with_device(person())
    page.goto(house(server) + "/signup/passkey/")
    name = "Voahirana" + uuid.uuid4().hex[:4]
    page.fill('[name="username"]', name)
    page.fill('[name="email"]', f"{name.lower()}@example.org")
    page.select_option('[name="country"]', "MG")
    page.fill('[name="postal_code"]', "101")
    page.fill('[name="birth_date"]', "1990-05-17")
    page.check('[name="charter"]')
    page.check('[name="terms"]')
    page.locator("form:has([name=username]) button.filled").click()
    confirm(page, server, f"{name.lower()}@example.org")
    page.get_by_role("button", name="Créer la clé").click()
    page.wait_for_url("**/age/")
    leave(page, server)
    expect(page.locator('[name="password"]')).to_have_count(0)
    lend(False)  # whoever found the device
    page.get_by_role("button", name="Utiliser ma clé").click()
    expect(page.locator("[data-passkey-failed]")).to_be_visible()
    assert page.url == house(server) + "/unlock/"
    lend(True)
    come_back(page, server)


def test_who_has_a_password_too_sees_both_ways(server: Server, person: Person) -> None:
    page, _lend = with_device(person())
    page.goto(house(server) + "/login/")
    page.fill('[name="login"]', "ben@demo.test")
    page.fill('[name="password"]', PASSWORD)
    page.locator("form:has([name=password]) button.filled").click()
    page.wait_for_url("**/rooms/")
    page.goto(house(server) + "/2fa/webauthn/add/")
    page.fill('[name="password"]', PASSWORD)
    page.locator("form:has([name=password]) button.filled").click()
    page.wait_for_url("**/2fa/webauthn/add/**")
    page.get_by_role("button", name="Créer la clé").click()
    page.wait_for_url("**/2fa/recovery-codes/")
    try:
        leave(page, server)
        expect(page.locator('[name="password"]')).to_be_visible()
        come_back(page, server)
        leave(page, server)
        page.fill('[name="password"]', PASSWORD)
        page.get_by_role("button", name="Revenir").click()
        page.wait_for_url("**/rooms/")
    finally:
        server.manage("shell", "-c", "from allauth.mfa.models import Authenticator as A; A.objects.filter(user__username='ben').delete()")
