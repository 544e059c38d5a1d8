"""Carol has an account and a confirmed address, and no business in Amina's group; guests have even less."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from PIL import Image

from accounts.models import User
from chat.access import AccessRefused
from chat.api import router
from chat.models import Room
from chat.services import attachments, marks, memberships, messages
from chat.services import rooms as room_services
from chat.tests.factories import NOON, give_standing, say
from chat.urls import urlpatterns

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
SECRET = "le-secret-du-groupe"
FREE = {"rooms", "new", "propose", "thanks"}  # pages that name no room


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(out, "PNG")
    return out


@pytest.fixture
def told(group: Room, amina: User) -> Room:
    """The group with a message and an image in it."""
    file = picture()
    give_standing(amina)
    image = attachments.store_image(user=amina, room_public_id=group.public_id, file=io.BytesIO(file.getvalue()), size=100, now=NOON)
    say(amina, group, SECRET, attachment_ids=[image.public_id])
    return group


def pages(group: Room, member: User) -> list[tuple[str, str]]:
    """Every URL of the app that names a room, filled with the group's own names."""
    values = {"slug": group.slug, "seq": 1, "person": member.public_id, "held_id": "a" * 20, "deed_id": "a" * 20, "public_id": "a" * 20}
    found = []
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        if pattern.name not in FREE | {"media"}:
            path = "/" + str(pattern.pattern)
            for kind, name in (
                ("slug", "slug"),
                ("seq", "seq"),
                ("str", "person"),
                ("str", "held_id"),
                ("str", "deed_id"),
                ("str", "public_id"),
            ):
                path = path.replace(f"<{kind}:{name}>", str(values[name]))
            assert "<" not in path
            found.append((str(pattern.name), path))
    return found


@pytest.mark.parametrize("who", ["carol", "guest"])
def test_no_page_of_a_group_opens_to_outsiders(told: Room, amina: User, carol: User, as_: LogIn, who: str) -> None:
    browser = as_(carol if who == "carol" else None)
    for name, path in pages(told, amina):
        for answer in (browser.get(path), browser.post(path, {"body": "coucou", "emoji": "👍", "cid": "x", "role": "OWNER"})):
            text = answer.content.decode()
            assert answer.status_code in (302, 400, 403, 404, 405), (name, answer.status_code)
            if answer.status_code == 302:
                assert who == "guest", name
                assert answer["Location"].startswith("/login/"), name
            assert SECRET not in text, name
            assert told.title not in text, name
    told.refresh_from_db()
    assert (told.last_seq, told.members) == (2, 2)


def routes() -> list[tuple[str, str]]:
    """Method and path of every REST route that names a room."""
    found = []
    for path, view in router.path_operations.items():
        for operation in view.operations:
            found += [(method, path) for method in operation.methods if "{room}" in path]
    return found


BODIES: dict[str, Any] = {
    "/rooms/{room}": {"title": "Pris"},
    "/rooms/{room}/messages": {"body": "coucou"},
    "/rooms/{room}/messages/{seq:seq}": {"body": "coucou"},
    "/rooms/{room}/read": {"seq": 1},
    "/rooms/{room}/members/{person}/ban": {"reason": "rien"},
    "/rooms/{room}/held/{held_id}/refuse": {"reason": "rien"},
    "/rooms/{room}/members/{person}/role": {"role": "OWNER"},
}


@pytest.mark.parametrize("who", ["carol", "guest"])
@pytest.mark.parametrize(("method", "path"), routes())
def test_no_route_of_a_group_answers_outsiders(told: Room, amina: User, carol: User, as_: LogIn, method: str, path: str, who: str) -> None:
    browser = as_(carol if who == "carol" else None)
    values = {"{room}": told.public_id, "{seq:seq}": "1", "{emoji}": "👍", "{person}": amina.public_id}
    values |= {"{held_id}": "a" * 20, "{deed_id}": "a" * 20}
    url = "/api/v1" + path
    for name, value in values.items():
        url = url.replace(name, value)
    headers = {"Idempotency-Key": "7d9f5e0a-3f0e-4b1c-9a55-0a8e4c1f2b33"}
    if path.endswith("/images"):
        answer = browser.post(url, {"attachment": picture()}, headers=headers)
    elif path.endswith("/search"):
        answer = browser.get(url + "?q=secret")
    else:
        body = BODIES.get(path, {})
        answer = browser.generic(method, url, str(body).replace("'", '"'), content_type="application/json", headers=headers)
    assert answer.status_code in ((404,) if who == "carol" else (401, 404)), answer.content
    assert SECRET not in answer.content.decode()
    told.refresh_from_db()
    assert (told.last_seq, told.title) == (2, "Famille")


def test_no_service_lets_her_in(told: Room, amina: User, carol: User) -> None:
    room, slug, person = told.public_id, told.slug, amina.public_id
    deeds: list[Callable[[], object]] = [
        lambda: say(carol, told),
        lambda: messages.edit_message(user=carol, room_public_id=room, seq=2, body="pris", now=NOON),
        lambda: messages.delete_message(user=carol, room_public_id=room, seq=2, now=NOON),
        lambda: marks.set_reaction(user=carol, room_public_id=room, seq=2, emoji="👍", on=True, now=NOON),
        lambda: marks.set_pin(user=carol, room_public_id=room, seq=2, on=True, now=NOON),
        lambda: memberships.join_room(user=carol, slug=slug, now=NOON),
        lambda: memberships.join_room(user=carol, slug=slug, now=NOON, invite_code="devine"),
        lambda: memberships.leave_room(user=carol, slug=slug, now=NOON),
        lambda: memberships.kick_member(user=carol, slug=slug, member_public_id=person, now=NOON),
        lambda: memberships.ban_member(user=carol, slug=slug, member_public_id=person, reason="", now=NOON),
        lambda: memberships.mark_read(user=carol, room_public_id=room, seq=2, now=NOON),
        lambda: room_services.change_room(user=carol, slug=slug, changes={"title": "Pris"}, now=NOON),
        lambda: room_services.renew_invitation(user=carol, slug=slug, now=NOON),
        lambda: attachments.store_image(user=carol, room_public_id=room, file=picture(), size=100, now=NOON),
    ]
    for deed in deeds:
        with pytest.raises(AccessRefused) as refusal:
            deed()
        assert refusal.value.code == "not_found"


def test_images_of_a_group_are_for_its_members(told: Room, amina: User, ben: User, carol: User, as_: LogIn) -> None:
    page = as_(ben).get(f"/api/v1/rooms/{told.public_id}/messages").json()
    image = next(message for message in page["messages"] if message["att"])["att"][0]
    for variant in ("url", "thumb"):
        shown = as_(ben).get(image[variant])
        assert (shown.status_code, shown.content[:4]) == (200, b"RIFF")
        assert as_(carol).get(image[variant]).status_code == 404
        assert as_(None).get(image[variant]).status_code == 302
    memberships.leave_room(user=ben, slug=told.slug, now=NOON)
    assert as_(ben).get(image["url"]).status_code == 404


def test_the_number_of_another_rooms_message_opens_nothing_here(room: Room, told: Room, ben: User, as_: LogIn) -> None:
    """Ben is in both rooms; message 2 exists in the group and not in the open room."""
    browser = as_(ben)
    assert browser.get(f"/rooms/{told.slug}/messages/2/").status_code == 200
    assert browser.get(f"/rooms/{room.slug}/messages/2/").status_code == 410
    assert browser.get(f"/api/v1/rooms/{room.public_id}/messages/2").status_code == 404


def test_a_public_room_shows_outsiders_its_description_and_no_word_of_its_talk(room: Room, amina: User, carol: User, as_: LogIn) -> None:
    say(amina, room, SECRET)
    for browser in (as_(None), as_(carol)):
        about = browser.get(f"/rooms/{room.slug}/about/").content.decode()
        assert room.description in about
        assert SECRET not in about
        assert SECRET not in browser.get(f"/rooms/{room.slug}/", follow=True).content.decode()
        assert browser.get(f"/api/v1/rooms/{room.slug}").json()["description"] == room.description
        assert browser.get(f"/api/v1/rooms/{room.slug}/messages").status_code in (401, 403)
    assert SECRET not in as_(None).get("/rooms/").content.decode()


def test_groups_are_not_in_the_directory(told: Room, amina: User, as_: LogIn) -> None:
    listed = as_(None).get("/api/v1/rooms").json()["rooms"]
    assert told.public_id not in [room["id"] for room in listed]
    assert told.title not in as_(None).get("/rooms/?q=famille").content.decode()


def test_the_whole_site_has_no_route_of_rooms_beside_these() -> None:
    """A new app that mounts something under /rooms/ must come by here."""
    mounted = [str(item.pattern) for item in get_resolver().url_patterns if isinstance(item, URLResolver | URLPattern)]
    assert [path for path in mounted if path.startswith("rooms")] == []
