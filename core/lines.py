"""Files that only grow: lines are appended and on the disk before anybody goes on, for what must survive the loss of a database."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable
from pathlib import Path

_PRIVATE = 0o600
_FOLDER = 0o700


def append_lines(file: Path, lines: Iterable[str]) -> None:
    """Append whole lines (ASCII) and wait until the disk has them. Processes take turns; a line that a killed one left without its end
    stays alone on its own.

    Raises:
        OSError: the disk is full or gone; of the lines some may be there.
    """
    grow(file, lambda: lines)


def grow(file: Path, choose: Callable[[], Iterable[str]]) -> int:
    """As `append_lines`, with lines that are chosen once it is this process's turn; how many.

    Raises:
        OSError.
    """
    file.parent.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, _PRIVATE)
    with os.fdopen(handle, "a+b", buffering=0) as out:
        fcntl.flock(handle, fcntl.LOCK_EX)
        lines = list(choose())
        if lines:
            _write_all(handle, b"".join([b"\n" if _is_torn(handle) else b"", *(line.encode("ascii") + b"\n" for line in lines)]))
            os.fsync(handle)
            sync_folder(file.parent)
        out.flush()
    return len(lines)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names of what lies in a folder: a new file is there after a power cut only then."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _is_torn(handle: int) -> bool:
    size = os.fstat(handle).st_size
    return bool(size) and os.pread(handle, 1, size - 1) != b"\n"
