"""Handing an archive out: the ZIP of a part, from any byte to any other, opened piece by piece as it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from privacy.export.finishing import member_of
from privacy.export.packing import Segment, cut, lay_out, length_of
from privacy.export.pieces import read_piece
from privacy.models import ExportPart

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z")


class RangeUnsatisfiable(ValueError):
    """A part of the file was asked for that it does not have."""


@dataclass(frozen=True, slots=True)
class Zip:
    """A part as a file: `tag` is the same for the same bytes."""

    name: str
    length: int
    tag: str
    segments: list[Segment]

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to but without `end`. A person whose key is destroyed meanwhile gets no more of it.

        Raises:
            core.sealing.SealingError.
        """
        return cut(self.segments, start=start, end=end)


def open_zip(part: ExportPart) -> Zip:
    """The ZIP of a part; nothing of it is opened yet. One query."""
    archive = part.archive
    assert archive.built_at is not None
    members = [member_of(entry) for entry in archive.entries.filter(part=part.number).order_by("number")]
    numbered = f"-{part.number}-of-{archive.parts}" if archive.parts > 1 else ""
    return Zip(
        name=f"resaka-export-{archive.public_id}-{archive.built_at:%Y-%m-%d}{numbered}.zip",
        length=length_of(members),
        tag=f'"{archive.sha256[:32]}-{part.number}"',
        segments=list(lay_out(members, at=archive.built_at, read=partial(read_piece, archive))),
    )


def read_range(header: str, length: int) -> tuple[int, int] | None:
    """From where up to which byte (excluded) a `Range` asks; None for the whole file, also where it asks for more than one range or in
    another unit, which a server may leave aside (RFC 9110, 14.2).

    Raises:
        RangeUnsatisfiable.
    """
    found = _RANGE.match(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first == "":
        start, end = max(0, length - int(last)), length
    else:
        start, end = int(first), min(int(last) + 1, length) if last else length
    if start >= length or start >= end:
        raise RangeUnsatisfiable(header[:40])
    return start, end
