"""What somebody does who makes use of their rights, in a real browser, and what the house is asked about them from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from superapp.tests.live.server import PASSWORD, ROOT, Server
from superapp.tests.live.test_journeys import confirm, enter, show_age, sign_up, write

Person = Callable[..., BrowserContext]
# Words of no code, no template and no text of the demo.
SAID = "Le girofle de Toamasina embaume"
ASIDE = "Entre nous, la vanille a gelé"
CIVIL = "Benjamin Rakotomanga"
STREET = "7 lalana Rainandriamampandry"
_STANDING = """
from django.utils import timezone
from accounts.queries import find_user_by_email
from chat.tests.factories import give_standing
give_standing(find_user_by_email(email="{email}"), now=timezone.now())
"""
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
place_hold(scope=HoldScope.USER, subject_ids=[person.pk], by=desk, reason="réquisition", now=timezone.now())
"""
_KEPT = """
import json
from django.apps import apps
from chat.queries.legible import try_texts
from core.sealing import has_key
from moderation.services.evidence import unseal_evidence
person = apps.get_model("accounts", "User").objects.get(email="{email}")  # out of sight, still there
texts = try_texts(user_id=person.pk)
evidence = [unseal_evidence(evidence=one).decode("utf-8", "replace") for one in apps.get_model("moderation", "Evidence").objects.all()]
rows = dict()
for name in ("accounts.ConnectionRecord", "accounts.CivilIdentity", "accounts.Profile"):
    rows[name] = apps.get_model(name).objects.filter(user_id=person.pk).count()
key, said = has_key(f"user:{{person.pk}}"), sum("{said}" in one for one in evidence)
print(json.dumps(dict(stored=texts.stored, opened=texts.opened, key=key, said=said, rows=rows)))
"""
_CONTINUE = """
from django.utils import timezone
from privacy.erasure.saga import continue_erasures
from privacy.models import DataRequest
DataRequest.objects.filter(next_try_at__isnull=False).update(next_try_at=timezone.now())
print(continue_erasures(now=timezone.now()))
"""


def newcomer(server: Server, person: Person, slug: str, name: str) -> Page:
    """Somebody who has just come, in a room, and may do there what others do."""
    page = person(accept_downloads=True, bypass_csp=True, service_workers="block").new_page()  # axe needs a hand in the page
    sign_up(page, server.origin, name)
    confirm(page, server, email_of(name))
    show_age(page, "adult")
    server.manage("shell", "-c", _STANDING.format(email=email_of(name)))
    enter(page, server.origin, slug)
    return page


def email_of(name: str) -> str:
    return f"{name.lower()}@example.org"


def give_identity(page: Page, server: Server) -> None:
    """Civil name and street, which the law keeps for a while, sealed."""
    page.goto(f"{server.origin}/account/identity/")
    page.fill('[name="name"]', CIVIL)
    page.fill('[name="postal_address"]', STREET)
    page.get_by_role("button", name="Sceller").click()
    expect(page.get_by_text("Votre identité est scellée.")).to_be_visible()


def send_photo(page: Page, folder: Path) -> None:
    Image.new("RGB", (900, 600), "orange").save(folder / "photo.jpg")
    page.set_input_files("#composer input[type=file]", folder / "photo.jpg")
    write(page, "voici la récolte")
    picture = page.locator("article.bubble[data-seq]", has_text="voici la récolte").locator(".photo img")
    expect(picture).to_have_js_property("naturalWidth", 320)


def open_group(page: Page, server: Server) -> str:
    """A group of one's own; the link by which others enter."""
    page.goto(f"{server.origin}/rooms/new/")
    page.fill('[name="title"]', "Les planteurs")
    page.locator('[name="languages"][value="fr"]').check()
    page.get_by_role("button", name="Ouvrir le groupe").click()
    page.wait_for_url(lambda url: "/rooms/" in url and not url.endswith("/new/"))
    slug = page.url.split("/rooms/")[1].split("/")[0]
    page.goto(f"{server.origin}/rooms/{slug}/about/")
    return page.input_value("#invitation")


def enter_group(page: Page, link: str) -> str:
    """By its link; the address of the room."""
    page.goto(link)
    page.locator('form[action$="/join/"] button').first.click()
    page.wait_for_url(lambda url: "/about/" not in url)
    return page.url


def prove_oneself(page: Page, server: Server, then: str) -> None:
    """The password once more, in front of what a stranger at an open screen must not do."""
    page.goto(server.origin + then)
    page.fill('[name="password"]', PASSWORD)
    page.locator("form:has([name=password]) button.filled").click()
    page.wait_for_url(f"**{then}")


def ask_for_copy(page: Page, server: Server) -> None:
    """The button, the password, the button again."""
    page.goto(f"{server.origin}/account/data/export/")
    page.get_by_role("button", name="Préparer ma copie").click()
    page.fill('[name="password"]', PASSWORD)
    page.locator("form:has([name=password]) button.filled").click()


def fetch_copy(page: Page, folder: Path) -> Path:
    """Once it is there, by the page that has said so."""
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Télécharger").click()
    fetched.value.save_as(folder / "copy.zip")
    with zipfile.ZipFile(folder / "copy.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(folder / "copy")
    return folder / "copy"


def ask_to_be_erased(page: Page, server: Server, name: str) -> str:
    """The confirmation: a name that is not theirs is refused, theirs is taken. The address of the secret page."""
    page.fill('[name="typed"]', "Amina")
    page.get_by_role("button", name="Effacer définitivement").click()
    expect(page.locator("#errors")).to_be_visible()
    page.fill('[name="typed"]', name)
    page.get_by_role("button", name="Effacer définitivement").click()
    page.get_by_role("link", name="Suivre l’effacement").click()
    page.wait_for_url("**/privacy/erasure/**")
    return page.url


def wait_for_certificate(page: Page, secret: str, folder: Path) -> Path:
    for _look in range(40):
        page.goto(secret)
        if page.get_by_role("link", name="Télécharger l’attestation").count():
            break
        page.wait_for_timeout(1500)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Télécharger l’attestation").click()
    fetched.value.save_as(folder / "certificate.json")
    return folder / "certificate.json"


def check_certificate(page: Page, server: Server, file: Path) -> None:
    """Give it to the page that checks such files for everybody."""
    page.goto(f"{server.origin}/privacy/certificate/")
    page.set_input_files('[name="file"]', file)
    page.get_by_role("button", name="Vérifier").click()


def hold(server: Server, name: str) -> None:
    """Justice orders that everything of somebody stays."""
    server.manage("shell", "-c", _HOLD.format(email=email_of(name)))


def try_again(server: Server) -> None:
    """What the clock does after the pause: go on with erasures that wait."""
    server.manage("shell", "-c", _CONTINUE)


def look_at(server: Server, name: str) -> dict[str, Any]:
    """What is kept of somebody, and how much of it still opens."""
    told = server.manage("shell", "-c", _KEPT.format(email=email_of(name), said=SAID))
    return dict(json.loads(told.splitlines()[-1]))


def media_of(server: Server) -> set[Path]:
    """The files of pictures, with those of the thumbnails."""
    return {path for path in (server.folder / "media").rglob("*") if path.is_file()}


def run(server: Server, *command: str | Path, **variables: str) -> str:
    """A program of the house on the data of a server; what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**server.env, **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def search(server: Server, words: Iterable[str]) -> dict[str, Any]:
    """In which files of the house each word is."""
    told = run(server, sys.executable, "-m", "superapp.tests.erasure_process", "search", *words, PATH=os.environ["PATH"])
    return dict(json.loads(told.splitlines()[-1]))
