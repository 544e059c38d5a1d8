"""The pictures of docs/screenshots: directory, room and profile as Amina sees them, the desk as somebody of the team does."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from superapp.tests.live.server import ROOT, Server
from superapp.tests.live.test_journeys import log_in

OUT = ROOT / "docs" / "screenshots"
PAGES = {"directory": "/rooms/", "room": "/rooms/cuisine-malgache/", "profile": "/account/profile/"}
DESK = {"queue": "/admin/moderation/queue/", "workload": "/admin/moderation/workload/"}
SIZES = {360: 740, 1280: 800}


def open_context(browser: Browser, width: int, theme: str, state: StorageState | None = None) -> BrowserContext:
    return browser.new_context(
        locale="fr-FR",
        timezone_id="Indian/Antananarivo",
        viewport={"width": width, "height": SIZES[width]},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        storage_state=state,
    )


def log_in_once(browser: Browser, server: Server, who: str) -> StorageState:
    """The cookies of one log-in: a code of the second factor passes once."""
    context = open_context(browser, 1280, "light")
    log_in(context.new_page(), server, who)
    state = context.storage_state()
    context.close()
    return state


def draw(page: Page, origin: str, pages: dict[str, str], name: str) -> None:
    for title, path in pages.items():
        page.goto(origin + path, wait_until="networkidle")
        page.screenshot(path=OUT / f"{title}-{name}.png")


def draw_case(page: Page, origin: str, name: str) -> None:
    """The most urgent case, in hand, with a measure chosen and its statement beside it."""
    page.goto(origin + DESK["queue"])
    page.locator("tr[data-case] a").first.click()
    if page.locator("form[data-claim]").count():
        page.keyboard.press("c")
    page.wait_for_selector("form[data-decide]")
    page.keyboard.press("3")
    page.locator("#statement dt").nth(4).wait_for()
    page.screenshot(path=OUT / f"case-{name}.png", full_page=True)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "data")
        server.prepare()
        server.start()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        amina, mod = (log_in_once(browser, server, who) for who in ("amina", "mod"))
        for width in SIZES:
            for theme in ("light", "dark"):
                name = f"{width}-{theme}"
                with open_context(browser, width, theme, amina) as context:
                    draw(context.new_page(), server.origin, PAGES, name)
                with open_context(browser, width, theme, mod) as context:
                    page = context.new_page()
                    draw(page, server.origin, DESK, name)
                    draw_case(page, server.origin, name)
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
