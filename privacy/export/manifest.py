"""The table of contents of an archive, for programs: what each file is, whence, and on which ground; and what is not in it, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import override

from core.clock import to_wire_exact
from core.exporting import DIALECT, FLAG, MOMENT, SCHEMA_VERSION, TEXT, Schema, list_of, shape
from privacy.enums import EntryKind
from privacy.export.omitted import say_omissions
from privacy.export.table import BY_NAME, MEDIA
from privacy.models import ExportArchive, ExportEntry

FORMAT = "resaka-export"
_SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FILE: Schema = {
    "type": "object",
    "properties": {
        "path": TEXT,
        "part": {"type": "integer", "minimum": 1},
        "bytes": _COUNT,
        "sha256": _SHA256,
        "rows": _COUNT,
        "truncated": FLAG,
        "schema": TEXT,
        "title": TEXT,
        "code": TEXT,
        "basis": TEXT,
        "article": {"enum": [15, 20]},
    },
    "required": ["path", "part", "bytes", "sha256"],
    # A file of rows says how many, and as which schema.
    "dependentRequired": {"schema": ["rows"], "rows": ["schema"]},
}
# What the manifest itself is like; it may say more.
MANIFEST_SCHEMA: Schema = {
    "$schema": DIALECT,
    "$id": f"urn:resaka:export:{SCHEMA_VERSION}:manifest",
    "title": "manifest",
    "type": "object",
    "properties": {
        "format": {"const": FORMAT},
        "schema_version": {"const": SCHEMA_VERSION},
        "files": list_of(_FILE),
        "as_of": MOMENT,
        "created_at": MOMENT,
        "parts": {"type": "integer", "minimum": 1},
        **dict.fromkeys(("site", "origin", "export", "request", "person", "jurisdiction", "language"), TEXT),
        "left_out": list_of(shape({"reason": TEXT, "words": TEXT, "columns": list_of(TEXT)})),
    },
    "required": ["format", "schema_version", "files"],
}
_MEDIA = {one.name: one for one in MEDIA}


def make_manifest(archive: ExportArchive, entries: Sequence[ExportEntry], *, now: datetime) -> dict[str, Any]:
    """The manifest of these files. `as_of` is the moment as of which rows were chosen, `created_at` when the archive was finished."""
    with override(archive.language):
        return {
            "format": FORMAT,
            "schema_version": SCHEMA_VERSION,
            "site": settings.SITE_NAME,
            "origin": settings.ORIGIN,
            "export": archive.public_id,
            "request": archive.request.public_id,
            "person": archive.user.public_id,
            "as_of": to_wire_exact(archive.asked_at),
            "created_at": to_wire_exact(now),
            "jurisdiction": archive.user.jurisdiction,
            "language": archive.language,
            "parts": max((entry.part for entry in entries), default=1),
            "files": [_file(entry) for entry in entries],
            "left_out": say_omissions(),
        }


def _file(entry: ExportEntry) -> dict[str, Any]:
    about = {"path": entry.path, "part": entry.part, "bytes": entry.size, "sha256": entry.sha256}
    if entry.kind == EntryKind.DATA:
        file = BY_NAME[entry.source]
        ground = {"title": str(file.title), "code": file.code, "basis": file.basis, "article": file.article}
        return about | {"rows": entry.rows, "truncated": entry.truncated, "schema": f"schema/{file.name}.json"} | ground
    if entry.kind == EntryKind.MEDIA:
        media = _MEDIA[entry.source]
        return about | {"code": media.code, "basis": media.basis, "article": media.article}
    return about
