"""The ZIP: what other programs read in it, cut anywhere, in parts; and names that might lie outside of it."""

from __future__ import annotations

import io
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.export.handing import RangeUnsatisfiable, read_range
from privacy.export.packing import Member, UnsafePath, check_path, cut, deflate, divide, inflate, lay_out, length_of

AT = datetime(2026, 11, 26, 10, 20, 31, tzinfo=UTC)
Pieces = dict[str, bytes]


def member(pieces: Pieces, path: str, texts: list[bytes], *, deflated: bool = True) -> Member:
    """A file out of these pieces, which are put where the ZIP will read them."""
    packed = [deflate(text, last=False) for text in texts] + [deflate(b"", last=True)] if deflated else texts
    named = {f"{path}:{count}": piece for count, piece in enumerate(packed)}
    pieces.update(named)
    data = b"".join(texts)
    return Member(path, deflated, zlib.crc32(data), len(data), [(name, len(piece)) for name, piece in named.items()])


def zip_of(pieces: Pieces, members: list[Member]) -> bytes:
    return b"".join(one.read() for one in lay_out(members, at=AT, read=pieces.__getitem__))


def test_other_programs_read_it() -> None:
    pieces: Pieces = {}
    lines, picture = [b'{"a":1}\n' * 1000, "«é»\n".encode()], bytes(range(256)) * 10
    members = [
        member(pieces, "messages.jsonl", lines),
        member(pieces, "media/images/x.webp", [picture[:1000], picture[1000:]], deflated=False),
        member(pieces, "empty.jsonl", []),
    ]
    data = zip_of(pieces, members)
    assert len(data) == length_of(members)
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        assert found.namelist() == ["messages.jsonl", "media/images/x.webp", "empty.jsonl"]
        assert (found.read("messages.jsonl"), found.read("media/images/x.webp"), found.read("empty.jsonl")) == (
            b"".join(lines),
            picture,
            b"",
        )
        assert [info.date_time for info in found.infolist()] == [(2026, 11, 26, 10, 20, 30)] * 3
        assert {info.external_attr >> 16 for info in found.infolist()} == {0o600}


@given(
    files=st.lists(st.tuples(st.lists(st.binary(max_size=200), max_size=4), st.booleans()), max_size=4),
    first=st.floats(0, 1),
    last=st.floats(0, 1),
)
def test_whatever_lies_in_it_any_cut_is_what_the_whole_has_there(files: list[tuple[list[bytes], bool]], first: float, last: float) -> None:
    pieces: Pieces = {}
    members = [member(pieces, f"f{number}", texts, deflated=deflated) for number, (texts, deflated) in enumerate(files)]
    data = zip_of(pieces, members)
    start, end = sorted((int(first * len(data)), int(last * len(data))))
    segments = list(lay_out(members, at=AT, read=pieces.__getitem__))
    assert b"".join(cut(segments, start=start, end=end)) == data[start:end]
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert [found.read(f"f{number}") for number in range(len(files))] == [b"".join(texts) for texts, _deflated in files]


def test_what_lies_before_a_cut_is_not_read() -> None:
    pieces: Pieces = {}
    members = [member(pieces, f"f{number}", [bytes([number]) * 5000], deflated=False) for number in range(3)]
    read: list[str] = []

    def reading(name: str) -> bytes:
        read.append(name)
        return pieces[name]

    begin = sum(one.packed + 32 for one in members[:2]) + 100
    segments = lay_out(members, at=AT, read=reading)
    assert b"".join(cut(segments, start=begin, end=begin + 10)) == b"\x02" * 10
    assert read == ["f2:0"]


@given(st.lists(st.binary(max_size=3000), max_size=6))
def test_pieces_deflated_apart_are_one_stream(texts: list[bytes]) -> None:
    packed = [deflate(text, last=number == len(texts) - 1) for number, text in enumerate(texts)] or [deflate(b"", last=True)]
    assert b"".join(inflate(packed)) == b"".join(texts)
    assert zlib.decompress(b"".join(packed), -zlib.MAX_WBITS) == b"".join(texts)


def sized(number: int, size: int) -> Member:
    return Member(f"f{number}", False, 0, size, [(f"{number}", size)])


def test_parts_keep_the_order_and_their_size() -> None:
    members = [sized(number, 1000) for number in range(5)]
    parts = divide(members, most=2500)
    assert [[int(one.path[1:]) for one in some] for some in parts] == [[0, 1], [2, 3], [4]]
    assert all(length_of(some) <= 2500 for some in parts)


def test_a_file_too_large_for_a_part_has_one_to_itself() -> None:
    members = [sized(0, 10), sized(1, 9000), sized(2, 10)]
    assert [[int(one.path[1:]) for one in some] for some in divide(members, most=2500)] == [[0], [1], [2]]


def test_the_first_part_keeps_room_for_what_is_written_last() -> None:
    members = [sized(number, 1000) for number in range(3)]
    assert [[int(one.path[1:]) for one in some] for some in divide(members, most=3500, reserved=2000)] == [[0], [1, 2]]
    assert divide([], most=100) == [[]]


@pytest.mark.parametrize("path", ["account.jsonl", "media/images/abc.webp", "schema/room_deeds.json", "a-b.c_d/e"])
def test_our_own_names_stay_inside(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *("../x", "a/../x", "/etc/passwd", "a//b", "a/", "", ".", "..", ".hidden", "a/.b", "C:x", "a\\b", "a\x00b", "a b", "é", "A"),
        *("a\n", "con:", "a" * 201, "a/b/../../../c", "a\u202eb"),
    ],
)
def test_no_other_name_gets_in(path: str) -> None:
    with pytest.raises(UnsafePath):
        check_path(path)


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-", (0, 100)),
        ("bytes=40-", (40, 100)),
        ("bytes=40-49", (40, 50)),
        ("bytes=0-0", (0, 1)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=99-", (99, 100)),
    ],
)
def test_ranges(header: str, span: tuple[int, int]) -> None:
    assert read_range(header, 100) == span


@pytest.mark.parametrize(
    "header", ["", "bytes=", "bytes=-", "bytes=0-1,5-9", "lines=0-1", "bytes=a-b", "bytes=1", "bytes=9999999999999999-"]
)
def test_what_is_no_single_range_is_left_aside(header: str) -> None:
    assert read_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=200-300", "bytes=50-49", "bytes=-0"])
def test_what_the_file_does_not_have(header: str) -> None:
    with pytest.raises(RangeUnsatisfiable):
        read_range(header, 100)
