"""The bytes of archives at rest: pieces, each sealed under its person's key and under a name of its own, in the storage `exports`.

They are not among the media: no backup holds them, since they can be made again, and they go after a week. A name is never used twice: what
a worker writes whom others took for dead lies beside what counts, not over it, until the archive goes.
"""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from core.ids import new_public_id
from core.sealing import open_sealed, seal
from privacy.models import ExportArchive

STORAGE = "exports"


def write_piece(archive: ExportArchive, data: bytes) -> str:
    """Keep a piece; its name. Nobody knows of it before somebody has noted that."""
    name = new_public_id()
    _storage().save(f"{archive.public_id}/{name}", ContentFile(seal(_scope(archive), data, _ad(archive, name))))
    return name


def read_piece(archive: ExportArchive, name: str) -> bytes:
    """A piece as it was written.

    Raises:
        core.sealing.SealingError: damaged, moved, or the person's key was destroyed; FileNotFoundError.
    """
    with _storage().open(f"{archive.public_id}/{name}") as file:
        return open_sealed(_scope(archive), file.read(), _ad(archive, name))


def drop_pieces(public_id: str) -> int:
    """Delete all pieces of an archive, also those that nobody noted; how many. Doing it twice changes nothing."""
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


def _ad(archive: ExportArchive, name: str) -> str:
    """Binds a piece to its archive and its name, so that none is put in another's place."""
    return f"privacy.ExportArchive:{archive.public_id}:{name}"
