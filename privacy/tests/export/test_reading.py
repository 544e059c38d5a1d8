"""Reading an archive: whatever was changed, added, left out or hidden in it is named, and nothing of it gets outside."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from core.exporting import TEXT, WHOLE, shape, write_line
from privacy.export.reading import ArchiveDamaged, open_archive
from privacy.tests.export.factories import make_archive, zips_of

Files = dict[str, bytes]


def files(rows: list[dict[str, Any]] | None = None) -> Files:
    """A small archive, unpacked."""
    schema = json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **shape({"text": TEXT, "n": WHOLE})}).encode()
    lines = b"".join(write_line(row) for row in ([{"text": "a", "n": 1}, {"text": "b", "n": 2}] if rows is None else rows))
    return {"notes.jsonl": lines, "schema/notes.json": schema, "media/images/x.webp": b"RIFF"}


def entry(path: str, data: bytes) -> dict[str, Any]:
    about = {"path": path, "part": 1, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return about | ({"rows": data.count(b"\n"), "schema": "schema/notes.json"} if path.endswith(".jsonl") else {})


def manifest(of: Files, **changes: Any) -> dict[str, Any]:
    return {"format": "resaka-export", "schema_version": "1", "files": [entry(path, data) for path, data in of.items()]} | changes


def pack(of: Files, told: Any = None, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for path, data in of.items():
            archive.writestr(path, data)
        if told is not False:
            archive.writestr("manifest.json", json.dumps(manifest(of) if told is None else told))
    return out.getvalue()


def fault(data: bytes, *more: bytes) -> tuple[str, str]:
    with pytest.raises(ArchiveDamaged) as refused:
        open_archive([io.BytesIO(one) for one in (data, *more)])
    return refused.value.path, refused.value.why


def test_one_that_agrees_is_read() -> None:
    archive = open_archive([io.BytesIO(pack(files()))])
    assert list(archive.rows("notes")) == [{"text": "a", "n": 1}, {"text": "b", "n": 2}]
    assert archive.read("media/images/x.webp") == b"RIFF"
    with pytest.raises(KeyError):
        next(archive.rows("none"))


def test_in_two_parts() -> None:
    all_of_it = files()
    apart = {"media/images/x.webp": all_of_it["media/images/x.webp"]}
    rest = {path: data for path, data in all_of_it.items() if path not in apart}
    first, second = pack(rest, manifest(all_of_it)), pack(apart, False)
    assert open_archive([io.BytesIO(second), io.BytesIO(first)]).read("media/images/x.webp") == b"RIFF"
    assert fault(first) == ("media/images/x.webp", "missing")
    assert fault(second) == ("manifest.json", "missing")
    assert fault(first, second, second) == ("media/images/x.webp", "twice")


def changed(path: str, data: bytes) -> Callable[[], bytes]:
    return lambda: pack(files() | {path: data}, manifest(files()))


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (changed("notes.jsonl", b'{"text":"a","n":1}\n{"text":"c","n":2}\n'), ("notes.jsonl", "digest")),
        (changed("notes.jsonl", b'{"text":"a","n":1}\n'), ("notes.jsonl", "length")),
        (changed("notes.jsonl", b'{"text":"a","n":1}\n' * 100), ("notes.jsonl", "length")),
        (changed("extra.jsonl", b""), ("extra.jsonl", "not_in_manifest")),
        (lambda: pack({"schema/notes.json": b"{}"}, manifest(files())), ("media/images/x.webp", "missing")),
        (lambda: pack(files(), False), ("manifest.json", "missing")),
        (lambda: pack(files(), "text"), ("manifest.json", "unknown_format")),
        (lambda: pack(files() | {"manifest.json": b"{"}, False), ("manifest.json", "unreadable")),
        (lambda: pack(files(), {"files": "x"}), ("manifest.json", "unknown_format")),
        (lambda: pack(files(), manifest(files(), files=[{**entry("x", b""), "bytes": "1"}])), ("manifest.json", "unknown_format")),
        (lambda: pack(files(), manifest(files(), files=[{**entry("x", b""), "schema": "x"}])), ("manifest.json", "unknown_format")),
        (lambda: pack(files(), manifest(files(), format="other")), ("manifest.json", "unknown_format")),
        (lambda: pack(files(), manifest(files(), schema_version="2")), ("manifest.json", "unknown_format")),
        (lambda: pack(files(), manifest(files(), files=[{"path": "x"}])), ("manifest.json", "unknown_format")),
        (lambda: b"", ("part 1", "not_a_zip")),
        (lambda: pack(files())[:-30], ("part 1", "not_a_zip")),
    ],
)
def test_what_does_not_agree_is_named(data: Callable[[], bytes], named: tuple[str, str]) -> None:
    assert fault(data()) == named


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([{"text": "a"}], "schema"),
        ([{"text": "a", "n": "1"}], "schema"),
        ([{"text": "a", "n": 1, "more": 2}], "schema"),
        ([{"text": None, "n": 1}], "schema"),
    ],
)
def test_a_row_is_as_its_schema_says(rows: list[dict[str, Any]], why: str) -> None:
    assert fault(pack(files(rows))) == ("notes.jsonl", why)


@pytest.mark.parametrize("lines", [b"not json\n", b'{"text":"a","n":1}', b'{"text":"a","n":1}\n\n', b"[]\n", b"\xff\n"])
def test_a_line_is_one_object_and_ends(lines: bytes) -> None:
    of = files() | {"notes.jsonl": lines}
    assert fault(pack(of))[0] == "notes.jsonl"


def test_rows_are_counted() -> None:
    told = manifest(files())
    told["files"][0]["rows"] = 3
    assert fault(pack(files(), told)) == ("notes.jsonl", "rows")


def test_a_schema_that_is_none_judges_nothing() -> None:
    of = files() | {"schema/notes.json": b'{"type": 7}'}
    assert fault(pack(of)) == ("schema/notes.json", "unreadable")


@pytest.mark.parametrize("moment", ["hier", "2026-11-26", "2026-11-26T10:00:00", "2026-13-01T00:00:00Z", "2026-11-26 10:00:00Z"])
def test_a_moment_has_its_zone(moment: str) -> None:
    schema = json.dumps(shape({"at": {"type": "string", "format": "date-time"}})).encode()
    of = {"notes.jsonl": write_line({"at": moment}), "schema/notes.json": schema}
    assert fault(pack(of)) == ("notes.jsonl", "schema")
    assert open_archive([io.BytesIO(pack(of | {"notes.jsonl": write_line({"at": "2026-11-26T10:00:00.000001Z"})}))])


# ---- Out of the folder -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\x", "..\\x", "a/./b", ".ssh/authorized_keys", "a\nb"]
)
def test_no_name_leads_outside(path: str) -> None:
    assert fault(pack(files() | {path: b"x"}))[1] == "unsafe_path"


def test_nothing_hides_behind_a_null_byte() -> None:
    data = pack(files() | {"notes.jsonlX../../evil": b"x"}, manifest(files()))
    assert fault(data.replace(b"notes.jsonlX../../evil", b"notes.jsonl\x00../../evil"))[1] == "unsafe_path"


def test_a_link_is_none_of_ours() -> None:
    out = io.BytesIO(pack(files()))
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo("media/images/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert fault(out.getvalue()) == ("media/images/link", "link")


def test_the_same_name_twice_is_refused() -> None:
    out = io.BytesIO(pack(files()))
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("notes.jsonl", b"")
    assert fault(out.getvalue()) == ("notes.jsonl", "twice")


def test_what_unpacks_to_more_than_it_says_is_left_at_that() -> None:
    of = files() | {"media/images/x.webp": bytes(50_000_000)}
    data = pack(of, manifest(files()))
    assert len(data) < 200_000
    assert fault(data) == ("media/images/x.webp", "length")


@pytest.mark.django_db
def test_a_real_one_changed_anywhere_is_refused(amina: User) -> None:
    """A bit in the middle of what each file holds; where nothing is, nothing can be changed."""
    [data] = zips_of(make_archive(amina))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        places = [
            (info.filename, info.header_offset + 30 + len(info.filename) + info.compress_size // 2)
            for info in archive.infolist()
            if info.compress_size > 10
        ]
    assert len(places) > 60
    for path, place in places[::5]:
        spoilt = bytearray(data)
        spoilt[place] ^= 1
        with pytest.raises(ArchiveDamaged):
            open_archive([io.BytesIO(bytes(spoilt))])
        assert open_archive([io.BytesIO(data)]).read(path) is not None


@given(noise=st.binary(max_size=400), at=st.floats(0, 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_noise_is_refused_in_words_and_never_breaks_the_reader(noise: bytes, at: float) -> None:
    data = pack(files())
    place = int(at * len(data))
    spoilt = data[:place] + noise + data[place + len(noise) :]
    try:
        archive = open_archive([io.BytesIO(spoilt)])
    except ArchiveDamaged:
        return
    assert list(archive.rows("notes")) == [{"text": "a", "n": 1}, {"text": "b", "n": 2}]
