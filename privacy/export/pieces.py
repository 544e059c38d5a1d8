"""The bytes of archives at rest: pieces, each sealed under its person's key, in the storage `exports`.

They are not among the media: no backup holds them, since they can be made again, and they go after a week. A piece that was written and
never noted, because its process ended between the two, is written over by the next try.
"""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from core.sealing import open_sealed, seal
from privacy.models import ExportArchive

STORAGE = "exports"


def write_piece(archive: ExportArchive, entry: int, piece: int, data: bytes) -> None:
    """Keep a piece; one of the same numbers is replaced."""
    blob = seal(_scope(archive), data, _ad(archive, entry, piece))
    _storage().save(_name(archive.public_id, entry, piece), ContentFile(blob))


def read_piece(archive: ExportArchive, entry: int, piece: int) -> bytes:
    """A piece as it was written.

    Raises:
        core.sealing.SealingError: damaged, or the person's key was destroyed; FileNotFoundError.
    """
    with _storage().open(_name(archive.public_id, entry, piece)) as file:
        return open_sealed(_scope(archive), file.read(), _ad(archive, entry, piece))


def drop_pieces(public_id: str) -> int:
    """Delete all pieces of an archive; how many. Doing it twice changes nothing."""
    storage = _storage()
    try:
        _folders, names = storage.listdir(public_id)
    except FileNotFoundError:
        return 0
    for name in names:
        storage.delete(f"{public_id}/{name}")
    storage.delete(public_id)
    return len(names)


def _storage() -> Storage:
    return storages[STORAGE]


def _scope(archive: ExportArchive) -> str:
    return f"user:{archive.user_id}"


def _name(public_id: str, entry: int, piece: int) -> str:
    return f"{public_id}/{entry:06}-{piece:06}"


def _ad(archive: ExportArchive, entry: int, piece: int) -> str:
    """Binds a piece to its place, so that none is put in another's."""
    return f"privacy.ExportArchive:{archive.public_id}:{entry}:{piece}"
