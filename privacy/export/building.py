"""Making an archive: a page of a file after the other, each sealed and noted before the next is read.

It is done in turns of some seconds, so that a process which carries out much else is not held up by one person's hundred thousand
messages. What was noted is never read again: a worker that is killed loses its last page, and the next one makes it anew. Rows come from
a replica where there is one (`core.replica`).
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import F

from core.exporting import Asked, ExportFile, ExportMedia, MediaPage, Medium, Page, Place, write_line
from core.outbox import publish
from core.replica import from_replica
from privacy.enums import ArchiveState, EntryKind
from privacy.events import ExportsDropped
from privacy.export.finishing import finish
from privacy.export.packing import check_path, deflate, inflate
from privacy.export.pieces import drop_pieces, read_piece, write_piece
from privacy.export.table import BY_NAME, FILES, MEDIA
from privacy.export.turns import MOST_TRIES, Turn, TurnLost, is_wanted, take_turn
from privacy.models import ExportArchive, ExportEntry
from privacy.queries.reaches import list_ended
from privacy.services.archives import KEPT, cancel

logger = logging.getLogger("resaka.privacy")

TURN_SECONDS = 5.0
# Of one file, packed: far below what a ZIP without its extensions holds. Rows beyond are left out, and the manifest says so.
MOST_BYTES = 2_000_000_000
_PIECE = 1024 * 1024


def continue_export(*, archive_id: int, now: datetime, seconds: float = TURN_SECONDS) -> bool:
    """Work for some seconds on an archive, one step at least, and have the outbox go on with it; False when it was not this call's to
    work on.

    It is cut off when its request is open no longer, and given up after eight turns that brought it no further: then its request stays
    open, and the team sees its day come near.
    """
    turn = take_turn(archive_id=archive_id, now=now)
    if turn is None:
        return False
    archive = ExportArchive.objects.select_related("user", "request").get(pk=archive_id)
    try:
        if archive.tries > MOST_TRIES:
            _give_up(archive, turn)
        else:
            _work(archive, turn, seconds)
    except TurnLost:
        _clear(archive)
        return False
    return True


def _work(archive: ExportArchive, turn: Turn, seconds: float) -> None:
    maker = _Maker(archive, turn)
    while is_wanted(archive):
        if not maker.step():
            finish(archive, turn)
            return
        if turn.seconds >= seconds:
            turn.pass_on()
            return
    with transaction.atomic():
        cancel(ExportArchive.objects.filter(pk=archive.pk), now=turn.now)


def _give_up(archive: ExportArchive, turn: Turn) -> None:
    with transaction.atomic():
        turn.note(state=ArchiveState.FAILED, open_key=None, lease="", lease_until=None, expires_at=turn.now + KEPT)
        publish(ExportsDropped(public_ids=(archive.public_id,)))
    logger.error("export given up", extra={"fields": {"archive": archive.public_id, "request": archive.request.public_id}})


def _clear(archive: ExportArchive) -> None:
    """Whoever lost their turn may have written a piece since the others were dropped."""
    kept = (ArchiveState.ASKED, ArchiveState.BUILDING, ArchiveState.READY)
    if not ExportArchive.objects.filter(pk=archive.pk, state__in=kept).exists():
        drop_pieces(archive.public_id)


class _Maker:
    """One step after the other, as far as the archive's rows say that they were done."""

    def __init__(self, archive: ExportArchive, turn: Turn) -> None:
        self._archive, self._turn = archive, turn
        ended = list_ended(jurisdiction=archive.user.jurisdiction, now=archive.asked_at)
        self._asked = Asked(user_id=archive.user_id, now=archive.asked_at, ended=ended)

    def step(self) -> bool:
        """Do what is next and note it; False when all was read.

        Raises:
            TurnLost.
        """
        if self._archive.all_rows is None:
            self._count()
        elif (entry := self._next_entry()) is not None:
            self._take_page(entry)
        elif (media := self._next_media()) is not None:
            self._take_media(media)
        else:
            return False
        return True

    def _count(self) -> None:
        self._archive.all_rows = _count_all(self._asked)
        self._turn.note(all_rows=self._archive.all_rows)

    def _next_entry(self) -> ExportEntry | None:
        """The file that is not finished, else the next that was not begun."""
        known = {entry.source: entry for entry in self._archive.entries.filter(kind=EntryKind.DATA)}
        for file in FILES:
            entry = known.get(file.name)
            if entry is None:
                return ExportEntry(
                    archive=self._archive, number=len(known), kind=EntryKind.DATA, source=file.name, path=check_path(file.path)
                )
            if not entry.done:
                return entry
        return None

    def _take_page(self, entry: ExportEntry) -> None:
        page = _read_page(BY_NAME[entry.source], self._asked, entry.after)
        data = b"".join(write_line(row) for row in page.rows)
        entry.done = page.after is None or sum(length for _name, length in entry.pieces) > MOST_BYTES
        entry.truncated = entry.done and page.after is not None
        packed = deflate(data, last=entry.done)
        entry.pieces = [*entry.pieces, [write_piece(self._archive, packed), len(packed)]]
        entry.rows, entry.size, entry.crc = entry.rows + len(page.rows), entry.size + len(data), zlib.crc32(data, entry.crc)
        entry.after = page.after
        if entry.done:
            entry.sha256 = _digest(self._archive, entry)
        passed = len(page.rows) if page.passed is None else page.passed
        with transaction.atomic():
            self._turn.note(done_rows=F("done_rows") + passed)
            entry.save()

    def _next_media(self) -> ExportMedia | None:
        return next((one for one in MEDIA if not self._archive.place.get(one.name, {}).get("done")), None)

    def _take_media(self, source: ExportMedia) -> None:
        page = _read_media(source, self._asked, self._archive.place.get(source.name, {}).get("after"))
        number = self._archive.entries.count()
        made: list[ExportEntry] = []
        for medium in page.media:
            data = source.open(medium.name)
            if data is not None:  # gone since its row was read
                made.append(self._keep(source, medium, data, number + len(made)))
        place = self._archive.place | {source.name: {"after": page.after, "done": page.after is None}}
        with transaction.atomic():
            self._turn.note(place=place, done_rows=F("done_rows") + len(page.media))
            ExportEntry.objects.bulk_create(made)
        self._archive.place = place

    def _keep(self, source: ExportMedia, medium: Medium, data: bytes, number: int) -> ExportEntry:
        """A file as it is: images are packed already."""
        return ExportEntry(
            archive=self._archive,
            number=number,
            kind=EntryKind.MEDIA,
            source=source.name,
            path=check_path(f"media/{medium.path}"),
            size=len(data),
            crc=zlib.crc32(data),
            sha256=hashlib.sha256(data).hexdigest(),
            deflated=False,
            pieces=[[write_piece(self._archive, piece), len(piece)] for piece in _slices(data)],
            done=True,
        )


@from_replica
def _count_all(asked: Asked) -> int:
    return sum(file.count(asked) for file in FILES) + sum(media.count(asked) for media in MEDIA)


@from_replica
def _read_page(file: ExportFile, asked: Asked, after: Place | None) -> Page:
    return file.read(asked, after)


@from_replica
def _read_media(media: ExportMedia, asked: Asked, after: Place | None) -> MediaPage:
    return media.read(asked, after)


def _digest(archive: ExportArchive, entry: ExportEntry) -> str:
    """SHA-256 of a whole file, read back from where it lies: so what is handed out later was readable once."""
    found = hashlib.sha256()
    for data in inflate(read_piece(archive, name) for name, _length in entry.pieces):
        found.update(data)
    return found.hexdigest()


def _slices(data: bytes) -> Iterator[bytes]:
    for first in range(0, len(data), _PIECE):
        yield data[first : first + _PIECE]
