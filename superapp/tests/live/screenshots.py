"""The pictures of docs/screenshots: directory, room and profile as Amina sees them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from superapp.tests.live.server import PASSWORD, ROOT, Server

OUT = ROOT / "docs" / "screenshots"
PAGES = {"directory": "/rooms/", "room": "/rooms/cuisine-malgache/", "profile": "/account/profile/"}
SIZES = {360: 740, 1280: 800}


def log_in(page: Page, origin: str) -> None:
    page.goto(origin + "/login/")
    page.fill('[name="login"]', "amina@demo.test")
    page.fill('[name="password"]', PASSWORD)
    page.locator("form:has([name=password]) button.filled").click()
    page.wait_for_url("**/rooms/**")


def draw(browser: Browser, origin: str, width: int, theme: str) -> None:
    context = browser.new_context(
        locale="fr-FR",
        timezone_id="Indian/Antananarivo",
        viewport={"width": width, "height": SIZES[width]},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    log_in(page, origin)
    for name, path in PAGES.items():
        page.goto(origin + path, wait_until="networkidle")
        page.screenshot(path=OUT / f"{name}-{width}-{theme}.png")
    context.close()


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "data")
        server.prepare()
        server.start()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width in SIZES:
            for theme in ("light", "dark"):
                draw(browser, server.origin, width, theme)
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
