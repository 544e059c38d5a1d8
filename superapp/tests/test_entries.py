"""Every way into the rooms, walked by two who may not: Carol, who never showed her age, and Amina, whose proof has ended.

The walk reads the tables of addresses, of REST routes and of socket commands. What is added there fails here until somebody has said what
it is: REFUSED (it gives or changes what is in a room, so nobody of the two gets in), DESCRIBED (it may answer, and never with a word of
the talk), or OUTSIDE (it names no room). Each is tried all the same, and in no answer stands a word of the room.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.apps import apps
from django.core.management import call_command
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.enums import AgeGate, AgeMethod, ConsentPurpose
from accounts.models import AgeAssertion, User
from accounts.services.consents import give_consent
from accounts.services.visits import begin_visit
from accounts.tests.factories import make_user
from chat.enums import Role
from chat.services import attachments, marks, memberships, sights, writer
from chat.tests.factories import make_room, say
from chat.tests.test_outsider import picture
from realtime import registry
from realtime.registry import CommandRefused
from superapp import routing
from superapp.api import api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
T = TypeVar("T")
Membership = apps.get_model("chat", "Membership")
SECRET = "le-secret-du-salon"
# What people wrote of the room itself. Of one that asks for a proof of each visit this too is behind the door.
WORDS = ("Recettes et march", "Soyez aimables.")  # REST writes an accent in another way
GATES = (AgeGate.GENERAL, AgeGate.SENSITIVE, AgeGate.SEXUAL)
WHO = ("carol", "amina")

REFUSED, DESCRIBED, OUTSIDE = "refused", "described", "outside"
ROOM = "rooms/<slug:slug>/"
ONE = ROOM + "messages/<seq:seq>/"
PERSON = ROOM + "members/<str:person>/"
HELD = ROOM + "held/<str:held_id>/"
PAGES: dict[str, str] = {
    **dict.fromkeys((ROOM, ROOM + "search/", ROOM + "settings/", ROOM + "invitation/", ROOM + "read/", ROOM + "attachments/"), REFUSED),
    **dict.fromkeys((ROOM + "messages/", ONE, ONE + "edit/", ONE + "delete/", ONE + "react/", ONE + "pin/"), REFUSED),
    **dict.fromkeys(
        (PERSON + "kick/", PERSON + "ban/", PERSON + "unban/", PERSON + "role/", "media/<str:public_id>/<str:variant>/"), REFUSED
    ),
    **dict.fromkeys((ROOM + path for path in ("tools/", "shield/", "held/", "journal/", "kept/", "words/", "words/drop/")), REFUSED),
    **dict.fromkeys((ROOM + "thanks/", ROOM + "boost/"), REFUSED),
    **dict.fromkeys((HELD + "release/", HELD + "refuse/", ROOM + "journal/<str:deed_id>/undo/"), REFUSED),
    ROOM + "kept/<str:held_id>/withdraw/": DESCRIBED,
    **dict.fromkeys(("report/message/<slug:slug>/<seq:seq>/", "report/image/<str:public_id>/"), REFUSED),
    "report/room/<slug:slug>/": DESCRIBED,
    **dict.fromkeys((ROOM + "about/", ROOM + "join/", ROOM + "leave/", "rooms/", ""), DESCRIBED),
    **dict.fromkeys((ROOM + "hearing/", ROOM + "hearing/back/"), DESCRIBED),  # how loud one's own seat is; both lead to the description
}
API_ROOM = "/rooms/{room}"
API_ONE = API_ROOM + "/messages/{seq:seq}"
API_PERSON = API_ROOM + "/members/{person}"
API_HELD = API_ROOM + "/held/{held_id}"
ROUTES: dict[tuple[str, str], str] = {
    **dict.fromkeys((("GET", API_ROOM + path) for path in ("/events", "/messages", "/pins", "/search", "/members")), REFUSED),
    **dict.fromkeys((("POST", API_ROOM + path) for path in ("/messages", "/read", "/images")), REFUSED),
    **dict.fromkeys((("GET", API_ROOM + path) for path in ("/kept", "/held", "/journal")), REFUSED),
    **dict.fromkeys((("POST", API_HELD + "/release"), ("POST", API_HELD + "/refuse")), REFUSED),
    ("POST", API_ROOM + "/journal/{deed_id}/undo"): REFUSED,
    ("DELETE", API_ROOM + "/kept/{held_id}"): DESCRIBED,  # one's own words, which no gate keeps from one
    **dict.fromkeys((("GET", API_ONE), ("PATCH", API_ONE), ("DELETE", API_ONE), ("PATCH", API_ROOM)), REFUSED),
    **dict.fromkeys(((method, API_ONE + "/reactions/{emoji}") for method in ("PUT", "DELETE")), REFUSED),
    **dict.fromkeys(((method, API_ONE + "/pin") for method in ("PUT", "DELETE")), REFUSED),
    **dict.fromkeys((("POST", API_PERSON + path) for path in ("/kick", "/ban", "/unban")), REFUSED),
    ("PUT", API_PERSON + "/role"): REFUSED,
    **dict.fromkeys((("GET", "/rooms"), ("GET", "/rooms/mine"), ("GET", API_ROOM)), DESCRIBED),
    **dict.fromkeys((("POST", API_ROOM + "/join"), ("POST", API_ROOM + "/leave")), DESCRIBED),
}
# Addresses that name no room, by how they begin. Whoever adds one here has read what it shows.
NO_ROOMS = (
    *("rooms/new/", "rooms/propose/", "account/", "age/", "people/", "mailbox/", "admin/"),
    *("signup/", "login/", "logout/", "inactive/", "reauthenticate/", "email/", "confirm-email/", "password/", "^password/"),
    *("report/profile/", "reports/", "notice/", "decisions/", "moderation/", "trusted-flaggers/", "transparency/", "learn/"),
    *("money/", "support/", "thanks/", "webhooks/", "privacy/", "unsubscribe/"),
    *("rules/", "legal/", "safety/", "help/", "contact/", "offline/", "exit/", "unlock/"),
    *("money/", "webhooks/", "support/"),
    *("2fa/", "_allauth/", "manifest.webmanifest", "sw.js", "favicon.ico", "csp-report/"),
)
NO_ROOM_ROUTES = {
    ("POST", "/rooms"),
    *((method, path) for path in ("/me",) for method in ("GET", "PATCH")),
    ("PATCH", "/me/preferences"),
    ("GET", "/blocks"),
    *((method, f"/people/{{public_id}}/{deed}") for deed in ("block", "mute") for method in ("PUT", "DELETE")),
}
COMMANDS = dict.fromkeys(("sub", "send", "edit", "del", "react", "pin", "read", "typing"), REFUSED) | {"unsub": OUTSIDE}


# ---- What there is ----------------------------------------------------------------------------------------------------------
def addresses(items: list[Any] | None = None, before: str = "") -> Iterator[str]:
    """The pattern of every address outside of the REST interface, which has a table of its own."""
    for item in get_resolver().url_patterns if items is None else items:
        path = before + str(item.pattern)
        if isinstance(item, URLResolver):
            if not path.startswith("api/v1/"):
                yield from addresses(item.url_patterns, path)
        elif isinstance(item, URLPattern):
            yield path


def routes() -> list[tuple[str, str]]:
    """Method and path of every REST route of every domain."""
    return [
        (method, prefix + path)
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    ]


def is_free(path: str) -> bool:
    return any(path.startswith(start) for start in NO_ROOMS)


def test_every_address_was_looked_at() -> None:
    assert [path for path in addresses() if path not in PAGES and not is_free(path)] == [], "say in PAGES or NO_ROOMS what it shows"
    assert set(PAGES) <= set(addresses())


def test_every_rest_route_was_looked_at() -> None:
    assert [route for route in routes() if route not in ROUTES and route not in NO_ROOM_ROUTES] == [], "say in ROUTES what it shows"
    assert set(ROUTES) | NO_ROOM_ROUTES == set(routes())
    (mounted,) = (item for item in get_resolver().url_patterns if isinstance(item, URLResolver) and str(item.pattern) == "api/v1/")
    assert {str(item.pattern).rstrip("/") for item in mounted.url_patterns} == {
        path.lstrip("/").replace("{", "<").replace("}", ">") for _method, path in routes()
    } | {"openapi.json", ""}


def test_every_command_and_every_log_was_looked_at() -> None:
    routing.compose()
    assert set(registry.list_commands()) == set(COMMANDS), "say in COMMANDS what it gives"
    assert set(registry._tables.streams) == {"room"}  # a topic is heard after `sub` alone


# ---- Who walks --------------------------------------------------------------------------------------------------------------
@dataclass
class House:
    """A room with a message, an image and a pin in it, and who may see them no longer."""

    room: Any
    image: str
    people: Mapping[str, User]
    keys: Mapping[str, Client] = field(default_factory=dict)

    def fill(self, path: str) -> str:
        values = {"<slug:slug>": self.room.slug, "{room}": self.room.public_id, "<str:variant>": "full"}
        values |= {"<seq:seq>": "1", "{seq:seq}": "1", "{emoji}": "👍", "<str:person>": self.people["ben"].public_id}
        values |= {"{person}": self.people["ben"].public_id, "{public_id}": self.people["ben"].public_id}
        values["<str:public_id>"] = self.image if path.startswith(("media/", "report/image/")) else self.people["ben"].public_id
        for name, value in values.items():
            path = path.replace(name, value)
        return path


def log_in(user: User, *, proof_of_visit: datetime) -> Client:
    browser = Client()
    browser.force_login(user)
    session = browser.session
    begin_visit(user=user, session=session, method=AgeMethod.EU_AV_MDOC, now=proof_of_visit)
    session.save()
    return browser


@pytest.fixture(params=GATES)
def house(request: pytest.FixtureRequest) -> House:
    now = timezone.now()
    people = {"amina": make_user("Amina"), "ben": make_user("Ben"), "carol": make_user("Carol", age_method=None)}
    room = make_room("salon", age_gate=request.param)
    browsers = {name: log_in(people[name], proof_of_visit=now) for name in ("amina", "ben")}
    for name in ("amina", "ben"):
        person, session = people[name], browsers[name].session
        give_consent(user=person, purpose=ConsentPurpose.ART9_SENSITIVE_ROOMS, language="fr", now=now)
        memberships.join_room(user=person, session=session, slug=room.slug, now=now)
        Membership.objects.filter(room=room, user=person).update(role=Role.MODERATOR)
    session = browsers["ben"].session
    file = io.BytesIO(picture().getvalue())
    image = attachments.store_image(user=people["ben"], session=session, room_public_id=room.public_id, file=file, size=100, now=now)
    sights.pass_image(public_id=image.public_id, now=now)
    say(people["ben"], room, SECRET, now=now, session=session, attachment_ids=[image.public_id])
    marks.set_pin(user=people["ben"], session=session, room_public_id=room.public_id, seq=1, on=True, now=now)
    room.refresh_from_db()
    browsers["carol"] = Client()
    browsers["carol"].force_login(people["carol"])
    return House(room, image.public_id, people, browsers)


def end_proof(house: House) -> None:
    """Amina's proofs of yesterday: of the account, and of a visit that rested for more than an hour."""
    AgeAssertion.objects.filter(user=house.people["amina"]).update(expires_on=timezone.now().date() - timedelta(days=1))
    session = house.keys["amina"].session
    begin_visit(user=house.people["amina"], session=session, method=AgeMethod.EU_AV_MDOC, now=timezone.now() - timedelta(minutes=61))
    session.save()


def body_of(answer: HttpResponseBase) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]


def shows_talk(house: House, answer: HttpResponseBase) -> bool:
    return holds_talk(house, body_of(answer))


def holds_talk(house: House, body: bytes) -> bool:
    return SECRET.encode() in body or house.image.encode() in body or body[:4] == b"RIFF"


def gives_away(house: House, answer: HttpResponseBase) -> bool:
    body = body_of(answer)
    return holds_talk(house, body) or (house.room.age_gate == AgeGate.SEXUAL and any(word.encode() in body for word in WORDS))


FIELDS = {"body": "coucou", "emoji": "👍", "cid": "7d9f5e0a-3f0e-4b1c-9a55-0a8e4c1f2b33", "role": "OWNER", "reason": "rien", "q": "secret"}


def visit_page(browser: Client, path: str) -> list[HttpResponseBase]:
    form = {**FIELDS, "attachment": picture()} if path.endswith("/attachments/") else FIELDS
    return [browser.get(f"{path}?q=secret"), browser.post(path, form)]


def call_route(browser: Client, method: str, path: str) -> HttpResponseBase:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    if path.endswith("/images"):
        return browser.post(path, {"attachment": picture()}, headers=headers)
    data = '{"body": "coucou", "seq": 1, "title": "Pris", "reason": "rien", "role": "OWNER"}'
    return browser.generic(method, f"{path}?q=secret", data, content_type="application/json", headers=headers)


# ---- The walk ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", WHO)
def test_no_page_gives_a_word_of_the_room(house: House, who: str) -> None:
    end_proof(house)
    for pattern, kind in PAGES.items():
        path = "/" + house.fill(pattern)
        for answer in visit_page(house.keys[who], path):
            assert not gives_away(house, answer), pattern
            if kind == REFUSED and answer.status_code == 302:  # to the door, where the room is described
                assert answer.headers["Location"] == f"/rooms/{house.room.slug}/about/", pattern
            elif kind == REFUSED:
                assert answer.status_code in (400, 403, 404, 405), (pattern, answer.status_code)
        Membership.objects.filter(room=house.room, user=house.people["amina"]).update(state="JOINED")
    house.room.refresh_from_db()
    assert (house.room.last_seq, house.room.title) == (2, "Salon")


@pytest.mark.parametrize("who", WHO)
def test_no_route_gives_a_word_of_the_room(house: House, who: str) -> None:
    end_proof(house)
    for (method, pattern), kind in ROUTES.items():
        answer = call_route(house.keys[who], method, "/api/v1" + house.fill(pattern))
        assert not gives_away(house, answer), (method, pattern)
        if kind == REFUSED:
            assert answer.status_code == 403, (method, pattern, answer.status_code)
        Membership.objects.filter(room=house.room, user=house.people["amina"]).update(state="JOINED")
    house.room.refresh_from_db()
    assert (house.room.last_seq, house.room.title) == (2, "Salon")


@pytest.mark.parametrize("who", WHO)
def test_no_address_beside_the_rooms_gives_a_word_of_them(house: House, who: str) -> None:
    end_proof(house)
    for pattern in addresses():
        if is_free(pattern) and not pattern.startswith(("admin/", "logout/", "^")) and "sessions/end" not in pattern:
            assert not gives_away(house, house.keys[who].get("/" + house.fill(pattern))), pattern
    for method, pattern in NO_ROOM_ROUTES:
        if method == "GET":
            assert not gives_away(house, house.keys[who].get("/api/v1" + house.fill(pattern))), pattern


def test_who_has_shown_their_age_is_given_what_the_walk_looks_for(house: House) -> None:
    """The walk has eyes: the same addresses give it all to a member in good standing."""
    browser = house.keys["amina"]
    pages = [pattern for pattern in PAGES if shows_talk(house, browser.get(f"/{house.fill(pattern)}?q=secret"))]
    media, reported = "media/<str:public_id>/<str:variant>/", ["report/message/<slug:slug>/<seq:seq>/", "report/image/<str:public_id>/"]
    assert pages == [ROOM, ROOM + "search/", ONE, media, *reported, ROOM + "about/"]
    routes = [
        route for route in ROUTES if route[0] == "GET" and shows_talk(house, call_route(browser, "GET", "/api/v1" + house.fill(route[1])))
    ]
    assert routes == [("GET", API_ROOM + path) for path in ("/events", "/messages", "/pins", "/search")] + [("GET", API_ONE)]
    described = [browser.get(path).content.decode() for path in (f"/rooms/{house.room.slug}/about/", f"/api/v1/rooms/{house.room.slug}")]
    assert [word in text for text in described for word in WORDS] == [True] * 4


# ---- Sockets ----------------------------------------------------------------------------------------------------------------
@dataclass
class FakeContext:
    """A socket's view of a command, with the session of a browser behind it."""

    user_id: int
    user_public_id: str
    session_key: str
    heard: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return timezone.now()

    async def run(self, function: Callable[[], T]) -> T:
        return await sync_to_async(function)()

    async def subscribe(self, *, topic: str, **rest: Any) -> None:
        self.heard.append(topic)

    async def show(self, *, topics: frozenset[str]) -> None:
        pass

    async def unsubscribe(self, *, topic: str) -> None:
        pass


def frame_of(name: str, room: str) -> dict[str, Any]:
    cursor: dict[str, Any] = {"rooms": {room: 0}} if name == "sub" else {"rooms": [room]} if name == "unsub" else {"room": room}
    return {"t": name, "seq": 1, "body": "coucou", "emoji": "👍", "cid": str(uuid.uuid4()), **cursor}


@pytest.mark.parametrize("who", WHO)
def test_no_command_lets_them_in(house: House, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    end_proof(house)
    routing.compose()
    user, browser = house.people[who], house.keys[who]
    context = FakeContext(user.pk, user.public_id, browser.session.session_key or "")
    use_writer_at_once(monkeypatch)
    for name, command in registry.list_commands().items():
        frame = frame_of(name, house.room.public_id)
        if name == "sub":
            answer = async_to_sync(command)(context, frame) or {}
            assert (answer["rooms"], answer["refused"], context.heard) == ({}, [house.room.public_id], [])
        elif COMMANDS[name] == REFUSED:
            with pytest.raises(CommandRefused) as refused:
                async_to_sync(command)(context, frame)
            assert refused.value.code in ("age", "consent", "not_member"), name
    house.room.refresh_from_db()
    assert house.room.last_seq == 2


def test_the_same_commands_let_in_who_has_shown_their_age(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    routing.compose()
    use_writer_at_once(monkeypatch)
    user, browser = house.people["amina"], house.keys["amina"]
    context = FakeContext(user.pk, user.public_id, browser.session.session_key or "")
    commands = registry.list_commands()
    answer = async_to_sync(commands["sub"])(context, frame_of("sub", house.room.public_id)) or {}
    assert (list(answer["rooms"]), context.heard) == ([house.room.public_id], [f"room:{house.room.public_id}"])
    sent = async_to_sync(commands["send"])(context, frame_of("send", house.room.public_id)) or {}
    assert sent["seq"] == 3


def use_writer_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No web process runs here: what a loop hands over is written at once, by the same rules."""

    async def write_soon(draft: Any) -> Any:
        return await sync_to_async(writer.write_now)(draft)

    monkeypatch.setattr(writer, "write_soon", write_soon)


@pytest.fixture
def texts() -> None:
    """The texts to agree to, published."""
    call_command("load_legal", verbosity=0, stdout=io.StringIO())
