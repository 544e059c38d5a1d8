"""Every address of the site, with every kind of nonsense: an answer below 500, and no word of a room to those outside it."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from chat.services import attachments
from chat.tests.factories import join, make_group, make_room, say
from chat.tests.test_outsider import picture

pytestmark = pytest.mark.django_db
Attachment, Membership, Room = (apps.get_model("chat", name) for name in ("Attachment", "Membership", "Room"))
LogIn = Callable[[User | None], Client]
SECRET = "le-secret-du-salon"
GROUP = "Groupe tout à fait privé"
METHODS = {"page": ("GET", "POST"), "api": ("GET", "POST", "PUT", "PATCH", "DELETE")}
# The admin's pages are Django's own and are closed to all but staff; the files of the site are no views.
NOT_OURS = ("admin/", "static/")

LONE_SURROGATE = b"\xed\xa0\x80"
TEXTS = ["", "\x00", "a\x00b", "9" * 40, "-1", "1e400", "é\u202e\u200b", "' OR 1=1 --", "x" * 5000, "[]", LONE_SURROGATE]
FIELDS = """
body cid reply attachments attachment emoji on off title description rules languages language theme slow_mode_s
visible_hours history state reason hours role code q page before around seq limit after next username login email
password password1 password2 oldpassword gender gender_text country postal_code region birth_date age charter terms
pseudonym bio show_age hide_presence data_saver enter_sends including_this remember action_add action_remove
action_primary action_send lang
""".split()  # noqa: SIM905
BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b'{"body": 1e400, "seq": 1e400, "title": [], "languages": "fr"}',
    b'{"body": "\\u0000", "seq": -1, "reason": "\\u0000", "hours": 99999999999999999999, "role": "KING"}',
    b'{"body": "\\ud800", "title": "\\ud800", "reason": "\\ud800", "name": "\\ud800", "bio": "\\ud800", "code": "\\ud800", "seq": 1}',
    b'{"body": null, "reply": 99999999999999999999, "attachments": [null], "seq": "x"}',
    b'{"body": "x", "reply": 3, "attachments": ["\\u0000", "x", "y", "z"], "seq": 9007199254740991, "role": "OWNER"}',
    b'{"title": "xyz", "description": "' + b"x" * 5000 + b'", "languages": ["fr", "fr", "fr", "fr", "fr", "fr", "fr", "fr", "fr"]}',
    b"[" * 5000,
]


@pytest.fixture
def people() -> dict[str, User | None]:
    return {"guest": None, "carol": make_user("Carol"), "member": make_user("Ben"), "owner": make_user("Amina")}


@pytest.fixture
def rooms(people: dict[str, Any]) -> list[Any]:
    """An open room and a group with the owner and the member in them, a message and an image in each."""
    now = timezone.now()
    group = make_group(people["owner"], GROUP, now=now)
    made = [make_room(now=now), group]
    for room in made:
        for who in ("owner", "member"):
            if not Membership.objects.filter(room=room, user=people[who]).exists():
                join(people[who], room, now=now)
        image = attachments.store_image(
            user=people["owner"], room_public_id=room.public_id, file=io.BytesIO(picture().getvalue()), size=100, now=now
        )
        say(people["owner"], room, SECRET, now=now, attachment_ids=[image.public_id])
    return made


def addresses(patterns: Any, before: str = "") -> Iterator[str]:
    """Every path of the site as its patterns write it."""
    for item in patterns:
        path = before + str(item.pattern).lstrip("^").removesuffix("$").removesuffix("\\Z")
        if path.startswith(NOT_OURS):
            continue
        if isinstance(item, URLResolver):
            yield from addresses(item.url_patterns, path)
        else:
            assert isinstance(item, URLPattern)
            yield path


HOLE = re.compile(r"<(?:[^<>:]+:)?([^<>:]+)>|\(\?P<(\w+)>[^)]*\)")


def filled(path: str, names: dict[str, str]) -> str:
    return "/" + HOLE.sub(lambda hole: quote(names.get(hole[1] or hole[2], names["other"]), safe=""), path)


def walks(rooms: list[Any], person: User) -> list[dict[str, str]]:
    """What stands in the holes of a path: true names, names of something else, and nonsense."""
    image = Attachment.objects.filter(room_id=rooms[1].pk).values_list("public_id", flat=True)[0]
    true = {"person": person.public_id, "public_id": image, "variant": "full", "emoji": "👍", "key": "x", "other": "x"}
    nonsense = ["9" * 30, "é\x00%2e/../..", "a" * 20]
    return [
        *({**true, "room": room.public_id, "slug": room.slug, "seq": seq} for room, seq in zip(rooms, "13", strict=True)),
        {**true, "room": rooms[0].slug, "slug": rooms[0].public_id, "seq": "9" * 15, "public_id": person.public_id, "person": image},
        *({"other": word, "seq": word} for word in nonsense),
    ]


def text_of(answer: HttpResponseBase) -> str:
    return answer.content.decode("utf-8", "replace") if isinstance(answer, HttpResponse) else ""


def visit(browser: Client, method: str, url: str, number: int) -> HttpResponseBase:
    """One visit with nonsense in every field."""
    word = TEXTS[number % len(TEXTS)]
    if url.startswith(("/api/", "/_allauth/")) and method != "GET":
        headers = {"Idempotency-Key": str(uuid.uuid4()) if number % 3 else "\x00rien"}
        return browser.generic(method, url, BODIES[number % len(BODIES)], content_type="application/json", headers=headers)
    if method == "GET":
        shown = word if isinstance(word, str) else "%ED%A0%80"
        return browser.get(url + "?" + "&".join(f"{name}={quote(shown[:200])}" for name in FIELDS))
    if number % 4 == 3:
        return browser.generic("POST", url, b"body=\xff\xfe&cid=%ff%00&" + b"x=1&" * 3, content_type="application/x-www-form-urlencoded")
    data: dict[str, Any] = dict.fromkeys(FIELDS, word)
    if number % 3 == 0:
        data = {}
    if number % 3 == 1:
        data |= {
            "cid": str(uuid.uuid4()),
            "attachment": SimpleUploadedFile("a\x00/../b.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "image/png"),
        }
    return browser.post(url, data)


@pytest.mark.parametrize("who", ["guest", "carol", "member"])
def test_nonsense_is_answered_everywhere(people: dict[str, User | None], rooms: list[Any], who: str) -> None:
    owner = people["owner"]
    assert owner is not None
    user, browser = people[who], Client(raise_request_exception=False)
    number, failed, told = 0, [], []
    for path in addresses(get_resolver().url_patterns):
        kind = "api" if path.startswith(("api/", "_allauth/")) else "page"
        for names in walks(rooms, owner) if HOLE.search(path) else [{"other": "x"}]:
            for method in METHODS[kind]:
                if user is not None and not browser.cookies.get("sessionid"):  # a visit has logged them out
                    browser.force_login(user)
                number += 1
                answer = visit(browser, method, filled(path, names), number)
                if answer.status_code >= 500:
                    failed.append((method, filled(path, names)[:120], number, getattr(answer, "exc_info", None)))
                text = text_of(answer)
                if SECRET in text or GROUP in text:
                    told.append((method, path))
                if who == "carol":  # who entered an open room is no outsider any more
                    Membership.objects.filter(user=user).delete()
    assert failed == []
    assert bool(told) == (who == "member"), told
    assert number > 300
