"""Weights of the pages as a browser gets them, compressed, and accessibility of every page."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from accounts.tests.doors import code_of, secret_on
from superapp.tests.live.server import PASSWORD, ROOT, Server
from superapp.tests.live.test_journeys import enter_if_needed, first_slug, log_in, sign_up

pytestmark = pytest.mark.browser
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DIST = ROOT / "static" / "dist"
WIDTHS = (360, 768, 1280)
THEMES: dict[Literal["light", "dark"], dict[str, list[str]]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
PUBLIC = (
    "/",
    "/login/",
    "/signup/",
    "/signup/passkey/",
    "/2fa/webauthn/login/",
    "/rooms/",
    "/rooms/?q=zzzz",
    "/rooms/{slug}/about/",
    "/rules/",
    "/safety/",
    "/help/victims/",
    "/transparency/",
    "/contact/",
    "/legal/terms/",
    "/legal/privacy/",
    "/legal/sales/",
    "/legal/cookies/",
    "/legal/data/",
    "/legal/retention/",
    "/legal/charter/1.0/",
    "/privacy/certificate/",
    "/password/reset/",
    "/password/reset/done/",
    "/password/reset/key/a-b/",
    "/password/reset/key/done/",
    "/inactive/",
    "/account/preferences/",
    "/offline/",
    "/mailbox/",
    "/nothing/",
)
MEMBERS = (
    "/rooms/",
    "/rooms/?q=zzzz",
    "/rooms/new/",
    "/rooms/propose/",
    "/rooms/{slug}/",
    "/rooms/{slug}/about/",
    "/rooms/{slug}/search/",
    "/rooms/{slug}/search/?q=a",
    "/rooms/{slug}/search/?q=zzzz",
    "/account/",
    "/account/profile/",
    "/account/preferences/",
    "/account/blocks/",
    "/account/consents/",
    "/account/consents/art9_sensitive_rooms/give/",
    "/account/notifications/",
    "/account/notifications/push/",
    "/account/notifications/settings/",
    "/account/data/",
    "/account/data/rectify/",
    "/account/data/object/",
    "/account/data/export/",
    "/account/standing/",
    "/account/leaving/",
    "/account/identity/",
    "/account/sessions/",
    "/password/change/",
    "/2fa/",
    "/email/",
    "/reauthenticate/",
    "/logout/",
    "/safety/",
)
MODERATORS = ("/rooms/{slug}/about/", "/rooms/{slug}/settings/", "/account/")

# Targets of less than 44 px, and more than one filled button. Links inside sentences may be small; the targets named here are
# enlarged by an invisible layer.
CROWDED = """() => {
  const seen = (e) => e.offsetParent !== null;
  const found = [];
  const filled = [...document.querySelectorAll(".filled")].filter(seen);
  if (filled.length > 1) found.push("filled twice: " + filled.map((e) => e.textContent.trim()).join(", "));
  for (const e of document.querySelectorAll("a, button, summary, select, textarea, input:not([type=hidden])")) {
    if (!seen(e) || e.matches(".skip, .reaction, .bubble-name, a.row-title, .card-title a")) continue;
    if (e.closest("label") || (getComputedStyle(e).display === "inline" && e.closest("p, li, dd, div"))) continue;
    const { width, height } = e.getBoundingClientRect();
    if (width > 1 && (width < 43.5 || height < 43.5)) found.push(`small ${width}x${height}: ${e.outerHTML.slice(0, 90)}`);
  }
  return found;
}"""


def compressed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_bundles() -> None:
    assert compressed(DIST / "app.js") <= 40 * 1024
    assert compressed(DIST / "app.css") <= 12 * 1024
    assert compressed(DIST / "admin.css") <= 4 * 1024
    assert compressed(DIST / "passkey.js") <= 1.5 * 1024


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


def faults(page: Page) -> list[str]:
    """What axe and our own rules find on this page in every width and theme. The page is laid out anew, not loaded anew; the
    dark theme changes colours alone, so there only their contrast is measured again."""
    page.evaluate(AXE.read_text("utf-8") + ";undefined")  # through the debugger, which the page's policy does not bind
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{page.url} at {width}: {fault}" for fault in [*overflow(page), *page.evaluate(CROWDED)]]
        for theme, rules in THEMES.items():
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            answer = page.evaluate("rules => axe.run(document, {resultTypes: ['violations'], ...rules})", rules)
            for item in answer["violations"]:
                nodes = [f"{node['target']} {node['html'][:120]}" for node in item["nodes"][:3]]
                found.append(f"{page.url} at {width} {theme}: {item['id']} {nodes}")
    return found


def overflow(page: Page) -> list[str]:
    """A page that is wider than its window."""
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{wide} px too wide"] if wide > 0 else []


def visit(page: Page, server: Server, paths: Iterable[str]) -> list[str]:
    found: list[str] = []
    for path in paths:
        page.goto(server.origin + path)
        found += faults(page)
    return found


def submit(page: Page) -> None:
    """The form of the page as it stands, sent by its filled button."""
    page.locator("main form button.filled").first.click()
    page.wait_for_load_state()


@pytest.fixture
def own_folder(template_folder: Path, tmp_path: Path) -> Path:
    """Data of this test alone."""
    return Path(shutil.copytree(template_folder, tmp_path / "data"))


@pytest.fixture
def page(person: Callable[..., BrowserContext]) -> Page:
    return person(bypass_csp=True, service_workers="block").new_page()


def test_public_pages_are_accessible(server: Server, page: Page) -> None:
    slug = first_slug(server)
    found = visit(page, server, [path.format(slug=slug) for path in PUBLIC])
    page.goto(server.origin + "/signup/")
    submit(page)
    assert page.locator("#errors").count() == 1
    assert found + faults(page) == []


def test_member_pages_are_accessible(server: Server, page: Page) -> None:
    log_in(page, server, "amina")
    slug = first_slug(server)
    enter_if_needed(page, server, slug)
    assert visit(page, server, [path.format(slug=slug) for path in MEMBERS]) == []


def test_pages_about_a_message_and_its_author_are_accessible(server: Server, page: Page) -> None:
    log_in(page, server, "amina")
    slug = first_slug(server)
    enter_if_needed(page, server, slug)
    page.fill("#composer-text", "Un message de plus")
    page.press("#composer-text", "Enter")
    links = [
        page.locator('.bubble.mine:has([data-state="sent"]) .bubble-more').last,
        page.locator(".bubble:not(.mine) .bubble-more[href]").last,
        page.locator(".bubble-name[href]").last,
    ]
    paths = [link.get_attribute("href") or "" for link in links]
    page.goto(server.origin + "/account/")
    paths.append(page.locator('main a[href^="/people/"]').get_attribute("href") or "")
    assert all(paths)
    assert visit(page, server, paths) == []


def test_states_of_the_room_are_accessible(server: Server, page: Page) -> None:
    """The menu of a message, a reply, an edit, too long a text, and a message that waits for the network."""
    log_in(page, server, "amina")
    enter_if_needed(page, server, first_slug(server))
    found: list[str] = []
    page.locator(".bubble:not(.mine) .bubble-more[href]").last.click()
    expect(page.locator(".sheet")).to_be_visible()
    found += faults(page)
    page.locator(".sheet .menu-item").first.click()
    expect(page.locator("#composer-context")).to_be_visible()
    found += faults(page)
    page.press("#composer-text", "Escape")
    page.fill("#composer-text", "x" * 4100)
    found += faults(page)
    page.fill("#composer-text", "Sans réseau")
    page.context.set_offline(True)
    page.press("#composer-text", "Enter")
    expect(page.locator(".bubble.is-waiting")).to_have_count(1)
    found += faults(page)
    page.context.set_offline(False)
    expect(page.locator(".bubble.is-waiting")).to_have_count(0, timeout=60_000)
    assert found == []


def test_pages_of_second_factors_are_accessible(own_server: Server, page: Page) -> None:
    log_in(page, own_server, "ben")
    page.goto(own_server.origin + "/2fa/totp/activate/")
    page.fill("[name=password]", PASSWORD)
    submit(page)
    page.fill("[name=code]", "000000")
    submit(page)
    found = faults(page)
    secret = secret_on(page.content())
    page.fill("[name=code]", code_of(secret))
    submit(page)
    page.wait_for_url("**/2fa/recovery-codes/")
    found += faults(page)
    found += visit(page, own_server, ["/2fa/", "/2fa/totp/deactivate/", "/2fa/recovery-codes/generate/", "/2fa/webauthn/add/"])
    page.context.clear_cookies()
    page.goto(own_server.origin + "/login/")
    page.fill("[name=login]", "ben@demo.test")
    page.fill("[name=password]", PASSWORD)
    submit(page)
    page.wait_for_url("**/2fa/authenticate/")
    assert found + faults(page) == []


def test_moderators_pages_are_accessible(server: Server, page: Page) -> None:
    log_in(page, server, "mod")
    slug = page.locator('a[href^="/rooms/"][data-room]').first.get_attribute("href")
    assert slug
    found = visit(page, server, [path.format(slug=slug.split("/")[2]) for path in MODERATORS])
    page.goto(f"{server.origin}{slug}about/")
    page.locator("details.more-actions summary").first.click()
    assert found + faults(page) == []


# A text to accept anew, and three rooms of Amina's: excluded from the first, the second in pause, the third closed.
_RARE = """
from accounts.models import Consent, LegalDocument
from chat.models import Membership, Room
LegalDocument.objects.update(requires_reacceptance=True)
Consent.objects.filter(user__email="carol@demo.test").delete()
seats = list(Membership.objects.filter(user__email="amina@demo.test", state="JOINED").select_related("room")[:3])
Membership.objects.filter(pk=seats[0].pk).update(state="BANNED", ban_reason="Publicité répétée")
Room.objects.filter(pk=seats[1].room_id).update(state="FROZEN")
Room.objects.filter(pk=seats[2].room_id).update(state="CLOSED")
print("slugs", *[seat.room.slug for seat in seats])
"""


def test_rare_pages_are_accessible(own_folder: Path, page: Page) -> None:
    """What few people meet: an exclusion, a pause, a closed room, new rules, a code, a refusal, an old form, too many tries."""
    server = Server(own_folder)
    slugs = server.manage("shell", "-c", _RARE).split("slugs", 1)[1].split()
    server.start()
    try:
        found = _rare(server, page, slugs)
    finally:
        server.stop()
    assert found == []


def _rare(server: Server, page: Page, slugs: list[str]) -> list[str]:
    sign_up(page, server.origin, "Voahirana")
    found = faults(page)
    page.fill('[name="code"]', "AAA-AAA")
    submit(page)
    found += faults(page)
    page.context.clear_cookies()
    sign_up(page, server.origin, "Zandry", birth_date="2012-05-17")
    expect(page.locator("h1")).to_contain_text("adult")
    found += faults(page)
    page.context.clear_cookies()
    page.goto(server.origin + "/login/")
    page.locator('form [name="csrfmiddlewaretoken"]').evaluate("field => { field.value = 'old'; }")
    page.fill('[name="login"]', "x@example.org")
    page.fill('[name="password"]', "x")
    submit(page)
    expect(page.locator("h1")).to_have_text("Page trop ancienne")
    found += faults(page)
    log_in(page, server, "amina")
    found += visit(page, server, [f"/rooms/{slug}/" for slug in slugs])
    page.context.clear_cookies()
    page.goto(server.origin + "/login/")
    page.fill('[name="login"]', "carol@demo.test")
    page.fill('[name="password"]', PASSWORD)
    submit(page)
    page.wait_for_url("**/account/agree/**")
    found += faults(page)
    page.context.clear_cookies()
    for _number in range(6):
        page.goto(server.origin + "/password/reset/")
        page.fill('[name="email"]', "x@example.org")
        submit(page)
    expect(page.locator("h1")).to_have_text("Un instant")
    return found + faults(page)
