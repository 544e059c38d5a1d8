"""Every kind has its row and says something whole in three languages, made of codes alone."""

from __future__ import annotations

import polib
import pytest
from django.conf import settings
from django.utils import translation

from accounts.enums import DocumentType, MfaChange
from notifications.enums import NoticeKind, Transport
from notifications.kinds import KINDS, Words, words_of
from notifications.tests.factories import ARGS
from notifications.transports import CARRIERS, PUSHERS

LANGUAGES = [code for code, _name in settings.LANGUAGES]
each_kind = pytest.mark.parametrize("kind", NoticeKind.values)


def said(kind: str, language: str, **args: object) -> Words:
    with translation.override(language):
        return words_of(kind=kind, args=ARGS.get(kind, {}) | args)


def test_no_kind_without_its_row_and_no_row_without_its_kind() -> None:
    assert set(KINDS) == set(NoticeKind.values)
    assert set(CARRIERS) | set(PUSHERS) == set(Transport.values)
    assert not set(CARRIERS) & set(PUSHERS)


@each_kind
def test_every_kind_can_be_read_in_the_pages_and_is_of_use_for_a_while(kind: str) -> None:
    assert (Transport.IN_APP in KINDS[kind].transports) == (kind != NoticeKind.DIGEST)  # which tells of what is in the pages already
    assert KINDS[kind].useful.total_seconds() >= 45


@each_kind
def test_no_two_languages_say_it_alike(kind: str) -> None:
    for field in ("title", "text", "action"):
        words = {language: getattr(said(kind, language), field) for language in LANGUAGES}
        assert len(set(words.values())) == len(LANGUAGES), words
        assert all("%(" not in text and text.strip() == text and text for text in words.values())


@each_kind
def test_a_kind_speaks_even_when_its_values_are_strange(kind: str) -> None:
    strange = {"agent": "\n\r<b>", "change": "NOTHING", "doc_type": "NOTHING"}
    words = said(kind, "fr", **strange)
    assert words.title
    assert "<b>" not in words.text


@pytest.mark.parametrize("agent", ["evil.example", "https://evil.example", "www.evil", "a\nb", "x" * 61, "", "<script>", "Firefox/1@e"])
def test_a_browser_cannot_put_an_address_into_the_mail(agent: str) -> None:
    assert "un appareil inconnu" in said(NoticeKind.NEW_LOGIN, "fr", agent=agent).text


def test_a_browser_is_named() -> None:
    assert "Firefox · Android" in said(NoticeKind.NEW_LOGIN, "en", agent="Firefox · Android").text


def test_every_change_of_a_factor_has_its_own_words() -> None:
    texts = [said(NoticeKind.MFA_CHANGED, "fr", change=change.value).text for change in MfaChange]
    assert len(set(texts)) == len(MfaChange)


@pytest.mark.parametrize("kind", DocumentType.values)
def test_every_text_is_named_with_its_day(kind: str) -> None:
    text = said(NoticeKind.TERMS_CHANGED, "fr", doc_type=kind).text
    with translation.override("fr"):
        assert str(DocumentType(kind).label) in text
    assert "1 décembre 2026" in text
    assert "2.0" in text


def test_who_has_nothing_to_do_is_told_so() -> None:
    assert said(NoticeKind.TERMS_CHANGED, "fr", again=False).text != said(NoticeKind.TERMS_CHANGED, "fr").text


def test_french_is_the_source() -> None:
    """What a kind says in French stands in the catalogue; a title that counts stands there with the place of its number."""
    entries = polib.pofile(str(settings.BASE_DIR / "locale" / "fr" / "LC_MESSAGES" / "django.po"))
    msgids = {text.replace("\u00a0", " ").replace("\u202f", " ") for entry in entries for text in (entry.msgid, entry.msgid_plural)}
    waiting = sum(row[3] for row in ARGS[NoticeKind.DIGEST]["rows"])
    titles = {said(kind, "fr").title.replace("\u00a0", " ") for kind in NoticeKind.values}
    assert f"{waiting} nouveautés vous attendent" in titles
    assert {title.replace(f"{waiting} nouv", "%(n)s nouv") for title in titles} <= msgids
