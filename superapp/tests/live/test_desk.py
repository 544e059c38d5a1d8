"""Justice in a real browser: reported by a page, decided by keys, told and appealed by pages, overturned by another, and back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from superapp.tests.live.server import Server
from superapp.tests.live.test_journeys import bodies, enter_if_needed, logged_in, write

pytestmark = pytest.mark.browser
Person = Callable[..., BrowserContext]
ROOM = "cuisine-malgache"
INSULT = "Espèce de gros concombre"


def watched(page: Page) -> list[str]:
    """What the browser complains about: blocked by the policy, not found, thrown."""
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def report(page: Page, origin: str, seq: str) -> None:
    """The form of the report, as somebody who was insulted fills it in."""
    page.goto(f"{origin}/report/message/{ROOM}/{seq}/")
    door = page.locator("details:has(input[value=HARASSMENT])")
    if door.get_attribute("open") is None:
        door.locator("summary").first.click()
    page.locator("input[value=HARASSMENT]").check()
    page.fill('[name="explanation"]', "Il m’insulte.")
    page.get_by_role("button", name="Envoyer le signalement").click()
    page.wait_for_url("**/reports/**")


def open_by_keys(page: Page, origin: str) -> None:
    """J down to the case that is not late yet, then Enter."""
    page.goto(origin + "/admin/moderation/queue/")
    row = page.locator("tr[data-case]:not(.late):has(.sev-2)")
    expect(row).to_have_count(1)
    case = row.get_attribute("data-case")
    for _ in range(page.locator("tr[data-case]").count()):
        page.keyboard.press("j")
        if page.evaluate("document.activeElement.closest('tr').dataset.case") == case:
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case}/**")


def decide_by_keys(page: Page) -> None:
    """C takes it, 3 is the third measure, Enter decides; the statement is shown meanwhile."""
    expect(page.locator("li.target")).to_contain_text(INSULT)
    page.keyboard.press("c")
    expect(page.locator("form[data-decide]")).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator("#statement")).to_contain_text("Nous avons retiré ce contenu.")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Décision prise.")


def appeal(page: Page, origin: str) -> None:
    """Ben reads why, and does not agree."""
    page.goto(origin + "/decisions/")
    page.locator('main a[href^="/decisions/"]').first.click()
    expect(page.locator("article.prose")).to_contain_text("Nous avons retiré ce contenu.")
    expect(page.locator("article.prose")).to_contain_text("Ce contenu insulte ou poursuit une personne.")
    page.fill('form[action$="/appeal/"] textarea', "Nous plaisantions, elle et moi.")
    page.locator('form[action$="/appeal/"] button').last.click()
    expect(page.locator("main")).to_contain_text("Nous plaisantions, elle et moi.")


def overturn(page: Page, origin: str) -> None:
    page.goto(origin + "/admin/moderation/appeals/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/appeals/*/")
    for words in (INSULT, "Nous plaisantions, elle et moi."):
        expect(page.locator("#content-main")).to_contain_text(words)
    page.locator('input[name="overturn"][value="yes"]').check()
    page.fill('[name="answer"]', "Vous plaisantiez, en effet.")
    page.locator("form[data-decide] button").click()
    expect(page.locator(".messagelist")).to_contain_text("tout est rétabli")


def test_reported_decided_by_keys_appealed_overturned_and_back(own_server: Server, person: Person) -> None:
    """Acceptance 1 of issue 5: Ben insults Amina, and each of the four reads at each step what they should."""
    origin = own_server.origin
    ben, amina = logged_in(own_server, person, "ben"), logged_in(own_server, person, "amina")
    for page in (ben, amina):
        enter_if_needed(page, own_server, ROOM)
    write(ben, INSULT)
    said = amina.locator("#log-items [data-seq]", has_text=INSULT)
    expect(said).to_be_visible()
    report(amina, origin, said.get_attribute("data-seq") or "")

    mod = logged_in(own_server, person, "mod")
    complaints = watched(mod)
    open_by_keys(mod, origin)
    decide_by_keys(mod)
    amina.goto(f"{origin}/rooms/{ROOM}/")
    expect(amina.locator("#log-items .bubble").first).to_be_visible()
    assert INSULT not in bodies(amina)

    appeal(ben, origin)
    sena = logged_in(own_server, person, "sena")
    complaints_too = watched(sena)
    overturn(sena, origin)
    amina.goto(f"{origin}/rooms/{ROOM}/")
    expect(amina.locator("#log-items .bubble-text", has_text=INSULT)).to_be_visible()
    assert bodies(amina)[-1] == INSULT
    ben.goto(origin + "/decisions/")
    ben.locator('main a[href^="/decisions/"]').first.click()
    expect(ben.locator("main")).to_contain_text("Vous plaisantiez, en effet.")
    assert " entries hold (" in own_server.manage("verify_audit")
    assert complaints + complaints_too == []


def test_keys_are_silent_where_somebody_writes(server: Server, person: Person) -> None:
    """C, E, J and the numbers are letters in a field; ? tells what they are elsewhere."""
    mod = logged_in(server, person, "mod")
    mod.goto(server.origin + "/admin/moderation/queue/")
    mod.keyboard.press("j")
    mod.keyboard.press("Enter")
    mod.wait_for_url("**/cases/**")
    mod.keyboard.press("?")
    expect(mod.locator("#desk-keys")).to_be_visible()
    mod.keyboard.press("Escape")
    expect(mod.locator("#desk-keys")).to_be_hidden()
    mod.keyboard.press("c")
    expect(mod.locator("form[data-decide]")).to_be_visible()
    at = mod.url
    mod.focus('[name="facts"]')
    mod.keyboard.type(" cej123?")
    assert mod.url == at
    assert mod.locator('[name="facts"]').input_value().count("cej123?") == 1
    assert mod.locator('input[name="action"]:checked').count() == 0
    expect(mod.locator("#desk-keys")).to_be_hidden()
    mod.locator("h1").click()
    mod.keyboard.press("e")
    expect(mod.locator("#escalate-why")).to_be_focused()
