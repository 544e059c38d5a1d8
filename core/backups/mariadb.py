"""A MariaDB copied while it is used, its binary log, the small database of the key store; and all of it put back.

The main database is copied as files, with mariadb-backup: so its server must hold nothing but it. The key store has a server of its own
(deploy/README.md): in the files of one server lie traces of all its databases, and wrapped keys must be in no main backup.
"""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.utils import load_backend

from core.backups.errors import BackupError, Damaged, Living, NotConfigured
from core.backups.files import give
from core.backups.programs import access_file, program, reading, run, writing

CONTENT, DUMP, LOG = "mbstream", "sql", "binlog"
_POSITIONS = ("xtrabackup_binlog_info", "mariadb_backup_binlog_info")


def check_apart() -> None:
    """Whether the key store has a server of its own.

    Raises:
        NotConfigured: it has not, and wrapped keys would lie in main backups.
    """
    where = [_ask(alias, "SELECT @@hostname, @@port, @@datadir, @@socket")[0] for alias in ("default", "keys")]
    if where[0] == where[1]:
        raise NotConfigured("the key store lies on the server of the main database, so main backups would hold it: see deploy/README.md")


def copying(scratch: Path) -> AbstractContextManager[IO[bytes]]:
    """The files of the main database's server as a stream of mbstream.

    Raises:
        BackupError.
    """
    where = [f"--defaults-file={access_file(scratch, _account())}", "--backup", "--stream=mbstream", f"--target-dir={scratch / 'target'}"]
    return reading([program("mariadb-backup"), *where], scratch / "mariadb-backup.log")


def dumping_keys(scratch: Path) -> AbstractContextManager[IO[bytes]]:
    """The key store as statements of SQL, as it is at one moment.

    Raises:
        BackupError.
    """
    database = connections["keys"].settings_dict
    how = ["--single-transaction", "--hex-blob", "--skip-comments", "--skip-lock-tables", "--no-tablespaces", database["NAME"]]
    return reading([program("mariadb-dump"), f"--defaults-file={access_file(scratch, database)}", *how], scratch / "dump.log")


def log_status() -> tuple[str, int]:
    """The binary log that is being written and how long it is; an empty name where there is none."""
    rows = _ask("default", "SHOW MASTER STATUS", backup=True)
    return (str(rows[0][0]), int(rows[0][1])) if rows else ("", 0)


def log_reached() -> str:
    """What the binary log has come to, as GTIDs. Its own housekeeping does not move them: MariaDB notes a checkpoint in a new log some
    time after it was begun (https://mariadb.com/kb/en/binlog_checkpoint_event/)."""
    return str(_ask("default", "SELECT @@GLOBAL.gtid_binlog_pos", backup=True)[0][0])


def close_log() -> None:
    """End the binary log that is being written, and begin the next."""
    _ask("default", "FLUSH BINARY LOGS", backup=True)


def list_ended() -> list[str]:
    """The binary logs that are ended, the oldest first."""
    return [str(row[0]) for row in _ask("default", "SHOW BINARY LOGS", backup=True)][:-1]


def fetch_log(name: str, scratch: Path) -> Path:
    """A binary log that is ended, as a file.

    Raises:
        BackupError.
    """
    who = f"--defaults-file={access_file(scratch, _account())}"
    run([program("mariadb-binlog"), who, "--read-from-remote-server", "--raw", f"--result-file={scratch}/", name], scratch / "binlog.log")
    return scratch / name


def check_empty(folder: Path) -> None:
    """Whether files may be put into the data folder of a server.

    Raises:
        Living: it is not there, or something is in it.
    """
    if not folder.is_dir() or any(folder.iterdir()):
        raise Living(
            f"{folder} must be an empty folder: stop MariaDB, move what is there away, and make it anew for the account of MariaDB"
        )


def unpacking(folder: Path, scratch: Path) -> AbstractContextManager[IO[bytes]]:
    """What is written here becomes the files of a server.

    Raises:
        BackupError.
    """
    return writing([program("mbstream"), "--extract", f"--directory={folder}"], scratch / "mbstream.log")


def prepare(folder: Path, scratch: Path) -> None:
    """Make files that were copied at different moments one database, and give them to whom the folder belongs.

    Raises:
        BackupError.
    """
    run([program("mariadb-backup"), "--prepare", f"--target-dir={folder}"], scratch / "prepare.log")
    give(folder, like=folder)


def position_in(folder: Path) -> str:
    """Up to where in which binary log the files of a server reach, as `name position`.

    Raises:
        Damaged: they do not say it.
    """
    for name in _POSITIONS:
        if (folder / name).is_file():
            return " ".join((folder / name).read_text("utf-8").split()[:2])
    raise Damaged(f"{folder} does not say up to where in the binary log it reaches")


def apply_logs(logs: list[Path], position: int, scratch: Path, *, until: str = "") -> None:
    """Do again what binary logs say, from a position of the first one on; `until`: a time in UTC as `2026-11-26 12:00:00`.

    Raises:
        BackupError.
    """
    who = f"--defaults-file={access_file(scratch, _account())}"
    stop = [f"--stop-datetime={until}"] if until else []
    command = [program("mariadb-binlog"), "--no-defaults", f"--start-position={position}", *stop, *map(str, logs)]
    with writing([program("mariadb"), who, "--binary-mode"], scratch / "apply.log") as out, reading(command, scratch / "read.log") as said:
        shutil.copyfileobj(said, out)


def load_keys(dump: Path, scratch: Path) -> None:
    """Have the server of the key store do what a dump says.

    Raises:
        BackupError.
    """
    database = connections["keys"].settings_dict
    who = f"--defaults-file={access_file(scratch, database)}"
    with dump.open("rb") as source, writing([program("mariadb"), who, database["NAME"]], scratch / "load.log") as sink:
        shutil.copyfileobj(source, sink)


def _account() -> dict[str, Any]:
    """Who may copy a whole server.

    Raises:
        NotConfigured.
    """
    if settings.BACKUP_DATABASE is None:
        raise NotConfigured("RESAKA_BACKUP_DATABASE_URL names no account that may copy the server (deploy/README.md)")
    account: dict[str, Any] = settings.BACKUP_DATABASE
    return account


def _ask(alias: str, statement: str, *, backup: bool = False) -> list[tuple[Any, ...]]:
    """One statement, as the application or as the account of backups."""
    if not backup:
        with connections[alias].cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())
    connection = load_backend(_account()["ENGINE"]).DatabaseWrapper({**connections[alias].settings_dict, **_account()}, "backup")
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    except DatabaseError as error:
        raise BackupError(f"{statement}: {error}") from error
    finally:
        connection.close()
