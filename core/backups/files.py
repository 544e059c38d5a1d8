"""The folder of media as a stream of tar, and back."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.core.files.storage import default_storage

from core.backups.errors import Damaged

CONTENT = "tar"


def media_folder() -> Path | None:
    """Where the files of the house lie; None where they are not on this machine, and their own store copies them."""
    location = getattr(default_storage, "location", None)
    return Path(location) if location else None


def pack(folder: Path, out: IO[bytes]) -> None:
    """Write every file below a folder to a stream of tar. One that goes meanwhile is left out: somebody destroyed it.

    Raises:
        OSError.
    """
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for path in _files(folder):
            try:
                with path.open("rb") as file:
                    told = tar.gettarinfo(arcname=str(path.relative_to(folder)), fileobj=file)
                    told.uid = told.gid = 0
                    told.uname = told.gname = ""
                    tar.addfile(told, file)
            except FileNotFoundError:
                continue


def unpack(stream: IO[bytes], folder: Path) -> int:
    """Write the files of a stream of tar below a folder; how many. Nothing but files is taken, and nothing outside of it.

    Raises:
        Damaged; OSError: the disk is full.
    """
    count = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for told in tar:
                _write(tar, told, folder.resolve())
                count += 1
        while stream.read(65536):  # what fills the last block
            continue
    except tarfile.TarError as error:
        raise Damaged(f"the files cannot be read: {error}") from error
    return count


def give(folder: Path, *, like: Path) -> None:
    """Give a folder with all in it to whom another belongs: who restores is often root, and who serves never."""
    owner = like.stat()
    if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
        os.chown(folder, owner.st_uid, owner.st_gid)
        for base, folders, names in os.walk(folder):
            for name in (*folders, *names):
                os.chown(Path(base) / name, owner.st_uid, owner.st_gid)


def _write(tar: tarfile.TarFile, told: tarfile.TarInfo, folder: Path) -> None:
    """By hand: the filters of tarfile are younger than Python 3.11."""
    source, target = tar.extractfile(told) if told.isreg() else None, (folder / told.name).resolve()
    if source is None:
        raise Damaged(f"{told.name} is no file")
    if not target.is_relative_to(folder):
        raise Damaged(f"{told.name} does not lie in the folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        shutil.copyfileobj(source, out)
    target.chmod(told.mode & 0o777)


def _files(folder: Path) -> Iterator[Path]:
    for base, _folders, names in os.walk(folder):
        yield from (Path(base) / name for name in sorted(names))
