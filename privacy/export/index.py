"""The page of an archive for people: what lies in it, to be read without a network and without any program of ours. It is there in every
language of the house, for whoever helps its person may read another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import get_language_info, override
from django.utils.translation import gettext as _

from core.exporting import DAY, MOMENT, ExportFile, Look, Row, Schema
from core.text import excerpt
from privacy.enums import EntryKind
from privacy.export.omitted import Omission
from privacy.export.packing import inflate
from privacy.export.pieces import read_piece
from privacy.export.table import BY_NAME
from privacy.models import ExportArchive, ExportEntry

# So many rows of a file are shown; all of them are in the file.
SHOWN = 50
_IMAGES = 24
_LONGEST = 600
_NOTHING = "—"
_NAMES = {code: get_language_info(code)["name_local"] for code, _name in settings.LANGUAGES}


@dataclass(frozen=True, slots=True)
class Section:
    """One file: what it is, on which ground, and its first rows as (label, value)."""

    name: str
    path: str
    title: str
    rows: int
    basis: str
    article: int
    lines: list[list[tuple[str, str]]]
    truncated: bool

    @property
    def more(self) -> bool:
        """Whether the file has rows that the page does not show."""
        return self.rows > len(self.lines)


def draw_indexes(archive: ExportArchive, entries: Sequence[ExportEntry], *, now: datetime) -> Iterator[tuple[str, bytes]]:
    """The page in each language with its path. That of the person comes first and is index.html, which whoever opens a folder opens."""
    for language in sorted(_NAMES, key=lambda code: code != archive.language):
        with override(language):
            context = _context(archive, entries, now) | {"others": _others(archive, language)}
            yield _path(archive, language), render_to_string("privacy/export_index.html", context).encode()


def _path(archive: ExportArchive, language: str) -> str:
    return "index.html" if language == archive.language else f"index.{language}.html"


def _others(archive: ExportArchive, language: str) -> list[tuple[str, str, str]]:
    """The same page elsewhere: language, its name in itself, path."""
    return [(code, name, _path(archive, code)) for code, name in _NAMES.items() if code != language]


def _context(archive: ExportArchive, entries: Sequence[ExportEntry], now: datetime) -> dict[str, Any]:
    """What every page shows, in words of the active language."""
    sections = [_section(archive, entry) for entry in entries if entry.kind == EntryKind.DATA]
    media = [entry for entry in entries if entry.kind == EntryKind.MEDIA]
    return {
        "archive": archive,
        "now": now,
        "site_name": settings.SITE_NAME,
        "contact_email": settings.CONTACT_EMAIL,
        "full": [section for section in sections if section.rows],
        "empty": [section for section in sections if not section.rows],
        "images": [entry for entry in media if entry.part == 1][:_IMAGES],
        "media_count": len(media),
        "parts": max((entry.part for entry in entries), default=1),
        "omissions": list(Omission.labels),
    }


def _section(archive: ExportArchive, entry: ExportEntry) -> Section:
    file = BY_NAME[entry.source]
    lines = [[(_label(file, key), _say(file, key, row[key])) for key in row] for row in _first_rows(archive, entry)]
    title = str(file.title)
    return Section(
        name=file.name,
        path=file.path,
        title=title[:1].upper() + title[1:],
        rows=entry.rows,
        basis=file.basis,
        article=file.article,
        lines=lines,
        truncated=entry.truncated,
    )


def _first_rows(archive: ExportArchive, entry: ExportEntry) -> Iterator[Row]:
    """Out of its first piece alone, however long the file is."""
    if not entry.rows:
        return
    text = b"".join(inflate([read_piece(archive, entry.pieces[0][0])]))
    for line in text.split(b"\n")[:SHOWN]:
        if line:
            yield json.loads(line)


def _label(file: ExportFile, key: str) -> str:
    look = file.looks.get(key)
    label = str(look.label) if look else key.replace("_", " ")
    return label[:1].upper() + label[1:]


def _say(file: ExportFile, key: str, value: Any) -> str:
    return _words(value, file.fields[key], file.looks.get(key) or Look(""))


def _words(value: Any, schema: Schema, look: Look) -> str:
    """A value as people read it. Only words of ours are translated; what somebody wrote stays as it is."""
    if value is None or value == "" or value == [] or value == {}:
        return _NOTHING
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, (str, int)) and value in look.words:
        return str(look.words[value])
    if isinstance(value, Mapping):
        return "\n".join(f"{key.replace('_', ' ')} : {_words(one, {}, Look(''))}" for key, one in value.items())
    if isinstance(value, list):
        return "\n".join(_words(one, {}, Look("")) for one in value)
    return _moment(str(value), schema) or _shorten(str(value))


def _moment(text: str, schema: Schema) -> str:
    if MOMENT in (schema, *schema.get("anyOf", ())) and (moment := parse_datetime(text)):
        return f"{date_format(moment, 'j F Y, H:i:s')} UTC"
    if DAY in (schema, *schema.get("anyOf", ())) and (day := parse_date(text)):
        return date_format(day, "j F Y")
    return ""


def _shorten(text: str) -> str:
    """A text as it stands while it is short, else its beginning."""
    return text if len(text) <= _LONGEST else excerpt(text, length=_LONGEST)
