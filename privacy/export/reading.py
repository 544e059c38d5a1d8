"""Reading an archive: whoever takes their data elsewhere can show with this that nothing is missing and nothing was changed.

An archive comes from outside, so nothing of it is believed: every name has to stay inside, every file has to be in the manifest with its
length and its digest, every line has to be as its schema says. What does not agree is named. Files are read line by line.
"""

from __future__ import annotations

import hashlib
import json
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, best_match

from core.exporting import Row
from privacy.export.manifest import MANIFEST_SCHEMA
from privacy.export.packing import UnsafePath, check_path

MANIFEST = "manifest.json"
_LONGEST_LINE = 32_000_000
_MOST_MANIFEST = 200_000_000
_CHUNK = 1024 * 1024
_ENCRYPTED = 1
# What the module says of bytes that are no ZIP, or a broken one; it promises less.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    ValueError,
)
_formats = FormatChecker(formats=("date", "uuid"))


class ArchiveDamaged(ValueError):
    """Something of an archive is not as it says: `path` where, `why` in a word that tests and callers know."""

    def __init__(self, path: str, why: str, detail: str = "") -> None:
        super().__init__(f"{path}: {why} {detail}".rstrip())
        self.path = path
        self.why = why


@_formats.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    """An instant with its zone, as RFC 3339 has it."""
    return not isinstance(value, str) or (value[10:11] == "T" and datetime.fromisoformat(value).tzinfo is not None)


_MANIFEST = Draft202012Validator(MANIFEST_SCHEMA, format_checker=_formats)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that was checked. `files` are those of the manifest by their paths."""

    manifest: Mapping[str, Any]
    files: Mapping[str, Mapping[str, Any]]
    _where: Mapping[str, zipfile.ZipFile]

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of a file, one after the other.

        Raises:
            KeyError: there is no such file.
        """
        path = f"{name}.jsonl"
        with self._where[path].open(path) as file:
            for line in file:
                yield json.loads(line)

    def read(self, path: str) -> bytes:
        """A whole file, as a picture is read.

        Raises:
            KeyError.
        """
        return self._where[path].read(path)


def open_archive(parts: Sequence[IO[bytes]]) -> Archive:
    """The archive of these parts, in any order, after all of it was looked at.

    Raises:
        ArchiveDamaged.
    """
    zips = [_open_zip(part, number) for number, part in enumerate(parts, start=1)]
    where = _list_names(zips)
    manifest = _read_manifest(where)
    files = {entry["path"]: entry for entry in manifest["files"]}
    _compare(files, where)
    for path, entry in files.items():
        _check_bytes(where[path], entry)
    for entry in files.values():
        if "schema" in entry:
            _check_rows(where, entry)
    return Archive(manifest, files, where)


def _open_zip(part: IO[bytes], number: int) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(part)
    except _UNREADABLE as error:
        raise ArchiveDamaged(f"part {number}", "not_a_zip") from error


def _list_names(zips: Sequence[zipfile.ZipFile]) -> dict[str, zipfile.ZipFile]:
    where: dict[str, zipfile.ZipFile] = {}
    for one in zips:
        for info in one.infolist():
            _check_name(info)
            if info.filename in where:
                raise ArchiveDamaged(info.filename, "twice")
            where[info.filename] = one
    return where


def _check_name(info: zipfile.ZipInfo) -> None:
    """`orig_filename` is what stands in the file; the module cuts at a null byte, behind which something else may hide."""
    try:
        check_path(info.orig_filename)
    except UnsafePath as error:
        raise ArchiveDamaged(info.orig_filename[:80], "unsafe_path") from error
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ArchiveDamaged(info.filename, "link")
    if info.flag_bits & _ENCRYPTED:
        raise ArchiveDamaged(info.filename, "encrypted")


def _read_manifest(where: Mapping[str, zipfile.ZipFile]) -> dict[str, Any]:
    if MANIFEST not in where:
        raise ArchiveDamaged(MANIFEST, "missing")
    if where[MANIFEST].getinfo(MANIFEST).file_size > _MOST_MANIFEST:
        raise ArchiveDamaged(MANIFEST, "too_long")
    try:
        found = json.loads(where[MANIFEST].read(MANIFEST))
    except _UNREADABLE as error:
        raise ArchiveDamaged(MANIFEST, "unreadable") from error
    fault = best_match(_MANIFEST.iter_errors(found))
    if fault is not None:
        raise ArchiveDamaged(MANIFEST, "unknown_format", fault.message[:200])
    return dict(found)


def _compare(files: Mapping[str, Any], where: Mapping[str, zipfile.ZipFile]) -> None:
    there, told = set(where) - {MANIFEST}, set(files)
    for path in sorted(told - there):
        raise ArchiveDamaged(path, "missing")
    for path in sorted(there - told):
        raise ArchiveDamaged(path, "not_in_manifest")


def _check_bytes(archive: zipfile.ZipFile, entry: Mapping[str, Any]) -> None:
    """Length and digest, read as a stream; one that unpacks to more than it says is left at that."""
    path, digest, size = entry["path"], hashlib.sha256(), 0
    try:
        with archive.open(path) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                if size > entry["bytes"]:
                    break
    except _UNREADABLE as error:
        raise ArchiveDamaged(path, "unreadable") from error
    if size != entry["bytes"]:
        raise ArchiveDamaged(path, "length")
    if digest.hexdigest() != entry["sha256"]:
        raise ArchiveDamaged(path, "digest")


def _check_rows(where: Mapping[str, zipfile.ZipFile], entry: Mapping[str, Any]) -> None:
    path, judge, rows = entry["path"], _judge(where, entry), 0
    with where[path].open(path) as file:
        while line := file.readline(_LONGEST_LINE):
            rows += 1
            fault = best_match(judge.iter_errors(_parse(path, line, rows)))
            if fault is not None:
                raise ArchiveDamaged(path, "schema", f"line {rows}: {fault.message[:200]}")
    if rows != entry["rows"]:
        raise ArchiveDamaged(path, "rows")


def _parse(path: str, line: bytes, number: int) -> Any:
    with suppress(ValueError):
        if line.endswith(b"\n"):
            return json.loads(line)
    raise ArchiveDamaged(path, "not_json", f"line {number}")


def _judge(where: Mapping[str, zipfile.ZipFile], entry: Mapping[str, Any]) -> Draft202012Validator:
    path = entry["schema"]
    if path not in where:
        raise ArchiveDamaged(path, "missing")
    try:
        schema = json.loads(where[path].read(path))
        Draft202012Validator.check_schema(schema)
    except (ValueError, SchemaError) as error:
        raise ArchiveDamaged(path, "unreadable") from error
    return Draft202012Validator(schema, format_checker=_formats)
