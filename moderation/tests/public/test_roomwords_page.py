"""The page of watched words: for owners alone, whole without script, and nothing typed is lost or run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from chat.tests.factories import close, join, say
from moderation.queries.roomwords import list_room_words

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
RoomDeed = apps.get_model("chat", "RoomDeed")
LogIn = Callable[[User | None], Client]


@pytest.fixture
def zo(room: Room) -> User:
    zo = make_user("Zora")
    join(zo, room, role="OWNER")
    cache.clear()
    return zo


@pytest.fixture
def browser(zo: User, as_: LogIn) -> Client:
    return as_(zo)


def address(room: Room, deed: str = "") -> str:
    return f"/rooms/{room.slug}/words/{deed}"


def words(room: Room) -> list[str]:
    return [one.word for one in list_room_words(room_id=room.pk)]


def send(browser: Client, room: Room, deed: str = "add", **fields: Any) -> Any:
    return browser.post(address(room), {"word": "moto", "outcome": "HOLD", "deed": deed, **fields}, follow=True)


def test_from_the_tools_of_the_room_to_a_word_and_back(browser: Client, room: Room) -> None:
    tools = browser.get(f"/rooms/{room.slug}/tools/").content.decode()
    assert f'href="{address(room)}"' in tools
    assert 'href="/learn/rooms/"' in tools
    assert "Aucun mot" in browser.get(address(room)).content.decode()
    page = send(browser, room, reason="trop de pub").content.decode()
    assert "Le salon surveille ce mot." in page
    assert '<span class="row-title" dir="auto">moto</span>' in page
    assert words(room) == ["moto"]
    journal = browser.get(f"/rooms/{room.slug}/journal/").content.decode()
    assert "Mot ajouté à ceux que le salon surveille" in journal
    assert "trop de pub" in journal
    assert "moto" not in journal
    page = browser.post(address(room, "drop/"), {"word": "moto"}, follow=True).content.decode()
    assert "Mot retiré." in page
    assert words(room) == []
    assert "ne surveille plus ce mot" in browser.post(address(room, "drop/"), {"word": "moto"}, follow=True).content.decode()


def test_a_word_is_tried_before_it_is_added(browser: Client, amina: User, room: Room) -> None:
    now = timezone.now()
    for body in ("ma moto", "<b>moto</b>", "bonjour"):
        say(amina, room, body, now=now)
    page = send(browser, room, "try")
    text = page.content.decode().replace("\u00a0", " ")
    assert page.status_code == 200
    assert "« moto » aurait arrêté 2 messages du dernier jour." in text
    assert "Sur 3 messages lus, sans ceux de la modération." in text
    assert "&lt;b&gt;moto&lt;/b&gt;" in text
    assert "<b>moto</b>" not in text
    assert 'value="moto"' in text, "the word stays in the form"
    assert (words(room), RoomDeed.objects.count()) == ([], 0)
    assert "« bus » n’aurait arrêté aucun message" in send(browser, room, "try", word="bus").content.decode().replace("\u00a0", " ")
    send(browser, room)
    assert "Relire d’abord : 2 messages" in browser.get(address(room)).content.decode().replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"word": ""}, "Écrivez un mot."),
        ({"word": "mo(to)"}, "Écrivez un mot ou une expression de 2 à 60 signes"),
        ({"word": "x" * 61}, "60 signes au plus."),
        ({"outcome": "REFUSE"}, "Choisissez ce qui se passe."),
        ({"outcome": ""}, "Choisissez ce qui se passe."),
    ],
)
def test_what_cannot_be_is_said_beside_what_was_typed(browser: Client, room: Room, fields: dict[str, str], said: str) -> None:
    for deed in ("add", "try"):
        page = send(browser, room, deed, **fields)
        assert page.status_code == 422
        assert said in page.content.decode()
    assert words(room) == []


def test_a_word_twice_is_refused_in_the_form(browser: Client, room: Room) -> None:
    send(browser, room)
    page = send(browser, room, outcome="NUDGE", word="MOTO")
    assert (page.status_code, words(room)) == (422, ["moto"])
    assert "Le salon surveille déjà ce mot." in page.content.decode()


def test_only_owners_come_in(amina: User, carol: User, zo: User, room: Room, as_: LogIn) -> None:
    rado = make_user("Rado")
    join(rado, room, role="MODERATOR")
    assert address(room) not in as_(rado).get(f"/rooms/{room.slug}/tools/").content.decode()
    for person in (amina, rado):
        for answer in (as_(person).get(address(room)), send(as_(person), room), as_(person).post(address(room, "drop/"), {"word": "x"})):
            assert answer.status_code == 403
            assert "Seuls les responsables du salon" in answer.content.decode()
    outside = as_(carol).get(address(room))
    assert (outside.status_code, outside["Location"]) == (302, f"/rooms/{room.slug}/about/")
    assert as_(None).get(address(room))["Location"].startswith("/login/")
    assert as_(carol).get("/rooms/nulle-part/words/").status_code == 404
    assert words(room) == []
    close(room)
    assert as_(zo).get(address(room), follow=True).status_code == 410


def test_nothing_is_changed_by_a_link_or_by_a_foreign_form(zo: User, browser: Client, room: Room) -> None:
    send(browser, room)
    assert browser.get(address(room, "drop/") + "?word=moto").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(zo)
    assert strict.post(address(room, "drop/"), {"word": "moto"}).status_code == 403
    assert words(room) == ["moto"]


def test_the_page_is_kept_nowhere_and_costs_the_same_for_three_words(
    browser: Client, room: Room, django_assert_max_num_queries: Any
) -> None:
    send(browser, room)
    with django_assert_max_num_queries(24) as one:
        assert "no-store" in browser.get(address(room))["Cache-Control"]
    for word in ("bus", "auto"):
        send(browser, room, word=word)
    with django_assert_max_num_queries(24) as three:
        browser.get(address(room))
    assert len(three) == len(one)
