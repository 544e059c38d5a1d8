"""The words: what the script says is in the catalogues, and every catalogue is whole and up to date."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation

from superapp.i18n_client import WORDS, client_words

ROOT = Path(settings.BASE_DIR)
LANGUAGES = [code for code, _name in settings.LANGUAGES]
each_language = pytest.mark.parametrize("language", LANGUAGES)

_SAID = re.compile(r'\bt\(\s*"([^"]*)"|\btn\(\s*"([^"]*)",\s*"([^"]*)"')
_LISTS = re.compile(r"const (?:DAYS|MONTHS) = \[([^\]]*)\]")
_HOLES = re.compile(r"%\(\w+\)[sd]|%[sd]|%%|<[^>]+>")


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))


def said_by_the_script() -> set[str]:
    words: set[str] = set()
    for path in ROOT.glob("*/frontend/*.ts"):
        if path.name.endswith(".test.ts"):
            continue
        text = path.read_text("utf-8")
        words |= {word for found in _SAID.findall(text) for word in found if word}
        words |= {word for found in _LISTS.findall(text) for word in re.findall(r'"([^"]*)"', found)}
    return words


def test_what_the_script_says_is_listed_and_no_more() -> None:
    assert set(WORDS) == said_by_the_script()
    assert len(WORDS) == len(set(WORDS))


@each_language
def test_no_catalogue_has_a_hole(language: str) -> None:
    entries = catalogue(language)
    assert [entry.msgid for entry in entries.untranslated_entries()] == []
    assert [entry.msgid for entry in entries.fuzzy_entries()] == []
    assert [entry.msgid for entry in entries.obsolete_entries()] == []


@each_language
def test_a_translation_fills_the_same_holes(language: str) -> None:
    """A `%(name)s` lost in translation would raise on the page."""
    wrong = []
    for entry in catalogue(language):
        wanted = set(_HOLES.findall(entry.msgid_plural or entry.msgid))
        for said in entry.msgstr_plural.values() or [entry.msgstr]:
            found = set(_HOLES.findall(said))
            if found - wanted or (wanted - found and not entry.msgid_plural):
                wrong.append(said)
    assert wrong == []


@pytest.mark.parametrize("language", ["mg", "en"])
def test_the_script_gets_its_words(language: str) -> None:
    with translation.override(language):
        words = client_words()
    assert words["Réessayer"] != "Réessayer"
    assert len(words) > 0.9 * len(WORDS)


def test_french_typography_keeps_signs_with_their_word() -> None:
    """A colon or a question mark does not begin a line in French: the space before it does not break."""
    loose = re.compile(r"\S [:;?!»]|« ")
    said = [text for entry in catalogue("fr") for text in [entry.msgstr, *entry.msgstr_plural.values()]]
    assert [text for text in said if loose.search(text)] == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
def test_the_catalogues_list_what_the_code_says(tmp_path: Path) -> None:
    copy = tmp_path / "site"
    for name in (
        "core",
        "realtime",
        "accounts",
        "notifications",
        "billing",
        "chat",
        "moderation",
        "privacy",
        "superapp",
        "templates",
        "locale",
    ):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo", "tests"))
    command = [sys.executable, "-m", "django", "makemessages", "--all", "--no-location", "--no-obsolete", "--verbosity", "0"]
    subprocess.run(command, cwd=copy, check=True, env={"PATH": "/usr/bin:/bin"}, timeout=120)
    for language in LANGUAGES:
        fresh = polib.pofile(str(copy / "locale" / language / "LC_MESSAGES" / "django.po"))
        assert {(entry.msgid, entry.msgctxt, entry.msgid_plural) for entry in fresh if not entry.obsolete} == {
            (entry.msgid, entry.msgctxt, entry.msgid_plural) for entry in catalogue(language)
        }
