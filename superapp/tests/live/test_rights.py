"""Somebody takes their copy with them, reads it, and has themselves erased, in real browsers; the house burns and comes back without them.
Of whom justice holds everything stays, and they read the words of the law alone."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.backups.cipher import make_identity
from superapp.tests.live import leaver
from superapp.tests.live.leaver import ASIDE, CIVIL, SAID, STREET, Person, email_of
from superapp.tests.live.server import PASSWORD, Server
from superapp.tests.live.test_budgets import faults
from superapp.tests.live.test_desk import ROOM, report, watched
from superapp.tests.live.test_journeys import enter_if_needed, first_slug, logged_in, write
from superapp.tests.live.visitor import Visitor

pytestmark = pytest.mark.browser
TITLES = {"fr": "Mes données chez Resaka", "mg": "Ny angonko ao amin’ny Resaka", "en": "My data at Resaka"}
# What a held person must not read between the lines; the sentence of the certificate, which is everybody's, is not on the page before it.
_TELLING = ("justice", "réquisition", "enquête", "gelé", "attente")


@pytest.fixture
def name() -> str:
    """A name that stands nowhere else."""
    return "Benja" + uuid.uuid4().hex[:6]


def read_in_three_languages(person: Person, folder: Path) -> list[str]:
    """Open the pages of the archive without a network, one from the other; what axe finds on them."""
    context = person(offline=True)
    page = context.new_page()
    complaints = watched(page)
    page.goto((folder / "index.html").as_uri())
    found = faults(page)
    for language, title in TITLES.items():
        if language != "fr":
            page.locator(f'nav a[hreflang="{language}"]').click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("h1")).to_have_text(title)
        expect(page.locator("#messages")).to_contain_text(SAID)
        expect(page.locator("#messages")).to_contain_text(ASIDE)
        expect(page.locator("#account")).to_contain_text("@example.org")
        picture = page.locator(".images img").first
        picture.scroll_into_view_if_needed()  # it is read when it is looked at
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 0
    assert complaints == []
    return found


def wait_for_copy(page: Page) -> None:
    """The bar is there, the page asks how far it is, and is another one when it is ready: nobody touches it."""
    expect(page.locator("progress")).to_be_visible()
    expect(page.locator("[data-words]")).not_to_be_empty()
    expect(page.get_by_role("button", name="Télécharger")).to_be_visible(timeout=90_000)


def visit_pages_of_rights(page: Page, server: Server) -> list[str]:
    """What axe and our own rules find on the pages of one's data, for somebody who proved that it is them and has a copy."""
    page.goto(f"{server.origin}/account/data/")
    page.locator("details summary").first.click()
    found = faults(page)
    page.locator('a[href^="/account/data/requests/"]').first.click()
    expect(page.get_by_role("link", name="Aller à ma copie")).to_be_visible()
    found += faults(page)
    for path in ("export/", "rectify/", "object/", "restrict/", "erase/"):
        page.goto(f"{server.origin}/account/data/{path}")
        found += faults(page)
    return found


def expect_tombstone(page: Page, name: str) -> None:
    """Where Ben spoke others read that a message was taken away, of somebody who has left."""
    expect(page.locator("#log-items")).to_contain_text("Message retiré")
    expect(page.locator("#announcer")).to_be_empty(timeout=15_000)  # what a screen reader was told goes by itself
    said = page.content()
    assert [word for word in (name, SAID, ASIDE) if word in said] == []


def test_ben_takes_his_copy_reads_it_and_is_erased_and_nothing_of_him_is_found(
    own_server: Server, person: Person, name: str, tmp_path: Path
) -> None:
    """Acceptance 1 of issue 7."""
    server, slug = own_server, first_slug(own_server)
    amina, ben = logged_in(server, person, "amina"), leaver.newcomer(server, person, slug, name)
    enter_if_needed(amina, server, slug)
    media = leaver.media_of(server)
    leaver.send_photo(ben, tmp_path)
    write(ben, SAID)
    seq = amina.locator("article.bubble[data-seq]", has_text=SAID).get_attribute("data-seq")
    leaver.give_identity(ben, server)
    aside = logged_in(server, person, "amina")
    group = leaver.enter_group(aside, leaver.open_group(ben, server))
    ben.goto(group)
    write(ben, ASIDE)
    expect(aside.locator("article.bubble", has_text=ASIDE)).to_be_visible()
    photos = leaver.media_of(server) - media
    assert photos != set()

    backup = back_up(server, tmp_path)

    leaver.ask_for_copy(ben, server)
    wait_for_copy(ben)
    found = read_in_three_languages(person, leaver.fetch_copy(ben, tmp_path))
    found += visit_pages_of_rights(ben, server)

    secret = leaver.ask_to_be_erased(ben, server, name)
    certificate = leaver.wait_for_certificate(ben, secret, tmp_path)
    found += faults(ben)
    gone = amina.locator(f'article.bubble[data-seq="{seq}"]')
    expect(gone).to_contain_text("Message retiré")  # nobody has touched her page
    expect(gone).not_to_contain_text(SAID)
    for page in (amina, aside):
        expect_tombstone(page, name)
        page.reload()
        expect_tombstone(page, name)

    ben.goto(f"{server.origin}/account/")
    assert "/login/" in ben.url
    found += check_both(ben, server, certificate)
    assert found == []

    assert server.tracebacks() == []
    server.stop()
    words = [SAID, ASIDE, CIVIL, STREET, name, name.lower(), email_of(name)]
    expect_nothing(server, words)
    assert [path for path in photos if path.exists()] == []

    restore(server, tmp_path, backup)
    expect_nothing(server, words)
    assert [path for path in photos if path.exists()] == []
    server.start()
    amina.goto(f"{server.origin}/rooms/{slug}/")
    expect_tombstone(amina, name)
    ben.goto(secret)  # the link in his letter is good for as long as the house stands
    expect(ben.locator("h1")).to_have_text("Attestation d’effacement")
    leaver.check_certificate(ben, server, certificate)
    expect(ben.get_by_text("Cette attestation est authentique.")).to_be_visible()
    assert "sessionid" not in Visitor(server.origin).post("/login/", login=email_of(name), password=PASSWORD).headers.get("Set-Cookie", "")


def check_both(page: Page, server: Server, certificate: Path) -> list[str]:
    """His certificate is authentic, and one that was touched is not; what axe finds on either page."""
    leaver.check_certificate(page, server, certificate)
    expect(page.get_by_text("Cette attestation est authentique.")).to_be_visible()
    found = faults(page)
    touched = json.loads(certificate.read_text("utf-8"))
    touched["certificate"]["erased"][0]["rows"] += 1
    certificate.with_name("touched.json").write_text(json.dumps(touched), "utf-8")
    leaver.check_certificate(page, server, certificate.with_name("touched.json"))
    expect(page.locator("#errors")).to_contain_text("modifiée")
    return found + faults(page)


def back_up(server: Server, folder: Path) -> Path:
    """A backup of the house while people talk in it, as its owner makes one."""
    server.env |= {
        "RESAKA_BACKUP_DIR": str(folder / "main"),
        "RESAKA_KEYS_BACKUP_DIR": str(folder / "keys"),
        "RESAKA_BACKUP_RECIPIENTS": make_identity(folder / "identity"),
    }
    leaver.run(server, "bin/backup")
    (made,) = (folder / "main").glob("main-*")
    return made


def restore(server: Server, folder: Path, backup: Path) -> None:
    """The old copy comes back, and what was destroyed since is destroyed again before the house opens."""
    told = leaver.run(server, "bin/restore", backup, "--identity", folder / "identity", "--force", "--house", "127.0.0.1")
    assert "1 erased people tried: nothing opens." in told


def expect_nothing(server: Server, words: list[str]) -> None:
    """Not in a database, key store, journal, picture, log or record of the house."""
    server.manage("shell", "-c", "from core.scrubbing import scrub_journals; scrub_journals()")
    assert leaver.search(server, words) == {word: [] for word in words}


def test_of_whom_justice_holds_everything_stays_and_they_read_the_words_of_the_law(
    own_server: Server, person: Person, name: str, tmp_path: Path
) -> None:
    """Acceptance 2 of issue 7."""
    server, amina, ben = own_server, logged_in(own_server, person, "amina"), leaver.newcomer(own_server, person, ROOM, name)
    enter_if_needed(amina, server, ROOM)
    media = leaver.media_of(server)
    leaver.send_photo(ben, tmp_path)
    write(ben, SAID)
    bubble = amina.locator("article.bubble[data-seq]", has_text=SAID)
    expect(bubble).to_be_visible()
    report(amina, server.origin, bubble.get_attribute("data-seq") or "")
    leaver.give_identity(ben, server)
    photos = leaver.media_of(server) - media
    leaver.hold(server, name)
    before = leaver.look_at(server, name)
    assert (before["stored"], before["opened"], before["key"], before["said"]) == (2, 2, True, 1)
    assert all(before["rows"].values())

    leaver.prove_oneself(ben, server, "/account/data/erase/")
    secret = leaver.ask_to_be_erased(ben, server, name)
    for _turn in range(2):
        leaver.try_again(server)
    ben.goto(secret)
    expect(ben.locator("h1")).to_have_text("Effacement en cours")
    read = ben.locator("main").inner_text()
    assert "Personne ne vous voit plus, et l’effacement est en cours." in read
    assert "Réponse au plus tard le" in read
    assert [word for word in _TELLING if word in read.casefold()] == []
    assert ben.request.get(f"{secret}certificate.json").status == 404

    assert leaver.look_at(server, name) == before
    assert [path for path in photos if not path.exists()] == []
    amina.goto(f"{server.origin}/rooms/{ROOM}/")  # they are out of sight all the same
    expect(amina.locator("#log-items .bubble").first).to_be_visible()
    assert name not in amina.content()
    assert server.tracebacks() == []
