"""Weights of the pages as a browser gets them, compressed, and accessibility of every page."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Response

from superapp.tests.live.server import ROOT, Server
from superapp.tests.live.test_journeys import enter_if_needed, first_slug, log_in

pytestmark = pytest.mark.browser
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DIST = ROOT / "static" / "dist"
WIDTHS = (360, 768, 1280)
PUBLIC = (
    "/",
    "/login/",
    "/signup/",
    "/rooms/",
    "/rules/",
    "/safety/",
    "/legal/terms/",
    "/legal/privacy/",
    "/password/reset/",
    "/offline/",
    "/mailbox/",
)
MEMBERS = (
    "/rooms/",
    "/rooms/new/",
    "/rooms/propose/",
    "/rooms/{slug}/",
    "/rooms/{slug}/about/",
    "/rooms/{slug}/search/?q=a",
    "/account/",
    "/account/profile/",
    "/account/preferences/",
    "/account/blocks/",
    "/account/consents/",
    "/account/sessions/",
    "/rooms/none/",
)


def compressed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_bundles() -> None:
    assert compressed(DIST / "app.js") <= 40 * 1024
    assert compressed(DIST / "app.css") <= 12 * 1024


def fetched(page: Page, url: str) -> dict[str, int]:
    """Every response of a first view with its compressed size."""
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    page.on("response", note)
    page.goto(url, wait_until="load")
    page.remove_listener("response", note)
    return {answer.url: len(gzip.compress(answer.body(), 6)) for answer in answers if answer.status == 200}


@pytest.mark.parametrize("path", ["/", "/login/", "/rules/", "/legal/terms/"])
def test_public_pages_need_no_script(server: Server, person: Callable[..., BrowserContext], path: str) -> None:
    sizes = fetched(person().new_page(), server.origin + path)
    assert not [url for url in sizes if url.endswith(".js")]
    critical = {url: size for url, size in sizes.items() if not url.endswith((".png", ".svg", ".webmanifest"))}
    assert sum(critical.values()) <= 30 * 1024
    assert len(critical) <= 4


def test_the_room_page_is_light(server: Server, person: Callable[..., BrowserContext]) -> None:
    context = person(service_workers="block")
    page = context.new_page()
    log_in(page, server, "amina")
    slug = first_slug(server)
    enter_if_needed(page, server, slug)
    sizes = fetched(context.new_page(), f"{server.origin}/rooms/{slug}/")
    critical = {url: size for url, size in sizes.items() if not url.endswith((".png", ".svg", ".webmanifest", "/thumb/"))}
    html = next(size for url, size in critical.items() if url.endswith(f"/{slug}/"))
    assert html <= 20 * 1024
    assert sum(critical.values()) <= 90 * 1024
    assert len(critical) <= 6


def violations(page: Page) -> list[str]:
    """What axe finds; its script comes through the debugger, which the page's policy does not bind."""
    page.evaluate(AXE.read_text("utf-8") + ";undefined")
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [f"{page.url} {item['id']}: {node['target']} {node['html'][:120]}" for item in found["violations"] for node in item["nodes"][:3]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_public_pages_are_accessible(server: Server, person: Callable[..., BrowserContext], width: int, theme: str) -> None:
    page = person(viewport={"width": width, "height": 800}, color_scheme=theme, bypass_csp=True).new_page()
    found: list[str] = []
    for path in PUBLIC:
        page.goto(server.origin + path)
        found += violations(page)
        found += overflow(page)
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_member_pages_are_accessible(server: Server, person: Callable[..., BrowserContext], width: int, theme: str) -> None:
    page = person(viewport={"width": width, "height": 800}, color_scheme=theme, bypass_csp=True).new_page()
    log_in(page, server, "amina")
    slug = first_slug(server)
    enter_if_needed(page, server, slug)
    found: list[str] = []
    for path in MEMBERS:
        page.goto(server.origin + path.format(slug=slug))
        found += violations(page)
        found += overflow(page)
    assert found == []


def overflow(page: Page) -> list[str]:
    """A page that is wider than its window."""
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{page.url} is {wide} px too wide"] if wide > 0 else []
