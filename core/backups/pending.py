"""A house that was put back from a backup serves nobody before what was destroyed since is destroyed again.

Two marks say so: a file in the data folder, made before anything is overwritten, and a row of the restored database, which the processes
of other machines see. Both go together, when `manage.py verify_restore` has found erased people unreadable and living ones readable.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from core.models import Restoration

NO_LOG = "-"
# Where the report of a row says when the copy of the key store was made that was put back too.
KEYS_AT = "keys_at"
_FILE = "RESTORE_PENDING"
_UNKNOWN = datetime.min.replace(tzinfo=UTC)


class RestorePending(RuntimeError):
    """The house was put back from a backup and is not ready; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Which backup is being put back; `database`: whether its database is in place, so that what was destroyed can be destroyed again;
    `log`: up to where in which binary log its files reach, as `name position`, or NO_LOG; `keys_at`: when the copy of the key store was
    made that was put back too, empty if it was not."""

    backup: str
    made_at: datetime
    begun_at: datetime
    database: bool
    log: str = ""
    keys_at: str = ""


def mark(pending: Pending) -> None:
    """Leave the file, and wait until the disk has it.

    Raises:
        OSError.
    """
    said = asdict(pending) | {"made_at": pending.made_at.isoformat(), "begun_at": pending.begun_at.isoformat()}
    fresh = _file().with_suffix(".new")
    with fresh.open("w", encoding="ascii") as out:
        json.dump(said, out)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, _file())


def mark_database(pending: Pending) -> Restoration:
    """Leave the row in the restored database, once its tables are there."""
    rows = Restoration.objects.filter(backup=pending.backup, made_at=pending.made_at, verified_at=None)
    row = rows.first() or Restoration(backup=pending.backup, made_at=pending.made_at, begun_at=pending.begun_at)
    if pending.keys_at:
        row.report = {**row.report, KEYS_AT: pending.keys_at}
    row.save()
    return row


def find_pending() -> Pending | None:
    """The restore that is not finished, by the file or by the row; a database that does not answer says nothing."""
    return find_mark() or _find_row()


def find_mark() -> Pending | None:
    """The same by the file alone, where there may be no database yet, and none is to be made by asking. A file that cannot be read counts
    as one: somebody began."""
    try:
        said = json.loads(_file().read_text("ascii"))
        made_at, begun_at = (datetime.fromisoformat(said[name]).astimezone(UTC) for name in ("made_at", "begun_at"))
        return Pending(str(said["backup"]), made_at, begun_at, bool(said["database"]), str(said["log"]), str(said["keys_at"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return Pending("?", _UNKNOWN, _UNKNOWN, False)


def refuse_start() -> None:
    """Whether a process may serve.

    Raises:
        RestorePending.
    """
    pending = find_pending()
    if pending is not None:
        raise RestorePending(
            f"Resaka was put back from the backup {pending.backup} of {pending.made_at:%Y-%m-%d %H:%M} UTC, and what was destroyed or "
            "frozen since is not done again yet. Run manage.py replay_tombstones, then manage.py verify_restore (docs/backups.md)."
        )


def finish(row: Restoration, *, now: datetime) -> None:
    """Take both marks off."""
    Restoration.objects.filter(pk=row.pk).update(verified_at=now, report=row.report)
    _file().unlink(missing_ok=True)


def _find_row() -> Pending | None:
    try:
        row = Restoration.objects.filter(verified_at=None).order_by("-pk").first()
    except DatabaseError:
        return None
    return Pending(row.backup, row.made_at, row.begun_at, True) if row else None


def _file() -> Path:
    return Path(settings.DATA_DIR) / _FILE
