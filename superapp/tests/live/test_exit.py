"""Leaving in haste, seen from outside: by the key, by the button, with the network lost, without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from superapp.tests.live.server import PASSWORD, Server
from superapp.tests.live.test_journeys import enter_if_needed, first_slug, log_in

pytestmark = pytest.mark.browser
ELSEWHERE = "https://www.wikipedia.org/"
Person = Callable[..., BrowserContext]


def in_a_room(context: BrowserContext, server: Server) -> Page:
    """Amina in a room; the world outside is one quiet page, and no request leaves the machine."""
    context.route(ELSEWHERE, lambda route: route.fulfill(body="<title>Elsewhere</title>", content_type="text/html"))
    page = context.new_page()
    log_in(page, server, "amina")
    enter_if_needed(page, server, first_slug(server))
    return page


def assert_locked(page: Page, server: Server) -> None:
    page.goto(server.origin + "/account/")
    assert page.url == server.origin + "/unlock/"


def test_escape_three_times_leaves_and_locks_and_the_password_returns(server: Server, person: Person) -> None:
    page = in_a_room(person(), server)
    page.fill("#composer-text", "je ne suis pas seule")
    with page.expect_request("**/exit/") as beacon:
        for _press in range(3):
            page.keyboard.press("Escape")
    assert beacon.value.method == "POST"
    page.wait_for_url(ELSEWHERE)
    page.go_back()  # what stood before the room: never the room itself, which was replaced
    page.wait_for_url("**/unlock/")
    assert_locked(page, server)
    page.fill('[name="password"]', PASSWORD)
    page.get_by_role("button", name="Revenir").click()
    page.wait_for_url("**/rooms/")


def test_two_presses_and_slow_presses_are_no_exit(server: Server, person: Person) -> None:
    page = in_a_room(person(), server)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_timeout(1700)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#log")).to_be_visible()
    assert page.url.startswith(server.origin)


def test_a_lost_beacon_locks_at_the_next_request(server: Server, person: Person) -> None:
    page = in_a_room(person(), server)
    page.route("**/exit/", lambda route: route.abort())
    page.get_by_role("button", name="Sortie rapide").click()
    page.wait_for_url(ELSEWHERE)
    assert_locked(page, server)


WATCH = """() => window.addEventListener("beforeunload", () => {
  localStorage.setItem("seen", JSON.stringify([document.title, document.body.textContent]));
})"""


def test_the_page_is_blank_before_the_browser_asks_the_network(server: Server, person: Person) -> None:
    page = in_a_room(person(), server)
    page.evaluate(WATCH)
    page.get_by_role("button", name="Sortie rapide").click()
    page.wait_for_url(ELSEWHERE)
    assert_locked(page, server)
    assert page.evaluate("() => JSON.parse(localStorage.getItem('seen'))") == ["\u200b", ""]


def test_the_other_tab_of_the_browser_locks_too(server: Server, person: Person) -> None:
    context = person()
    page = in_a_room(context, server)
    other = context.new_page()
    other.goto(server.origin + "/account/")
    expect(other.locator("h1")).to_have_text("Moi")
    page.get_by_role("button", name="Sortie rapide").click()
    page.wait_for_url(ELSEWHERE)
    expect(other).to_have_url(server.origin + "/unlock/")


def test_without_script_the_button_does_the_same(server: Server, person: Person) -> None:
    context = person(java_script_enabled=False)
    context.route(ELSEWHERE, lambda route: route.fulfill(body="<title>Elsewhere</title>", content_type="text/html"))
    page = context.new_page()
    log_in(page, server, "amina")
    page.goto(server.origin + "/account/")
    page.get_by_role("button", name="Sortie rapide").click()
    page.wait_for_url(ELSEWHERE)
    assert_locked(page, server)
