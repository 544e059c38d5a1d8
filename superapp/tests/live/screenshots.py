"""The pictures of docs/screenshots: directory, room and profile as Amina sees them, the desk as somebody of the team does, a decision as
Ben reads it, and what everybody may read of all decisions."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from superapp.tests.live.server import ROOT, Server
from superapp.tests.live.test_desk import INSULT, ROOM, decide_by_keys, open_by_keys, report
from superapp.tests.live.test_journeys import enter_if_needed, log_in, write

OUT = ROOT / "docs" / "screenshots"
PAGES = {"directory": "/rooms/", "room": "/rooms/cuisine-malgache/", "profile": "/account/profile/"}
DESK = {"queue": "/admin/moderation/queue/", "workload": "/admin/moderation/workload/"}
PUBLIC = {"transparency": "/transparency/"}
LEGAL = "/admin/moderation/legalrequest/"
# A requisition as it came, in the fields of the register.
REQUISITION = {
    "authority": "Parquet de Lyon",
    "agent": "Capitaine N. Martin",
    "file_numbers": "PV 2026/1234",
    "legal_basis": "CPP 60-1",
    "offence": "extorsion (CP 312-1)",
    "penalty_months": "84",
    "who-0-given": "Ben",
    "who-0-from_at": "2026-01-01T00:00",
    "who-0-until_at": "2026-12-01T00:00",
}
CALL_BACK = {"directory": "annuaire.justice.fr", "number": "04 72 60 70 12", "answered_by": "greffe, Mme R."}
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


def draw(page: Page, origin: str, pages: dict[str, str], name: str, *, whole: bool = False) -> None:
    for title, path in pages.items():
        page.goto(origin + path, wait_until="networkidle")
        page.screenshot(path=OUT / f"{title}-{name}.png", full_page=whole)


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


def have_decided(ben: Page, amina: Page, mod: Page, server: Server) -> None:
    """Ben insults, Amina reports it, and the message is taken away, so that there is a decision to read."""
    for page in (ben, amina):
        enter_if_needed(page, server, ROOM)
    write(ben, INSULT)
    said = amina.locator("#log-items [data-seq]", has_text=INSULT)
    said.wait_for()
    report(amina, server.origin, said.get_attribute("data-seq") or "")
    open_by_keys(mod, server.origin)
    decide_by_keys(mod)


def register_requisition(page: Page, origin: str) -> str:
    """A requisition about Ben, from the register to its inventory; the path of its page."""
    page.goto(f"{origin}{LEGAL}new/")
    for name, value in REQUISITION.items():
        page.fill(f'[name="{name}"]', value)
    page.select_option('[name="gate_case"]', "GRAVE")
    page.locator('button[name="check"]').click()  # the gate opens the boxes
    for category in ("SUBSCRIBER", "TRAFFIC"):
        page.check(f'input[name="categories"][value="{category}"]')
    page.locator('.submit-row input[type="submit"]').click()
    page.wait_for_selector('form[action$="/authenticate/"]')
    for name, value in CALL_BACK.items():
        page.fill(f'[name="{name}"]', value)
    page.locator('form[action$="/authenticate/"] button').click()
    page.locator('form[action$="/scope/"] button').click()
    page.locator('form[action$="/collect/"] button').click()
    page.wait_for_selector('form[action$="/ask/"]')
    return page.url.removeprefix(origin)


def draw_decision(page: Page, origin: str, name: str) -> None:
    page.goto(origin + "/decisions/")
    page.locator('main a[href^="/decisions/"]').first.click()
    page.locator("article.prose").wait_for()
    page.screenshot(path=OUT / f"decision-{name}.png", full_page=True)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "data")
        server.prepare()
        server.start()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        ben, amina, mod = (log_in_once(browser, server, who) for who in ("ben", "amina", "mod"))
        first = [open_context(browser, 1280, "light", state) for state in (ben, amina, mod)]
        his, hers, desk = (context.new_page() for context in first)
        have_decided(his, hers, desk, server)
        requisition = {"requisition": register_requisition(desk, server.origin)}
        for context in first:
            context.close()
        for width in SIZES:
            for theme in ("light", "dark"):
                name = f"{width}-{theme}"
                with open_context(browser, width, theme, amina) as context:
                    draw(context.new_page(), server.origin, PAGES | PUBLIC, name)
                with open_context(browser, width, theme, ben) as context:
                    draw_decision(context.new_page(), server.origin, name)
                with open_context(browser, width, theme, mod) as context:
                    page = context.new_page()
                    draw(page, server.origin, DESK, name)
                    draw_case(page, server.origin, name)
                    draw(page, server.origin, requisition, name, whole=True)
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
