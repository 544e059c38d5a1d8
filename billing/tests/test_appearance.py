"""The look of the pages: themes for everybody, colours for who is entitled, and nothing of it taken from those who were."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Accent, Theme
from accounts.models import User
from accounts.tests.factories import make_user
from billing.models import Entitlement
from billing.tests.purses import entitle

pytestmark = pytest.mark.django_db
PAGE = "/account/appearance/"


@pytest.fixture
def amina() -> User:
    return make_user("Amina", now=timezone.now())


@pytest.fixture
def browser(amina: User) -> Client:
    browser = Client()
    browser.force_login(amina)
    return browser


def colours(user: User) -> Entitlement:
    return entitle(user, "THEMES", 1, since=timezone.now() - timedelta(days=1))


def choose(browser: Client, **fields: str) -> int:
    return browser.post(PAGE, {"theme": "", "accent": ""} | fields).status_code


@pytest.mark.parametrize("theme", Theme.values)
def test_every_theme_is_everybodys(theme: str, browser: Client, amina: User) -> None:
    assert choose(browser, theme=theme) == 302
    amina.refresh_from_db()
    assert amina.theme == theme
    page = browser.get("/account/").content.decode()
    assert (f'data-theme="{theme}"' in page) is bool(theme)


@pytest.mark.parametrize("accent", [value for value in Accent.values if value])
def test_a_colour_needs_the_entitlement(accent: str, browser: Client, amina: User) -> None:
    answer = browser.post(PAGE, {"theme": "dark", "accent": accent})
    assert answer.status_code == 422
    assert "Premium" in answer.content.decode()
    amina.refresh_from_db()
    assert (amina.theme, amina.accent) == ("", "")
    colours(amina)
    assert choose(browser, accent=accent) == 302
    assert f'data-accent="{accent}"' in browser.get("/account/").content.decode()


@pytest.mark.parametrize("fields", [{"accent": "gold"}, {"theme": "neon"}, {"accent": 'ocean"><script>'}])
def test_what_is_not_offered_is_refused(fields: dict[str, str], browser: Client, amina: User) -> None:
    colours(amina)
    assert choose(browser, **fields) == 422


def test_a_colour_fades_with_the_entitlement_and_comes_back(browser: Client, amina: User) -> None:
    given = colours(amina)
    choose(browser, accent="ocean")
    Entitlement.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert "data-accent" not in browser.get("/account/").content.decode()
    assert choose(browser, theme="dark", accent="ocean") == 302  # the theme can be changed without losing the colour
    amina.refresh_from_db()
    assert (amina.theme, amina.accent) == ("dark", "ocean")
    assert choose(browser, accent="plum") == 422
    Entitlement.objects.filter(pk=given.pk).update(ends_at=timezone.now() + timedelta(days=1))
    assert 'data-accent="ocean"' in browser.get("/account/").content.decode()


def test_who_never_chose_a_colour_pays_no_query_for_it(browser: Client, amina: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get("/account/")
        return sum("billing_entitlement" in query["sql"] for query in queries)

    browser.get("/account/")
    assert asked() == 0
    User.objects.filter(pk=amina.pk).update(accent="ocean")
    assert asked() == 1


def test_guests_log_in_first() -> None:
    assert Client().get(PAGE)["Location"].startswith("/login/")


def test_high_contrast_without_account() -> None:
    """Accessibility is never behind a door."""
    browser = Client()
    browser.post("/account/preferences/", {"language": "fr", "theme": "high"})
    assert '<html lang="fr" data-theme="high"' in browser.get("/rooms/").content.decode()
