"""How much a notice says: nothing by default, names where they were chosen, the beginning of a text to one's own devices alone."""

from __future__ import annotations

import itertools
import json

import pytest
from django.core import mail

from accounts.models import User
from notifications import subjects
from notifications.enums import Category, Content, Level, NoticeKind, Road
from notifications.kinds import KINDS, Words
from notifications.models import Notification, NotificationSettings, Preference
from notifications.services.deliveries import run_delivery
from notifications.subjects import Standing
from notifications.tests.factories import NOON, tell
from notifications.tests.places import APP, FIVE_MINUTES, KITCHEN, Places, mails_of, say_to, try_mail
from notifications.wording import PREVIEW, Saying, say

pytestmark = pytest.mark.django_db
TEXT = "On ajoute le gingembre à la fin, jamais avant."
KNOWN = Standing(discreet=False, place="Cuisine malgache", sender="Miora", preview=TEXT)
SECRET = Standing(discreet=True, place="Cuisine malgache", sender="Miora", preview=TEXT)
ROOM_KINDS = [kind for kind, row in KINDS.items() if row.of_subject]


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch) -> Places:
    made = Places()
    monkeypatch.setitem(subjects._sources, APP, made)
    return made


def words(user: User, kind: str, **saying: object) -> Words:
    notice = Notification(user=user, kind=kind, args={"seq": 1}, subject_app=APP, subject_public_id=KITCHEN)
    return say(notice, Saying(**{"road": Road.PUSH, "content": Content.HIDDEN, "standing": KNOWN} | saying))  # type: ignore[arg-type]


def everything(said: Words) -> str:
    return " ".join((said.title, said.text, said.action, *said.lines)).replace("\u00a0", " ")


@pytest.mark.parametrize("kind", ROOM_KINDS)
def test_who_chose_nothing_reads_no_name_and_no_word(amina: User, kind: str) -> None:
    for road, count in itertools.product(Road, (1, 12)):
        said = everything(words(amina, kind, road=road, count=count))
        assert not any(secret in said for secret in ("Cuisine", "Miora", "gingembre"))


@pytest.mark.parametrize("kind", ROOM_KINDS)
def test_a_sensitive_room_is_never_named_whatever_was_chosen(amina: User, kind: str) -> None:
    for road, content, count in itertools.product(Road, Content, (1, 12)):
        said = everything(words(amina, kind, road=road, content=content, count=count, standing=SECRET))
        assert not any(secret in said for secret in ("Cuisine", "Miora", "gingembre"))


def test_only_devices_read_the_beginning_of_a_text_and_only_where_it_was_chosen(amina: User) -> None:
    shown = {
        (road, content, count)
        for road, content, count in itertools.product(Road, Content, (1, 12))
        if "gingembre" in everything(words(amina, NoticeKind.MENTION, road=road, content=content, count=count))
    }
    assert shown == {(Road.PUSH, Content.PREVIEW, 1)}


def test_a_beginning_is_short(amina: User) -> None:
    standing = Standing(discreet=False, place="Salon", preview="é" * 500)
    assert words(amina, NoticeKind.MENTION, content=Content.PREVIEW, standing=standing).text == "é" * PREVIEW


def test_names_where_they_were_chosen(amina: User) -> None:
    mention = words(amina, NoticeKind.MENTION, content=Content.SENDER)
    assert (mention.title, mention.text.replace("\u00a0", " ")) == ("Miora vous a mentionné", "Salon : Cuisine malgache")
    assert words(amina, NoticeKind.REPLY, content=Content.SENDER).title == "Miora vous a répondu"
    assert words(amina, NoticeKind.ROOM_MESSAGE, content=Content.SENDER, count=12).title == "12 messages dans Cuisine malgache"
    assert words(amina, NoticeKind.MENTION, content=Content.HIDDEN, count=12).title == "12 nouveaux messages vous attendent"


def test_what_nobody_could_name_says_what_it_says_without(amina: User) -> None:
    plain = words(amina, NoticeKind.MENTION)
    assert words(amina, NoticeKind.MENTION, content=Content.SENDER, standing=Standing(discreet=False)) == plain
    assert words(amina, NoticeKind.MENTION, content=Content.PREVIEW, standing=Standing(discreet=False)) == plain


@pytest.mark.parametrize("name", ["evil.example", "http://x", "www evil", "a@b", "C:\\x", "WWW"])
def test_a_mail_names_nothing_that_a_program_would_make_a_link_of(amina: User, name: str) -> None:
    standing = Standing(discreet=False, place=name, sender=name)
    assert name not in everything(words(amina, NoticeKind.MENTION, road=Road.MAIL, content=Content.SENDER, standing=standing))
    assert name in everything(words(amina, NoticeKind.MENTION, road=Road.PUSH, content=Content.SENDER, standing=standing))


def test_names_with_signs_of_formats_stay_names(amina: User) -> None:
    standing = Standing(discreet=False, place="100 % <b>%(name)s</b>", sender="%s %d")
    said = words(amina, NoticeKind.MENTION, content=Content.SENDER, standing=standing)
    assert said.title == "%s %d vous a mentionné"
    assert "100 % <b>%(name)s</b>" in said.text


@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_it_is_said_in_the_language_of_the_person(language: str, amina: User) -> None:
    User.objects.filter(pk=amina.pk).update(language=language)
    amina.refresh_from_db()
    titles = {words(amina, kind, content=content, count=count).title for kind in ROOM_KINDS for content in Content for count in (1, 3)}
    assert all("%(" not in title for title in titles)
    assert len(titles) >= 6


# ---- Letters ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", list(Content))
def test_no_letter_holds_a_word_of_a_message(amina: User, content: Content) -> None:
    Preference.objects.create(user=amina, category=Category.ROOMS, transport=Road.MAIL, level=Level.NOW)
    NotificationSettings.objects.create(user=amina, content=content)
    say_to(amina, 1)
    assert try_mail(mails_of(amina)[0], now=NOON + FIVE_MINUTES).state == "SENT"
    [letter] = mail.outbox
    raw = letter.message().as_string() + json.dumps(letter.extra_headers)
    assert "gingembre" not in raw
    assert ("Miora" in letter.subject) == (content != Content.HIDDEN)


@pytest.mark.parametrize("kind", [kind for kind, row in KINDS.items() if any(way.road == Road.MAIL for way in row.transports)])
@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_every_letter_of_every_kind_is_small_and_plain(amina: User, kind: str, language: str) -> None:
    """At most 30 KB with all its headers, without image, style, script or form."""
    User.objects.filter(pk=amina.pk).update(language=language)
    for category in Category:
        Preference.objects.create(user=amina, category=category, transport=Road.MAIL, level=Level.NOW)
    send_one(amina, kind)
    [letter] = mail.outbox
    raw = letter.message().as_bytes()
    assert len(raw) <= 30 * 1024
    for sign in (b"<img", b"<style", b"<script", b"<form", b"<link", b"cid:"):
        assert sign not in raw
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


def send_one(user: User, kind: str) -> None:
    if kind in ROOM_KINDS:
        say_to(user, 1, kind=kind)
    else:
        tell(user, kind)
    run_delivery(delivery_id=mails_of(user)[0].pk, attempt=0, now=NOON + FIVE_MINUTES)


def test_the_longest_digest_is_small(amina: User, places: Places) -> None:
    """Thirty rooms with the longest names that a room may have."""
    NotificationSettings.objects.create(user=amina, content=Content.SENDER)
    ids = [f"{number:020d}" for number in range(30)]
    places.names = dict.fromkeys(ids, "Œ" * 60)
    rows = [["ROOM_MESSAGE", APP, public_id, 10**6] for public_id in ids]
    tell(amina, NoticeKind.DIGEST)
    Notification.objects.update(args={"rows": rows})
    run_delivery(delivery_id=mails_of(amina)[0].pk, attempt=0, now=NOON)
    [letter] = mail.outbox
    assert letter.body.count("Œ" * 60) == 30
    assert len(letter.message().as_bytes()) <= 30 * 1024
