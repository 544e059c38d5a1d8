"""How an archive lies as a ZIP file. Everything of it is known before its first byte is sent: so its length can be told, and a download
that broke off goes on in the middle.

Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16. A part has less than 4 GB and 65 535 files, so nothing of ZIP64 is
needed. A file of many pieces is one stream of deflate: each piece ends at a byte (`Z_FULL_FLUSH`), the last one ends the stream (RFC 1951).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION = 20  # folders and deflate
_UNIX = 3 << 8
_MODE = 0o600 << 16
_UTF8 = 1 << 11
_DEFLATED, _STORED = 8, 0
_FIRST_YEAR = 1980
_MOST_FILES = 60_000
# Names of ours alone: no way up, no root, no drive, nothing that two systems read differently.
_SAFE = re.compile(r"[a-z0-9][a-z0-9_.-]*(?:/[a-z0-9][a-z0-9_.-]*)*\Z")


class UnsafePath(ValueError):
    """A name that might lie outside of the folder into which an archive is unpacked."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive; `pieces` are what it lies in, each by a name for whoever reads it and its length in the ZIP."""

    path: str
    deflated: bool
    crc: int
    size: int
    pieces: Sequence[tuple[str, int]]

    @property
    def packed(self) -> int:
        """Its length in the ZIP."""
        return sum(length for _name, length in self.pieces)

    @property
    def room(self) -> int:
        """What it takes there with both of its headers."""
        return _LOCAL.size + _CENTRAL.size + 2 * len(self.path.encode()) + self.packed


@dataclass(frozen=True, slots=True)
class Segment:
    """Some bytes of the ZIP: how many, and how to get them."""

    length: int
    read: Callable[[], bytes]


# Reads a piece by its name.
ReadPiece = Callable[[str], bytes]


def check_path(path: str) -> str:
    """The path, if it stays inside of the archive wherever that is unpacked.

    Raises:
        UnsafePath.
    """
    if not _SAFE.match(path) or len(path) > 200:
        raise UnsafePath(path[:200])
    return path


def deflate(data: bytes, *, last: bool) -> bytes:
    """A piece of a file, compressed so that it can be set behind the pieces before it."""
    squeezer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return squeezer.compress(data) + squeezer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)


def inflate(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What was deflated, piece by piece."""
    opener = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in pieces:
        yield opener.decompress(piece)
    yield opener.flush()


def divide(members: Sequence[Member], *, most: int, reserved: int = 0) -> list[list[Member]]:
    """The files in parts of at most `most` bytes each, in their order; one that is larger alone has a part to itself. Of the first part
    `reserved` bytes are kept free."""
    parts: list[list[Member]] = [[]]
    taken = _END.size + reserved
    for member in members:
        if parts[-1] and (taken + member.room > most or len(parts[-1]) >= _MOST_FILES):
            parts.append([])
            taken = _END.size
        parts[-1].append(member)
        taken += member.room
    return parts


def length_of(members: Sequence[Member]) -> int:
    """How long the ZIP of these files is."""
    return _END.size + sum(member.room for member in members)


def lay_out(members: Sequence[Member], *, at: datetime, read: ReadPiece) -> Iterator[Segment]:
    """The ZIP from its first byte to its last; nothing is read before a segment is."""
    stamp, offsets, place = _stamp(at), [], 0
    for member in members:
        head = _local(member, stamp)
        offsets.append(place)
        place += len(head) + member.packed
        yield _ready(head)
        for name, length in member.pieces:
            yield Segment(length, _reader(read, name))
    centre = b"".join(_central(member, stamp, offset) for member, offset in zip(members, offsets, strict=True))
    end = _END.pack(b"PK\x05\x06", 0, 0, len(members), len(members), len(centre), place, 0)
    yield _ready(centre + end)


def cut(segments: Iterable[Segment], *, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` up to but without `end`; what lies before is passed over unread."""
    place = 0
    for segment in segments:
        first, last = max(start - place, 0), min(end - place, segment.length)
        if first < last:
            yield segment.read()[first:last]
        place += segment.length
        if place >= end:
            return


def _ready(data: bytes) -> Segment:
    return Segment(len(data), lambda: data)


def _reader(read: ReadPiece, name: str) -> Callable[[], bytes]:
    return lambda: read(name)


def _stamp(at: datetime) -> tuple[int, int]:
    """Time and date as MS-DOS wrote them."""
    year = max(at.year, _FIRST_YEAR) - _FIRST_YEAR
    return at.hour << 11 | at.minute << 5 | at.second // 2, year << 9 | at.month << 5 | at.day


def _local(member: Member, stamp: tuple[int, int]) -> bytes:
    name = check_path(member.path).encode()
    method = _DEFLATED if member.deflated else _STORED
    return _LOCAL.pack(b"PK\x03\x04", _VERSION, _UTF8, method, *stamp, member.crc, member.packed, member.size, len(name), 0) + name


def _central(member: Member, stamp: tuple[int, int], offset: int) -> bytes:
    name = member.path.encode()
    method = _DEFLATED if member.deflated else _STORED
    sizes = (member.crc, member.packed, member.size, len(name), 0, 0, 0, 0, _MODE, offset)
    return _CENTRAL.pack(b"PK\x01\x02", _UNIX | _VERSION, _VERSION, _UTF8, method, *stamp, *sizes) + name
