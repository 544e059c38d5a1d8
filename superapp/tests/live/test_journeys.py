"""Two people, two browsers: sign up, confirm, enter a room, talk, lose the network, come back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from superapp.tests.live.server import PASSWORD, Server, Wire
from superapp.tests.live.visitor import Visitor

pytestmark = pytest.mark.browser
Person = Callable[..., BrowserContext]


def sign_up(page: Page, origin: str, pseudonym: str, *, birth_date: str = "1990-05-17", place: tuple[str, str] = ("MG", "101")) -> None:
    """The sign-up page filled in as a stranger would."""
    page.goto(origin + "/signup/")
    page.fill('[name="username"]', pseudonym)
    page.fill('[name="email"]', f"{pseudonym.lower()}@example.org")
    page.fill('[name="password1"]', PASSWORD)
    page.select_option('[name="country"]', place[0])
    page.fill('[name="postal_code"]', place[1])
    page.fill('[name="birth_date"]', birth_date)
    page.check('[name="charter"]')
    page.check('[name="terms"]')
    page.locator("form:has([name=username]) button.filled").click()


def confirm(page: Page, server: Server, email: str) -> None:
    """Read the code in the mailbox page and type it."""
    letters = Visitor(server.origin).get("/mailbox/").text
    place = letters.index(email)
    code = re.search(r"\b([A-Z0-9]{3}-[A-Z0-9]{3})\b", letters[place:])
    assert code, letters[place : place + 500]
    page.fill('[name="code"]', code[1])
    page.locator('button[name="action"][value="verify"], form:has([name=code]) button.filled').first.click()


def show_age(page: Page, holder: str) -> None:
    """From the page after sign-up through the demo wallet and back, which goes by itself."""
    page.wait_for_url("**/age/")
    page.locator('form:has([value="DEMO_WALLET"]) button[value="SAME_DEVICE"]').click()
    page.locator(f'button[name="holder"][value="{holder}"]').click()
    page.wait_for_url("**/rooms/" if holder == "adult" else "**/age/complete")


def enter(page: Page, origin: str, slug: str) -> None:
    page.goto(f"{origin}/rooms/{slug}/about/")
    page.locator('form[action$="/join/"] button').first.click()
    page.wait_for_url(f"**/rooms/{slug}/")


def write(page: Page, text: str) -> None:
    page.fill("#composer-text", text)
    page.press("#composer-text", "Enter")


def bodies(page: Page) -> list[str]:
    return page.locator("#log-items .bubble .bubble-text").all_inner_texts()


def first_slug(server: Server) -> str:
    return str(Visitor(server.origin).get("/api/v1/rooms").data["rooms"][1]["slug"])


def test_sign_up_talk_lose_the_network_come_back(server: Server, wire: Wire, person: Person) -> None:
    """Acceptance 1."""
    slug = first_slug(server)
    names = ["Voahangy" + uuid.uuid4().hex[:4], "Bertrand" + uuid.uuid4().hex[:4]]
    pages: list[Page] = []
    for name in names:
        page = person().new_page()
        sign_up(page, wire.origin, name)
        confirm(page, server, f"{name.lower()}@example.org")
        show_age(page, "adult")
        enter(page, wire.origin, slug)
        pages.append(page)
    one, two = pages
    write(one, "Salama Bertrand !")
    expect(two.get_by_text("Salama Bertrand !")).to_be_visible()
    write(two, "Bonjour Voahangy")
    expect(one.get_by_text("Bonjour Voahangy")).to_be_visible()

    wire.cut()
    for number in range(3):
        write(one, f"sans réseau, une {number}")
        write(two, f"sans réseau, deux {number}")
    expect(one.locator(".bubble.is-waiting")).to_have_count(3)
    one.wait_for_timeout(30_000)
    expect(one.locator("#strip")).not_to_be_empty()
    wire.mend()
    for page in pages:
        expect(page.locator(".bubble.is-waiting")).to_have_count(0, timeout=70_000)
        expect(page.get_by_text("sans réseau, deux 2")).to_be_visible(timeout=70_000)
        expect(page.get_by_text("sans réseau, une 2")).to_be_visible(timeout=70_000)
    tails = [[text for text in bodies(page) if text.startswith("sans réseau")] for page in pages]
    assert tails[0] == tails[1]
    assert sorted(tails[0]) == sorted(f"sans réseau, {who} {number}" for who in ("une", "deux") for number in range(3))
    own = [text for text in tails[0] if ", une" in text]
    assert own == [f"sans réseau, une {number}" for number in range(3)]


def test_a_wallet_that_says_no_opens_no_room(server: Server, person: Person) -> None:
    page = person().new_page()
    name = "Fidy" + uuid.uuid4().hex[:4]
    sign_up(page, server.origin, name)
    confirm(page, server, f"{name.lower()}@example.org")
    show_age(page, "minor")
    expect(page.get_by_text("ne confirme pas que vous avez l’âge demandé")).to_be_visible()
    page.goto(f"{server.origin}/rooms/{first_slug(server)}/about/")
    page.locator('form[action$="/join/"] button').first.click()
    expect(page.get_by_role("link", name="Montrer mon âge")).to_be_visible()


def test_a_minor_is_refused_kindly_and_a_second_date_is_not_believed(server: Server, person: Person) -> None:
    page = person().new_page()
    name = "Jeune" + uuid.uuid4().hex[:4]
    sign_up(page, server.origin, name, birth_date="2012-05-17")
    expect(page.locator("h1")).to_contain_text("adult")
    sign_up_again = page
    sign_up_again.goto(server.origin + "/signup/")
    assert page.locator('[name="username"]').count() == 0
    assert f"{name.lower()}@example.org" not in Visitor(server.origin).get("/mailbox/").text


def test_a_photo_is_seen_by_both_at_once_and_after_a_reload(server: Server, person: Person, tmp_path: Path) -> None:
    slug = first_slug(server)
    Image.new("RGB", (900, 600), "orange").save(tmp_path / "photo.jpg")
    pages = []
    for who in ("amina", "ben"):
        page = person().new_page()
        log_in(page, server, who)
        enter_if_needed(page, server, slug)
        page.goto(f"{server.origin}/rooms/{slug}/")
        pages.append(page)
    amina, ben = pages
    amina.set_input_files("#composer input[type=file]", tmp_path / "photo.jpg")
    text = "avec photo " + uuid.uuid4().hex[:6]
    write(amina, text)
    for page in (amina, ben):
        picture = page.locator("article.bubble[data-seq]", has_text=text).locator(".photo img")
        expect(picture).to_have_count(1)
        expect(picture).to_have_attribute("src", re.compile(r"^/media/[a-z2-7]{20}/thumb/$"))
        expect(picture).to_have_js_property("naturalWidth", 320)
        expect(picture).to_have_attribute("width", "900")
        page.reload()
        expect(page.locator("article.bubble", has_text=text).locator(".photo img")).to_have_count(1)


def test_the_same_conversation_without_script(server: Server, person: Person) -> None:
    """Acceptance 3: forms alone."""
    slug = first_slug(server)
    pages = []
    for who in ("amina", "ben"):
        page = person(java_script_enabled=False).new_page()
        page.goto(server.origin + "/login/")
        page.fill('[name="login"]', f"{who}@demo.test")
        page.fill('[name="password"]', PASSWORD)
        page.locator("form:has([name=password]) button.filled").click()
        page.wait_for_url("**/rooms/**")
        page.goto(f"{server.origin}/rooms/{slug}/about/")
        entering = page.locator('form[action$="/join/"] button')
        if entering.count():
            entering.first.click()
        page.goto(f"{server.origin}/rooms/{slug}/")
        pages.append(page)
    amina, ben = pages
    text = "par formulaire " + uuid.uuid4().hex[:6]
    amina.fill("#composer-text", text)
    amina.click("#composer-send")
    expect(amina.get_by_text(text)).to_have_count(1)
    ben.reload()
    article = ben.locator("article.bubble", has_text=text)
    expect(article).to_have_count(1)
    article.locator("a.bubble-more").click()
    ben.get_by_text("Répondre").first.click()
    ben.fill("#composer-text", "réponse " + text)
    ben.click("#composer-send")
    amina.reload()
    answer = amina.locator("article.bubble", has_text="réponse " + text)
    expect(answer.locator(".quote-text")).to_have_text(text)
    mine = amina.locator("article.bubble.mine", has_text=text).last
    mine.locator("a.bubble-more").click()
    amina.fill('form[action$="/edit/"] [name=body]', text + " corrigé")
    amina.locator('form[action$="/edit/"] button').first.click()
    ben.goto(f"{server.origin}/rooms/{slug}/")
    expect(ben.get_by_text(text + " corrigé").first).to_be_visible()


def test_a_draft_survives_a_reload(server: Server, person: Person) -> None:
    page = logged_in(server, person, "amina")
    slug = first_slug(server)
    enter_if_needed(page, server, slug)
    page.fill("#composer-text", "un brouillon fragile")
    page.wait_for_timeout(900)
    page.reload()
    expect(page.locator("#composer-text")).to_have_value("un brouillon fragile")
    page.fill("#composer-text", "")
    page.wait_for_timeout(900)


def test_no_request_leaves_the_house_and_no_policy_is_broken(server: Server, person: Person) -> None:
    context = person()
    page = context.new_page()
    foreign: list[str] = []
    broken: list[str] = []
    page.on("request", lambda request: None if request.url.startswith((server.origin, "data:", "blob:")) else foreign.append(request.url))
    page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: broken.append(str(error)))
    log_in(page, server, "ben")
    slug = first_slug(server)
    enter_if_needed(page, server, slug)
    write(page, "bonjour à tous")
    for path in ("/rooms/", f"/rooms/{slug}/about/", "/account/", "/account/profile/", "/account/preferences/", "/rules/", "/safety/"):
        page.goto(server.origin + path)
    assert foreign == []
    assert broken == []


def log_in(page: Page, server: Server, who: str) -> None:
    page.goto(server.origin + "/login/")
    page.fill('[name="login"]', f"{who}@demo.test")
    page.fill('[name="password"]', PASSWORD)
    page.locator("form:has([name=password]) button.filled").click()
    page.wait_for_url(re.compile(r"/rooms/|/2fa/authenticate/"))
    if "/2fa/" in page.url:  # the team has a second factor
        code = re.search(rf"{who}@demo.test +(\d+)", server.manage("demo_code"))
        assert code
        page.fill('[name="code"]', code[1])
        page.locator("form:has([name=code]) button.filled").click()
        page.wait_for_url("**/rooms/**")


def logged_in(server: Server, person: Person, who: str) -> Page:
    page = person().new_page()
    log_in(page, server, who)
    return page


def enter_if_needed(page: Page, server: Server, slug: str) -> None:
    page.goto(f"{server.origin}/rooms/{slug}/about/")
    entering = page.locator('form[action$="/join/"] button')
    if entering.count():
        entering.first.click()
    page.goto(f"{server.origin}/rooms/{slug}/")
    expect(page.locator("#composer-text")).to_be_visible()
