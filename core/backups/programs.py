"""The programs of MariaDB that copy a database and put it back: called with their passwords in a private file, never in their arguments."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from core.backups.errors import BackupError

# The Debian package of each.
_PACKAGES = {"mariadb-backup": "mariadb-backup", "mbstream": "mariadb-backup"}
_TOLD = 1500
# Times on the command line are meant in UTC, wherever the machine stands.
_ENVIRONMENT = {**os.environ, "TZ": "UTC"}


def program(name: str) -> str:
    """The path of a program.

    Raises:
        BackupError: it is not installed; the text names its package.
    """
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise BackupError(f"{name} is not installed: apt-get install {_PACKAGES.get(name, 'mariadb-client')}")
    return found


def access_file(folder: Path, database: dict[str, Any]) -> Path:
    """A private file that tells MariaDB's programs where a database is and who asks."""
    told = {
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
        "socket": database["OPTIONS"].get("unix_socket", ""),
    }
    path = folder / "access.cnf"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write("[client]\n" + "".join(f'{name}="{value}"\n' for name, value in told.items() if value))
    return path


@contextmanager
def reading(command: list[str], log: Path) -> Iterator[IO[bytes]]:
    """What a program writes. A program that fails raises at the end of the block, so that nobody takes half of it for all.

    Raises:
        BackupError: with the end of what it said.
    """
    ends: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "env": _ENVIRONMENT}
    with log.open("wb") as said, subprocess.Popen(command, stderr=said, **ends) as running:  # noqa: S603  (programs named in our code)
        assert running.stdout is not None
        try:
            yield running.stdout
        except BaseException:
            running.kill()
            raise
    _check(command, running.returncode, log)


@contextmanager
def writing(command: list[str], log: Path) -> Iterator[IO[bytes]]:
    """What is written here a program reads; it has done its work at the end of the block.

    Raises:
        BackupError: with the end of what it said.
    """
    ends: dict[str, Any] = {"stdin": subprocess.PIPE, "env": _ENVIRONMENT}
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said, **ends) as running:  # noqa: S603  (as above)
        assert running.stdin is not None
        try:
            yield running.stdin
            running.stdin.close()
        except BrokenPipeError:
            running.wait()
            _check(command, running.returncode, log)
            raise
        except BaseException:
            running.kill()
            raise
    _check(command, running.returncode, log)


def run(command: list[str], log: Path) -> None:
    """Run a program to its end.

    Raises:
        BackupError: with the end of what it said.
    """
    ends: dict[str, Any] = {"stdin": subprocess.DEVNULL, "env": _ENVIRONMENT}
    with log.open("wb") as said:
        done = subprocess.run(command, stdout=said, stderr=said, check=False, **ends)  # noqa: S603  (as above)
    _check(command, done.returncode, log)


def _check(command: list[str], code: int | None, log: Path) -> None:
    if code:
        raise BackupError(f"{Path(command[0]).name} failed ({code}): {log.read_text('utf-8', 'replace')[-_TOLD:]}")
