"""A form whose token no longer fits: nothing is done, and nothing that was typed is lost."""

from __future__ import annotations

import html
import re
import uuid
from http.cookies import Morsel

import pytest
from django.test import Client

from accounts.tests.factories import make_user
from chat.tests.factories import join, make_room

pytestmark = pytest.mark.django_db
OURS = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
WORDS = 'Manahoana "daholo" <b>!</b>\n\nÀ samedi'


def token(text: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    assert found
    return found[1]


def cookie(client: Client) -> Morsel[str]:
    return client.cookies["csrftoken"]


def test_two_first_pages_at_once_give_two_cookies_of_which_one_stays() -> None:
    """Why a log-in can be refused: both pages were asked for before there was a cookie, and the browser keeps the later one."""
    one, two = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    first = one.get("/login/").content.decode()
    two.get("/login/")
    assert cookie(one).value != cookie(two).value
    one.cookies["csrftoken"] = cookie(two).value
    sent = {"login": "amina@example.org", "password": "très-secret", "csrfmiddlewaretoken": token(first)}
    answer = one.post("/login/?next=/rooms/", sent, headers=OURS)
    text = answer.content.decode()
    assert answer.status_code == 403
    assert 'href="/login/?next=/rooms/"' in text
    assert "très-secret" not in text
    again = one.get("/login/?next=/rooms/").content.decode()
    assert one.post("/login/", sent | {"csrfmiddlewaretoken": token(again)}, headers=OURS).status_code == 200


def member() -> tuple[Client, str]:
    amina, room = make_user("Amina"), make_room()
    join(amina, room)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(amina)
    return browser, f"/rooms/{room.slug}/messages/"


def test_words_of_an_old_page_are_kept_with_a_button_that_sends_them() -> None:
    browser, url = member()
    cid = str(uuid.uuid4())
    answer = browser.post(url, {"body": WORDS, "cid": cid, "csrfmiddlewaretoken": "x" * 64}, headers=OURS)
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "samedi" not in browser.get(url.replace("messages/", "")).content.decode()
    assert answer["Cache-Control"] == "no-store"
    shown = re.search(r'<textarea [^>]*name="body"[^>]*>\n?(.*?)</textarea>', text, re.DOTALL)
    assert shown
    assert html.unescape(shown[1]) == WORDS
    assert f'<form class="form" method="post" action="{url}"' in text
    assert f'<input type="hidden" name="cid" value="{cid}">' in text
    assert text.count('name="csrfmiddlewaretoken"') == 1
    assert browser.post(url, {"body": WORDS, "cid": cid, "csrfmiddlewaretoken": token(text)}, headers=OURS).status_code == 302
    assert "samedi" in browser.get(url.replace("messages/", "")).content.decode()


def test_a_mere_button_is_offered_again_too() -> None:
    """Its address answers no GET."""
    browser, url = member()
    leave = url.replace("messages", "leave")
    text = browser.post(leave, {"csrfmiddlewaretoken": "x" * 64}, headers=OURS).content.decode()
    assert "<textarea" not in text
    assert browser.post(leave, {"csrfmiddlewaretoken": token(text)}, headers=OURS).status_code == 302


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}])
def test_what_may_come_from_elsewhere_gets_no_button(headers: dict[str, str]) -> None:
    """Else a foreign page could put words there for a member to send with one touch."""
    browser, url = member()
    answer = browser.post(url, {"body": WORDS, "cid": str(uuid.uuid4()), "csrfmiddlewaretoken": "x" * 64}, headers=headers)
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "<form" not in text.partition("<main")[2]  # the way out in haste stands above it, and sends no words
    assert "samedi" not in text
