"""What a person may take with them. Each app says which files it gives (`<app>/exports.py`); `privacy` alone makes the archive.

A file is read a page at a time, each after a place that JSON can hold: an archive of any size is made in little memory, and goes on where
it stopped. Of other people a row has the pseudonym alone. What is past its time is left out, whether a legal hold keeps it or not: nobody
learns from their archive that they are held.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# The version of all schemas together; a reader of archives asks for it first.
SCHEMA_VERSION = "1"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Row = dict[str, Any]
Schema = dict[str, Any]
# Where a page begins: after a key, or after several of them. None: at the beginning.
Place = Any

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(words: type[Any]) -> Schema:
    """A word of an enumeration."""
    return {"enum": [getattr(word, "value", word) for word in words]}


def list_of(schema: Schema) -> Schema:
    """Any number of them, in order."""
    return {"type": "array", "items": schema}


def shape(fields: Mapping[str, Schema]) -> Schema:
    """An object that has exactly these fields."""
    return {"type": "object", "properties": dict(fields), "required": list(fields), "additionalProperties": False}


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose data, and as of which moment. `ended` says of a kind of data (its code) which rows are past their time: those whose clock
    began then or earlier."""

    user_id: int
    now: datetime
    ended: Mapping[str, datetime] = field(default_factory=dict)

    def is_over(self, code: str, began: datetime) -> bool:
        """Whether a row of this kind whose clock began then should be gone."""
        return code in self.ended and began <= self.ended[code]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the place after which the next ones follow; None: these were the last. `passed` of what `ExportFile.count` counts was
    looked at for them, where that is more than the rows."""

    rows: list[Row]
    after: Place | None = None
    passed: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How a field reads on the page for people: its name, and the words of its values where it is an enumeration."""

    label: Any
    words: Mapping[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of JSON Lines. `article` is that of the GDPR: 15, or 20 for what the person gave themselves; `code` that of its retention.

    `columns` are the columns that it shows, as `app.Model.field`: a test compares them with all that there are.
    """

    name: str
    title: Any
    code: str
    basis: str
    article: int
    fields: Mapping[str, Schema]
    read: Callable[[Asked, Place | None], Page]
    count: Callable[[Asked], int]
    columns: frozenset[str]
    looks: Mapping[str, Look] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its place in the archive."""
        return f"{self.name}.jsonl"

    @property
    def schema(self) -> Schema:
        """The JSON Schema of one line."""
        return {"$schema": DIALECT, "$id": f"urn:resaka:export:{SCHEMA_VERSION}:{self.name}", "title": self.name, **shape(self.fields)}

    def rows(self, asked: Asked) -> Iterator[Row]:
        """All rows, read a page at a time."""
        page = self.read(asked, None)
        yield from page.rows
        while page.after is not None:
            page = self.read(asked, page.after)
            yield from page.rows


@dataclass(frozen=True, slots=True)
class Medium:
    """A file that goes along: its place under `media/`, and the name under which the app finds it."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class MediaPage:
    """Some of them, and the place after which the next ones follow; None: these were the last."""

    media: list[Medium]
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class ExportMedia:
    """Files of one kind. `open` gives the bytes, None for a file that has gone meanwhile."""

    name: str
    code: str
    basis: str
    article: int
    read: Callable[[Asked, Place | None], MediaPage]
    open: Callable[[str], bytes | None]
    count: Callable[[Asked], int]


def write_line(row: Row) -> bytes:
    """A row as a line of JSON, in UTF-8. Half a surrogate pair, which UTF-8 does not know, is written as JSON's own escape."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"
