"""The embedded shape has one web process: its bus, its limits and its jobs live in memory, and a second one would not hear the first."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

_held: list[int] = []


class AlreadyRunning(Exception):
    """Another process serves this data folder; the text says which."""


def claim_folder(folder: Path) -> None:
    """Keep `folder` for this process until it ends, however it ends.

    Raises:
        AlreadyRunning.
    """
    path = folder / "web.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(handle, 20).decode("ascii", "replace").strip() or "unknown"
        os.close(handle)
        raise AlreadyRunning(
            f"Resaka already serves {folder} (process {holder}). The embedded shape has one web process: stop that one, "
            "choose another RESAKA_DATA_DIR, or move to RESAKA_SHAPE=server (docs/operations.md)."
        ) from error
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())
    _held.append(handle)  # closing it would give the folder away
