"""A copy whose processes are killed: `python -m superapp.tests.export_process`, on the database of the environment.

One person's archive is made by one process after the other, each of which kills itself (SIGKILL) in the middle of a step: with a piece
written that nobody noted, or with the step noted and not committed. The last one comes through. The answer is one line of JSON: how many
were killed, what the archive came to, and whether it is the one that an undisturbed process makes.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import django

django.setup()

from django.db import connections  # noqa: E402  (once Django stands)
from django.utils import timezone  # noqa: E402  (once Django stands)
from PIL import Image  # noqa: E402  (once Django stands)

from accounts.models import User  # noqa: E402  (once Django stands)
from accounts.tests.factories import make_user  # noqa: E402  (once Django stands)
from chat.services.attachments import store_image  # noqa: E402  (once Django stands)
from chat.tests.factories import give_standing, join, make_room, say  # noqa: E402  (once Django stands)
from privacy.export import building, finishing  # noqa: E402  (once Django stands)
from privacy.export.table import FILES  # noqa: E402  (once Django stands)
from privacy.export.turns import LEASE, Turn  # noqa: E402  (once Django stands)
from privacy.models import ExportArchive  # noqa: E402  (once Django stands)
from privacy.services.archives import ask_export  # noqa: E402  (once Django stands)
from privacy.tests.export.factories import make_archive, pieces_of, read  # noqa: E402  (once Django stands)
from superapp.tests.laying import lay_out  # noqa: E402  (once Django stands)

# After so many pieces, or notes, a process is killed. The first eight get through 39 of the files; the ninth dies among the schemas and
# pages that are written at the end, after the image; the tenth when the archive is about to be ready.
MOMENTS = [
    *[("piece", 1), ("note", 1), ("piece", 1), ("note", 2), ("piece", 3), ("note", 9), ("piece", 10), ("piece", 20)],
    *[("piece", len(FILES) - 39 + 1 + 10), ("note", 1)],
]
# What asking itself writes down.
_TOLD = ("requests.jsonl", "notifications.jsonl")


def main() -> dict[str, Any]:
    """Make it, kill after kill, and compare."""
    lay_out()
    now = timezone.now()
    amina = _person(now)
    archive = ask_export(user=amina, now=now)
    killed = 0
    for number, (moment, count) in enumerate(MOMENTS):
        killed += _kill(archive.pk, moment, count, now + 2 * number * LEASE)
    building.continue_export(archive_id=archive.pk, now=now + 2 * len(MOMENTS) * LEASE, seconds=600)
    archive.refresh_from_db()
    other = make_archive(amina, now=now + timedelta(days=2))
    noted = {name for entry in archive.entries.all() for name, _length in entry.pieces}
    return {
        "killed": killed,
        "state": archive.state,
        "same": _content(archive) == _content(other),
        "rows": archive.done_rows == archive.all_rows,
        "pieces": noted <= set(pieces_of(archive)),
    }


def _person(now: datetime) -> User:
    room, amina = make_room("abri", now=now), make_user("Amina", now=now)
    join(amina, room, now=now)
    give_standing(amina, now=now)
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(out, "PNG")
    file = io.BytesIO(out.getvalue())
    image = store_image(user=amina, room_public_id=room.public_id, file=file, size=len(out.getvalue()), now=now)
    say(amina, room, "Regardez", attachment_ids=[image.public_id], now=now)
    for number in range(5):
        say(amina, room, f"message {number}", now=now)
    return amina


def _kill(archive_id: int, moment: str, count: int, now: datetime) -> bool:
    """Whether the process that works on the archive was killed, and by nothing else."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        try:
            if moment == "piece":
                building.write_piece = finishing.write_piece = _dying(building.write_piece, count)  # type: ignore[attr-defined]
            else:
                Turn.note = _dying(Turn.note, count)  # type: ignore[method-assign]
            building.continue_export(archive_id=archive_id, now=now, seconds=600)
        finally:
            os._exit(1)  # it came through: that is no kill
    return os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL


def _dying(deed: Callable[..., Any], count: int) -> Callable[..., Any]:
    """The deed so many times, and then the end of the process."""
    left = [count]

    def run(*given: Any, **named: Any) -> Any:
        result = deed(*given, **named)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return run


def _content(archive: ExportArchive) -> dict[str, str]:
    files = read(archive).files
    return {path: entry["sha256"] for path, entry in files.items() if path not in _TOLD and path.endswith((".jsonl", ".webp"))}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
