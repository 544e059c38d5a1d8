"""`bin/screenshots`: the pictures of the documentation, taken from the real pages."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from superapp.tests.live.server import PASSWORD, Server

PAGES = {"directory": "/rooms/", "room": "/rooms/{slug}/", "profile": "/account/profile/"}
SIZES = {360: 780, 1280: 800}
ROOM = "cuisine-malgache"


def take(browser: Browser, server: Server, folder: Path, *, width: int, theme: str) -> None:
    """All pages in one width and theme."""
    size = {"width": width, "height": SIZES[width]}
    context = browser.new_context(viewport=size, color_scheme=theme, locale="fr-FR", device_scale_factor=1)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(server.origin + "/login/")
    page.fill('[name="login"]', "amina@demo.test")
    page.fill('[name="password"]', PASSWORD)
    page.locator("form:has([name=password]) button.filled").click()
    page.wait_for_url("**/rooms/**")
    for name, path in PAGES.items():
        page.goto(server.origin + path.format(slug=ROOM), wait_until="networkidle")
        page.wait_for_timeout(400)
        page.screenshot(path=folder / f"{name}-{width}-{theme}.png")
    context.close()


def main() -> None:
    """Write all pictures into the folder named on the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        server = Server(Path(data))
        server.prepare()
        server.start()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for width in SIZES:
            for theme in ("light", "dark"):
                take(browser, server, folder, width=width, theme=theme)
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
