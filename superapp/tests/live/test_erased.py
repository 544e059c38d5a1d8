"""Somebody takes their copy with them, reads it, and has themselves erased, in real browsers; of whom justice holds the words stay."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from superapp.tests.live.server import PASSWORD, ROOT, Server
from superapp.tests.live.test_journeys import confirm, enter, enter_if_needed, first_slug, log_in, show_age, sign_up, write

pytestmark = pytest.mark.browser
Person = Callable[..., BrowserContext]
SAID = "Le girofle de Toamasina embaume"
# A hold needs somebody of the legal desk; what is held is the whole person.
_HOLD = """
from django.utils import timezone
from accounts.queries import find_user_by_email
from moderation.courts.terms import HoldScope
from moderation.enums import StaffRole
from moderation.services.holds import place_hold
from moderation.tests.factories import make_staff_member
person = find_user_by_email(email="{email}")
desk = make_staff_member("Greffe1", StaffRole.LEGAL_DESK)
place_hold(scope=HoldScope.USER, subject_ids=[person.pk], by=desk, reason="r", now=timezone.now())
"""
_WORDS = """
import json
from accounts.queries import find_user_by_email
from chat.queries.legible import try_texts
found = try_texts(user_id=find_user_by_email(email="{email}").pk)
print(json.dumps([found.stored, found.opened]))
"""


def newcomer(server: Server, person: Person, slug: str, name: str) -> Page:
    """Somebody who has just come, in a room."""
    page = person(accept_downloads=True).new_page()
    sign_up(page, server.origin, name)
    confirm(page, server, f"{name.lower()}@example.org")
    show_age(page, "adult")
    enter(page, server.origin, slug)
    return page


def prove_oneself(page: Page, server: Server, then: str) -> None:
    page.goto(f"{server.origin}/reauthenticate/?next={then}")
    if page.locator('[name="password"]').count():
        page.fill('[name="password"]', PASSWORD)
        page.locator("form:has([name=password]) button.filled").click()
    page.wait_for_url(f"**{then}")


def take_copy(page: Page, server: Server, folder: Path) -> Path:
    """Have the archive made, wait for it, fetch it."""
    prove_oneself(page, server, "/account/data/export/")
    page.get_by_role("button", name="Préparer ma copie").click()
    for _look in range(40):
        page.goto(f"{server.origin}/account/data/export/")
        if page.get_by_role("button", name="Télécharger").count():
            break
        page.wait_for_timeout(2000)
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Télécharger").click()
    fetched.value.save_as(folder / "copy.zip")
    return folder / "copy.zip"


def read_copy(page: Page, path: Path) -> str:
    """The page of the archive as its person reads it, without a network."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(path.parent / "copy")
    (index,) = (path.parent / "copy").rglob("index.html")
    page.goto(index.as_uri())
    return page.locator("body").inner_text()


def ask_to_be_erased(page: Page, server: Server, name: str) -> str:
    """The address of the secret page."""
    prove_oneself(page, server, "/account/data/erase/")
    page.fill('[name="typed"]', name)
    page.get_by_role("button", name="Effacer définitivement").click()
    page.get_by_role("link", name="Suivre l’effacement").click()
    page.wait_for_url("**/privacy/erasure/**")
    return page.url


def search(server: Server, *words: str) -> dict[str, Any]:
    """In which files of the house each word is."""
    command = [sys.executable, "-m", "superapp.tests.erasure_process", "search", *words]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **server.env}, capture_output=True, text=True, timeout=120, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_ben_takes_his_copy_reads_it_and_is_erased_and_nothing_of_him_is_found(own_server: Server, person: Person, tmp_path: Path) -> None:
    """Acceptance 1."""
    slug, name = first_slug(own_server), "Benja" + uuid.uuid4().hex[:6]
    amina, ben = person().new_page(), newcomer(own_server, person, slug, name)
    log_in(amina, own_server, "amina")
    enter_if_needed(amina, own_server, slug)
    write(ben, SAID)
    bubble = amina.locator("article.bubble[data-seq]", has_text=SAID)
    expect(bubble).to_be_visible()
    seq = bubble.get_attribute("data-seq")

    copy = take_copy(ben, own_server, tmp_path)
    assert SAID in read_copy(ben, copy)

    page = ask_to_be_erased(ben, own_server, name)
    for _look in range(40):
        ben.goto(page)
        if ben.get_by_role("link", name="Télécharger l’attestation").count():
            break
        ben.wait_for_timeout(3000)
    with ben.expect_download() as fetched:
        ben.get_by_role("link", name="Télécharger l’attestation").click()
    fetched.value.save_as(tmp_path / "certificate.json")
    gone = amina.locator(f'article.bubble[data-seq="{seq}"]')
    expect(gone).to_contain_text("Message retiré")  # nobody has touched her page
    expect(gone).not_to_contain_text(SAID)
    assert name not in amina.content()

    ben.goto(f"{own_server.origin}/account/")
    assert "/login/" in ben.url
    ben.goto(f"{own_server.origin}/privacy/certificate/")
    ben.set_input_files('[name="file"]', tmp_path / "certificate.json")
    ben.get_by_role("button", name="Vérifier").click()
    expect(ben.get_by_text("Cette attestation est authentique.")).to_be_visible()

    assert own_server.tracebacks() == []
    own_server.stop()
    own_server.manage("shell", "-c", "from core.scrubbing import scrub_journals; scrub_journals()")
    words = [SAID, name, name.lower(), f"{name.lower()}@example.org"]
    assert search(own_server, *words) == {word: [] for word in words}


def test_of_whom_justice_holds_everything_stays_and_nobody_is_told(own_server: Server, person: Person) -> None:
    """Acceptance 2."""
    slug, name = first_slug(own_server), "Benja" + uuid.uuid4().hex[:6]
    ben, email = newcomer(own_server, person, slug, name), f"{name.lower()}@example.org"
    write(ben, SAID)
    expect(ben.locator(".bubble.mine[data-seq]", has_text=SAID)).to_be_visible()
    own_server.manage("shell", "-c", _HOLD.format(email=email))
    page = ask_to_be_erased(ben, own_server, name)
    own_server.manage(
        "shell", "-c", "from privacy.erasure.saga import continue_erasures as go; from django.utils import timezone as t; go(now=t.now())"
    )
    ben.goto(page)
    expect(ben.locator("h1")).to_have_text("Effacement en cours")
    assert json.loads(own_server.manage("shell", "-c", _WORDS.format(email=email)).splitlines()[-1]) == [1, 1]
    assert own_server.tracebacks() == []
