"""The rooms over REST: the same services, the same refusals, published as OpenAPI."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from chat.enums import Role
from chat.models import Membership, MessageMeta, Room
from chat.tests.factories import join, make_room, say

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
JSON = "application/json"


def send(browser: Client, room: Room, body: str, key: str = "", **data: Any) -> Any:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return browser.post(f"/api/v1/rooms/{room.public_id}/messages", {"body": body, **data}, content_type=JSON, headers=headers)


def test_a_conversation(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    one, two = as_(amina), as_(ben)
    assert send(one, room, "Bonjour").status_code == 201
    assert send(two, room, "Salama", reply=1).json()["seq"] == 2
    base = f"/api/v1/rooms/{room.public_id}"
    assert one.patch(f"{base}/messages/1", {"body": "Bonsoir"}, content_type=JSON).status_code == 204
    assert two.put(f"{base}/messages/1/reactions/👍").status_code == 204
    page = one.get(f"{base}/messages").json()
    assert [(m["body"], m["edited"], m["mine"]) for m in page["messages"]] == [("Bonsoir", True, True), ("Salama", False, False)]
    assert page["messages"][0]["reactions"] == [{"emoji": "👍", "count": 1, "mine": False}]
    assert page["messages"][1]["reply"] == {"seq": 1, "name": "Amina", "text": "Bonsoir"}
    assert (page["last"], page["older"]) == (4, False)
    assert two.delete(f"{base}/messages/1/reactions/👍").status_code == 204
    assert one.delete(f"{base}/messages/1").status_code == 204
    first = two.get(f"{base}/messages").json()["messages"][0]
    assert (first["deleted"], first["body"], first["reactions"]) == (True, "", [])


def test_the_log_after_a_cursor_is_whole(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    for number in range(7):
        say(amina, room, str(number), now=timezone.now())
    browser, cursor, seen = as_(ben), 0, []
    while True:
        answer = browser.get(f"/api/v1/rooms/{room.public_id}/events?after={cursor}&limit=3").json()
        if not answer["events"]:
            break
        seen += [event["seq"] for event in answer["events"]]
        cursor = seen[-1]
    assert (seen, answer["last"]) == (list(range(1, 8)), 7)


def test_the_same_key_has_the_first_answer(room: Room, amina: User, as_: LogIn) -> None:
    key, browser = str(uuid.uuid4()), as_(amina)
    first, again = send(browser, room, "un", key), send(browser, room, "un", key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert MessageMeta.objects.count() == 1


@pytest.mark.parametrize("key", ["", "1", "zzzzzzzz-0000-4000-8000-000000000000", "x" * 500])
def test_a_key_that_is_no_uuid_is_refused(room: Room, amina: User, as_: LogIn, key: str) -> None:
    headers = {"Idempotency-Key": key} if key else {}
    answer = as_(amina).post(f"/api/v1/rooms/{room.public_id}/messages", {"body": "un"}, content_type=JSON, headers=headers)
    assert 400 <= answer.status_code < 500
    assert set(answer.json()) >= {"code", "message"}


@pytest.mark.parametrize(
    ("body", "code"), [("", "empty"), (" \u200b ", "empty"), ("x" * 4001, "too_long"), ("x" * 60_000, "too_long")], ids=range(4)
)
def test_refusals_are_words(room: Room, amina: User, as_: LogIn, body: str, code: str) -> None:
    answer = send(as_(amina), room, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert len(answer.json()["message"]) > 10


def test_too_fast_says_when_to_come_back(room: Room, amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    answers = [send(browser, room, str(number)) for number in range(16)]
    assert [answer.status_code for answer in answers] == [201] * 15 + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 11


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"body": 1}', b'{"body": null}', b'{"corps": "x"}', b"\xff\xfe"])
def test_bodies_that_are_not_what_they_should_be(room: Room, amina: User, as_: LogIn, body: bytes) -> None:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    answer = as_(amina).generic("POST", f"/api/v1/rooms/{room.public_id}/messages", body, content_type=JSON, headers=headers)
    assert 400 <= answer.status_code < 500
    assert MessageMeta.objects.count() == 0


@pytest.mark.parametrize("query", ["?before=x", "?limit=0", "?limit=101", "?limit=-1"])
def test_questions_out_of_range(room: Room, amina: User, as_: LogIn, query: str) -> None:
    assert as_(amina).get(f"/api/v1/rooms/{room.public_id}/messages{query}").status_code == 422


@pytest.mark.parametrize("seq", ["0", "99", "9223372036854775807", "99999999999999999999"])
def test_messages_that_are_not_there(room: Room, amina: User, as_: LogIn, seq: str) -> None:
    assert as_(amina).get(f"/api/v1/rooms/{room.public_id}/messages/{seq}").status_code == 404


def test_groups_members_and_roles(amina: User, ben: User, as_: LogIn) -> None:
    one, two = as_(amina), as_(ben)
    made = one.post("/api/v1/rooms", {"title": "Cousins", "languages": ["fr"]}, content_type=JSON)
    assert made.status_code == 201
    room = Room.objects.get(public_id=made.json()["id"])
    base = f"/api/v1/rooms/{room.public_id}"
    assert two.post(f"{base}/join", {"code": room.invite_code}, content_type=JSON).json()["joined"] is True
    assert one.put(f"{base}/members/{ben.public_id}/role", {"role": "MODERATOR"}, content_type=JSON).status_code == 204
    assert [line["role"] for line in two.get(f"{base}/members").json()] == ["OWNER", "MODERATOR"]
    assert two.patch(base, {"slow_mode_s": 30}, content_type=JSON).json()["slow_mode_s"] == 30
    assert two.patch(base, {"visible_hours": 9999}, content_type=JSON).status_code in (400, 422)
    assert one.post(f"{base}/members/{ben.public_id}/ban", {"reason": "essai"}, content_type=JSON).status_code == 204
    assert two.get(f"{base}/messages").json()["code"] == "banned"
    assert one.post(f"{base}/members/{ben.public_id}/unban").status_code == 204
    assert one.post(f"{base}/leave").status_code == 204


def test_unread_and_reading(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    say(amina, room, now=timezone.now())
    browser = as_(ben)
    assert browser.get("/api/v1/rooms/mine").json()["rooms"][0]["unread"] == 1
    assert browser.post(f"/api/v1/rooms/{room.public_id}/read", {"seq": 1}, content_type=JSON).status_code == 204
    assert browser.get("/api/v1/rooms/mine").json()["rooms"][0]["unread"] == 0


def test_pins_and_search(room: Room, amina: User, as_: LogIn) -> None:
    Membership.objects.filter(room=room, user=amina).update(role=Role.MODERATOR)
    say(amina, room, "Rendez-vous au marché", now=timezone.now())
    browser, base = as_(amina), f"/api/v1/rooms/{room.public_id}"
    assert browser.put(f"{base}/messages/1/pin").status_code == 204
    assert [message["seq"] for message in browser.get(f"{base}/pins").json()] == [1]
    assert [message["seq"] for message in browser.get(f"{base}/search?q=marche").json()] == [1]
    assert browser.delete(f"{base}/messages/1/pin").status_code == 204
    assert browser.get(f"{base}/pins").json() == []


def test_a_session_without_its_token_writes_nothing(room: Room, amina: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(amina)
    assert send(strict, room, "volé").status_code == 403
    assert MessageMeta.objects.count() == 0


def test_the_schema_lists_every_route(client: Client) -> None:
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.")
    assert {"/api/v1/rooms", "/api/v1/rooms/{room}/messages", "/api/v1/rooms/{room}/events"} <= set(schema["paths"])
    assert all(operation["summary"] for path in schema["paths"].values() for operation in path.values())


def test_a_guest_reads_the_directory(client: Client) -> None:
    make_room()
    listed = client.get("/api/v1/rooms").json()
    assert [(room["slug"], room["joined"], room["unread"]) for room in listed["rooms"]] == [("cuisine-malgache", False, 0)]
    assert client.get("/api/v1/rooms/mine").status_code == 401
    assert client.post("/api/v1/rooms", {"title": "Cousins", "languages": ["fr"]}, content_type=JSON).status_code == 401


def test_a_room_is_named_by_its_slug_or_its_id(room: Room, amina: User, as_: LogIn) -> None:
    join(amina, room)
    browser = as_(amina)
    assert browser.get(f"/api/v1/rooms/{room.slug}").json()["id"] == room.public_id
    assert browser.get(f"/api/v1/rooms/{room.public_id}").json()["slug"] == room.slug
    assert browser.get("/api/v1/rooms/nulle-part").status_code == 404
