"""The page of an archive: complete, in three languages, without a network, and nobody's words become markup."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps

from accounts.models import Profile, User
from accounts.tests.factories import NOON
from chat.tests.factories import say
from privacy.export.index import SHOWN
from privacy.export.table import FILES
from privacy.tests.export.factories import make_archive, read
from privacy.tests.export.test_contents import store

pytestmark = pytest.mark.django_db
VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """What a browser would make of it: tags, attributes, text; and whether everything that opens is closed."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.crooked: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crooked.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


def page_of(user: User) -> Page:
    return Page(read(make_archive(user)).read("index.html").decode())


def speaks(user: User, language: str) -> User:
    User.objects.filter(pk=user.pk).update(language=language)
    user.refresh_from_db()
    return user


@pytest.mark.parametrize(
    ("language", "title"), [("fr", "Mes données chez Resaka"), ("en", "My data at Resaka"), ("mg", "Ny angonko ao amin’ny Resaka")]
)
def test_in_the_persons_language(amina: User, language: str, title: str) -> None:
    page = page_of(speaks(amina, language))
    assert page.all("html") == [{"lang": language}]
    assert title in page.text


@pytest.mark.parametrize("language", ["fr", "en", "mg"])
def test_it_is_there_in_every_language_with_the_same_words_of_its_person(amina: User, room: Any, language: str) -> None:
    """Whoever helps may read another language; each page leads to the two others."""
    say(amina, room, "Tsara ny andro androany")
    archive = read(make_archive(speaks(amina, language)))
    found = {path: Page(archive.read(path).decode()) for path in archive.files if path.endswith(".html")}
    others = [f"index.{code}.html" for code in ("fr", "mg", "en") if code != language]
    assert list(found) == ["index.html", *others]
    assert [page.all("html")[0]["lang"] for page in found.values()] == [language, *(path.split(".")[1] for path in others)]
    for path, page in found.items():
        leads = {one["href"]: one["lang"] for one in page.all("a") if "hreflang" in one}
        assert leads == {other: found[other].all("html")[0]["lang"] for other in found if other != path}
        assert "Tsara ny andro androany" in page.text
        assert (page.crooked, page.open) == ([], [])
    assert len({len(page.all("section")) for page in found.values()}) == 1
    assert len({page.text for page in found.values()}) == 3


def test_it_stands_alone(amina: User, room: Any) -> None:
    """No script, nothing fetched from anywhere, and what it points to lies beside it."""
    image = store(amina, room)
    say(amina, room, "Regardez http://example.org/x", attachment_ids=[image.public_id])
    archive = read(make_archive(amina))
    source = archive.read("index.html").decode()
    page = Page(source)
    assert (page.crooked, page.open) == ([], [])
    assert [tag for tag, _attrs in page.tags if tag in {"script", "link", "iframe", "form", "object", "base"}] == []
    [policy] = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:"
    ids = {attrs["id"] for _tag, attrs in page.tags if "id" in attrs}
    for address in [one["href"] for one in page.all("a")] + [one["src"] for one in page.all("img")]:
        assert address[1:] in ids if address.startswith("#") else address in archive.files, address
    assert re.findall(r"url\(|@import|https?:", re.sub(r"(?s)<dd.*?</dd>", "", source)) == []


def test_nobodys_words_become_markup(amina: User, ben: User, room: Any) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'</dd></section>"
    Profile.objects.filter(pk=amina.pk).update(bio=evil)
    line = say(ben, room, evil)
    say(amina, room, evil, reply_seq=line.seq)
    apps.get_model("chat", "Room").objects.update(title=evil[:60])
    page = page_of(amina)
    assert (page.crooked, page.open, page.all("script"), page.all("img")) == ([], [], [], [])
    assert [attrs for _tag, attrs in page.tags if any(name.startswith("on") for name in attrs)] == []
    assert page.text.count("<script>alert(1)</script>") >= 3


def test_texts_of_both_directions_keep_to_themselves(amina: User, room: Any) -> None:
    say(amina, room, "שלום \u202eevil")
    page = page_of(amina)
    values = page.all("dd")
    assert values
    assert all(one.get("dir") == "auto" for one in values)


def test_what_is_empty_is_said_and_what_is_there_is_counted(amina: User, room: Any) -> None:
    for number in range(3):
        say(amina, room, f"message {number}")
    page = page_of(amina)
    sections = {attrs["id"] for attrs in page.all("section") if "id" in attrs}
    assert {"account", "profile", "messages", "rooms", "omitted"} <= sections
    assert not {"payments", "blocks", "media"} & sections
    assert "Ce que nous n’avons pas de vous" in page.text
    assert page.text.count("3 lignes") >= 2
    assert "blocages" in page.text.casefold()
    empty = [file.name for file in FILES if file.name not in sections]
    assert len(empty) + len(sections - {"omitted"}) == len(FILES)


def test_long_files_are_shown_in_part_and_say_so(amina: User, room: Any, settings: Any) -> None:
    settings.MESSAGES_IN_10_S = 1000
    for number in range(SHOWN + 5):
        say(amina, room, f"message {number}", now=NOON + timedelta(seconds=2 * number))
    archive = read(make_archive(amina, now=NOON + timedelta(hours=1)))
    page = Page(archive.read("index.html").decode())
    assert len(list(archive.rows("messages"))) == SHOWN + 5
    assert "Les 50 premières lignes sont montrées ici" in page.text
    assert len(re.findall(r"message \d+", page.text)) == SHOWN


def test_words_of_the_house_are_translated_and_moments_are_read(amina: User) -> None:
    User.objects.filter(pk=amina.pk).update(created_at=NOON)
    text = page_of(speaks(amina, "en")).text
    assert "UTC" in text
    assert "Active" in text
    assert "ACTIVE" not in text


def test_headings_follow_each_other(amina: User) -> None:
    page = page_of(amina)
    levels = [tag for tag, _attrs in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == "h1"
    assert set(levels[1:]) == {"h2"}
    assert page.all("main") == [{"id": "content"}]
    assert page.all("a")[0]["href"] == "#content"
    assert all(one["alt"] for one in page.all("img"))
