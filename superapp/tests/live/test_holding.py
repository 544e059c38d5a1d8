"""The shield goes up in one browser and is said in another at once; what waits there is let in here and stands in the log of both."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from superapp.tests.live.server import Server
from superapp.tests.live.test_journeys import enter_if_needed, first_slug, log_in, write

pytestmark = pytest.mark.browser
Person = Callable[..., BrowserContext]
_MODERATOR = """
from chat.models import Membership
Membership.objects.filter(room__slug="{slug}", user__email="amina@demo.test").update(role="MODERATOR")
Membership.objects.filter(room__slug="{slug}", user__email="ben@demo.test").update(sent_n=0)
"""


def page_of(server: Server, person: Person, who: str, slug: str) -> Page:
    page = person().new_page()
    log_in(page, server, who)
    enter_if_needed(page, server, slug)
    return page


def test_a_shield_is_told_at_once_and_what_waits_is_let_in(own_server: Server, person: Person) -> None:
    slug = first_slug(own_server)
    amina, ben = page_of(own_server, person, "amina", slug), page_of(own_server, person, "ben", slug)
    own_server.manage("shell", "-c", _MODERATOR.format(slug=slug))
    ben.goto(f"{own_server.origin}/rooms/{slug}/")
    amina.goto(f"{own_server.origin}/rooms/{slug}/tools/")
    amina.locator('form[action$="/shield/"] button').click()
    expect(ben.locator("#room-notes")).to_contain_text("Bouclier levé jusqu’à")

    write(ben, "Bonjour, je suis nouveau")
    waiting = ben.locator(".bubble.is-held")
    expect(waiting).to_contain_text("en attente d’une relecture")
    ben.reload()
    expect(waiting).to_contain_text("Bonjour, je suis nouveau")
    write(ben, "voyez https://exemple.fr")
    expect(ben.locator(".failed-why")).to_contain_text("les liens sont refusés")

    amina.goto(f"{own_server.origin}/rooms/{slug}/")
    expect(amina.locator(".bubble", has_text="je suis nouveau")).to_have_count(0)
    amina.goto(f"{own_server.origin}/rooms/{slug}/held/")
    amina.locator('form[action$="/release/"] button').click()
    expect(ben.locator(".bubble.mine[data-seq]", has_text="je suis nouveau")).to_contain_text("écrit à")
    expect(waiting).to_have_count(0)


def test_a_pause_takes_the_composer_away_with_its_reason_and_gives_it_back(own_server: Server, person: Person) -> None:
    slug = first_slug(own_server)
    amina, ben = page_of(own_server, person, "amina", slug), page_of(own_server, person, "ben", slug)
    own_server.manage("shell", "-c", _MODERATOR.format(slug=slug))
    ben.goto(f"{own_server.origin}/rooms/{slug}/")
    ben.fill("#composer-text", "pas encore envoyé")
    for state, there in (("FROZEN", False), ("ACTIVE", True)):
        amina.goto(f"{own_server.origin}/rooms/{slug}/tools/")
        amina.select_option('[name="state"]', state)
        amina.get_by_role("button", name="Appliquer").click()
        expect(ben.locator("#composer")).to_be_visible(visible=there)
        expect(ben.locator("#paused")).to_have_count(0 if there else 1)
    expect(ben.locator("#composer-text")).to_have_value("pas encore envoyé")
