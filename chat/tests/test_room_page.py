"""The room as a page: a constant number of queries, and everything by plain forms."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from chat.enums import Role
from chat.models import Membership, MessageMeta, Room
from chat.services import marks, messages
from chat.tests.factories import join, make_room, say
from core import sealing

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]


def page(browser: Client, room: Room, query: str = "") -> str:
    answer = browser.get(f"/rooms/{room.slug}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def post(browser: Client, room: Room, path: str, **fields: str) -> int:
    return browser.post(f"/rooms/{room.slug}/{path}", fields).status_code


def write(browser: Client, room: Room, body: str, cid: str = "", **fields: str) -> int:
    return post(browser, room, "messages/", body=body, cid=cid or str(uuid.uuid4()), **fields)


def queries(browser: Client, room: Room) -> int:
    """Of both databases, by a process that holds no data key yet."""
    sealing.forget_keys()
    with CaptureQueriesContext(connections["default"]) as main, CaptureQueriesContext(connections["keys"]) as keys:
        page(browser, room)
    return len(main) + len(keys)


def test_twelve_queries_at_most_whatever_is_on_the_page(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    now = timezone.now()
    browser = as_(amina)
    Membership.objects.filter(room=room, user=ben).update(role=Role.MODERATOR)
    first = say(ben, room, "premier", now=now).seq
    queries(browser, room)
    few = queries(browser, room)
    people = [make_user(f"Voisin{number}") for number in range(12)]
    for number, person in enumerate(people):
        join(person, room, now=now)
        join(amina, make_room(f"autre-{number}"), now=now)
        seq = say(person, room, f"message {number} @Amina https://exemple.mg", now=now, reply_seq=first).seq
        marks.set_reaction(user=ben, room_public_id=room.public_id, seq=seq, emoji="👍", on=True, now=now)
        messages.edit_message(user=person, room_public_id=room.public_id, seq=seq, body=f"corrigé {number}", now=now)
        if number % 4 == 0:
            marks.set_pin(user=ben, room_public_id=room.public_id, seq=seq, on=True, now=now)
        if number % 5 == 0:
            messages.delete_message(user=person, room_public_id=room.public_id, seq=seq, now=now)
    many = queries(browser, room)
    assert (few <= 12, many <= 12) == (True, True), (few, many)


def test_a_conversation_by_forms(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    one, two = as_(amina), as_(ben)
    assert write(one, room, "Qui vient samedi ?") == 302
    assert write(two, room, "Moi !", reply="1") == 302
    text = page(one, room)
    assert text.index("Qui vient samedi") < text.index("Moi !")
    assert post(one, room, "messages/1/edit/", body="Qui vient dimanche ?") == 302
    assert "Qui vient samedi" not in page(two, room)
    assert post(two, room, "messages/1/react/", emoji="🙏") == 302
    assert re.search(r'value="🙏"[^>]*aria-pressed="true"', page(two, room))
    assert post(two, room, "messages/1/react/", emoji="🙏") == 302
    assert 'value="🙏" aria-pressed="true"' not in page(two, room)
    assert post(one, room, "messages/1/delete/") == 302
    text = page(two, room)
    assert "Qui vient dimanche" not in text
    assert "Message retiré" in text


def test_sending_the_form_twice_sends_once(room: Room, amina: User, as_: LogIn) -> None:
    cid, browser = str(uuid.uuid4()), as_(amina)
    assert [write(browser, room, "une fois", cid), write(browser, room, "une fois", cid)] == [302, 302]
    assert MessageMeta.objects.filter(room_id=room.pk).count() == 1
    assert page(browser, room).count(">une fois<") == 1


def test_every_fresh_page_carries_a_fresh_id(room: Room, amina: User, as_: LogIn) -> None:
    found = [re.search(r'name="cid" value="([0-9a-f-]{36})"', page(as_(amina), room)) for _turn in range(2)]
    assert found[0]
    assert found[1]
    assert found[0][1] != found[1][1]


@pytest.mark.parametrize("body", ["", "   \n\t", "\u200b\u2060", "x" * 4001])
def test_what_cannot_be_sent_is_kept_and_explained(room: Room, amina: User, as_: LogIn, body: str) -> None:
    answer = as_(amina).post(f"/rooms/{room.slug}/messages/", {"body": body, "cid": str(uuid.uuid4())}, follow=True)
    text = answer.content.decode()
    assert "Écrivez quelque chose" in text or "4 000" in text.replace("\u202f", " ").replace("\u00a0", " ")
    assert body.strip()[:50] in text
    assert MessageMeta.objects.count() == 0


@pytest.mark.parametrize("fields", [{"cid": "rien"}, {"cid": ""}, {"reply": "x"}, {"reply": "99999999999999999999"}])
def test_broken_forms_break_nothing(room: Room, amina: User, as_: LogIn, fields: dict[str, str]) -> None:
    answer = as_(amina).post(f"/rooms/{room.slug}/messages/", {"body": "bonjour", "cid": str(uuid.uuid4())} | fields, follow=True)
    assert answer.status_code in (200, 400)
    assert MessageMeta.objects.count() == 0


def test_a_message_never_becomes_markup(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    say(amina, room, "<script>alert(1)</script> <b>gras</b> javascript:alert(1) \u202etxet", now=timezone.now())
    text = page(as_(ben), room)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text
    assert 'href="javascript' not in text
    assert "\u202e" not in text


def test_links_say_where_they_lead_and_give_no_referrer(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    say(amina, room, "Voir https://exemple.mg/a?b=1 et http://аррӏе.com", now=timezone.now())
    text = page(as_(ben), room)
    links = re.findall(r"<a [^>]*exemple\.mg[^>]*>", text)
    assert len(links) == 1
    assert "noopener" in links[0]
    assert "nofollow" in links[0]
    assert 'href="http://аррӏе.com' not in text


def test_search_finds_words_without_accents_and_no_deleted_ones(room: Room, amina: User, as_: LogIn) -> None:
    now = timezone.now()
    for text in ("Le marché d’Anosibe", "Rien à voir", "marche arrière"):
        say(amina, room, text, now=now)
    messages.delete_message(user=amina, room_public_id=room.public_id, seq=3, now=now)
    text = as_(amina).get(f"/rooms/{room.slug}/search/?q=MARCHE").content.decode()
    assert "Anosibe" in text
    assert "arrière" not in text
    assert "Rien à voir" not in text
    assert as_(amina).get(f"/rooms/{room.slug}/search/?q=").status_code == 200


def test_older_pages_lead_back_without_a_gap(room: Room, amina: User, as_: LogIn) -> None:
    now = timezone.now()
    for number in range(70):
        say(amina, room, f"ligne-{number:02d}", now=now + timedelta(seconds=number))
        messages.forget_pace()
    browser, query = as_(amina), ""
    seen: list[str] = []
    for _turn in range(4):
        text = page(browser, room, query)
        seen = re.findall(r"ligne-(\d\d)<", text) + seen
        older = re.search(r"\?before=(\d+)", text)
        if not older:
            break
        query = f"?before={older[1]}"
    assert [int(number) for number in seen] == list(range(70))


def test_a_jump_lands_on_its_message(room: Room, amina: User, as_: LogIn) -> None:
    now = timezone.now()
    for number in range(60):
        say(amina, room, f"ligne-{number:02d}", now=now)
        messages.forget_pace()
    assert "ligne-04<" in page(as_(amina), room, "?around=5")
    for query in ("?around=0", "?around=abc", "?before=-1", "?before=99999999"):
        page(as_(amina), room, query)


def test_pins_are_shown_on_top_and_by_moderators_alone(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    say(ben, room, "Rendez-vous à 15 h", now=timezone.now())
    assert post(as_(ben), room, "messages/1/pin/", on="1") == 403
    Membership.objects.filter(room=room, user=amina).update(role=Role.MODERATOR)
    assert post(as_(amina), room, "messages/1/pin/", on="1") == 302
    assert page(as_(ben), room).count("Rendez-vous à 15 h") >= 2
    assert post(as_(amina), room, "messages/1/pin/", on="0") == 302


def test_reading_clears_the_counter(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    say(amina, room, "un", now=timezone.now())
    assert post(as_(ben), room, "read/") == 302
    assert Membership.objects.get(room=room, user=ben).read_seq == 1


def test_get_never_writes(room: Room, amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    for path in ("messages/", "messages/1/edit/", "messages/1/delete/", "join/", "leave/", "read/"):
        assert browser.get(f"/rooms/{room.slug}/{path}").status_code == 405


def test_without_the_token_of_the_form_nothing_happens(room: Room, amina: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(amina)
    assert strict.post(f"/rooms/{room.slug}/messages/", {"body": "volé", "cid": str(uuid.uuid4())}).status_code == 403
    assert MessageMeta.objects.count() == 0
