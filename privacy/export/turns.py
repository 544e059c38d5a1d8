"""Whose turn it is to work on an archive. A turn lasts some seconds; who loses it, because the archive was cut off or another thought them
dead, keeps nothing of what they did since."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from core.outbox import publish
from privacy.enums import OPEN_STATES, ArchiveState, RequestState
from privacy.events import ExportAsked
from privacy.models import DataRequest, ExportArchive

# A worker that says nothing for so long is taken for dead.
LEASE = timedelta(minutes=2)
# So often an archive is begun upon without coming any further.
MOST_TRIES = 8
_UNDER_WAY = (ArchiveState.ASKED, ArchiveState.BUILDING)


class TurnLost(Exception):
    """The archive is somebody else's to work on now, or nobody's any more."""


class Turn:
    """The right to work on one archive, renewed by every step that is noted."""

    def __init__(self, archive_id: int, lease: str, now: datetime) -> None:
        self.archive_id = archive_id
        self._lease = lease
        self._begun, self._clock = now, time.monotonic()

    @property
    def now(self) -> datetime:
        """The time of the edge, and what has passed since."""
        return self._begun + timedelta(seconds=self.seconds)

    @property
    def seconds(self) -> float:
        """How long this turn has lasted."""
        return time.monotonic() - self._clock

    def note(self, **changes: Any) -> None:
        """Write a step down in the transaction of the caller, and keep the turn.

        Raises:
            TurnLost: nothing of the transaction may stay.
        """
        kept = {"lease_until": self.now + LEASE, "tries": 0} | changes
        if not self._mine().update(**kept):
            raise TurnLost(self.archive_id)

    def pass_on(self) -> None:
        """Let the outbox have somebody go on."""
        with transaction.atomic():
            if self._mine().update(lease=""):
                publish(ExportAsked(archive_id=self.archive_id))

    def _mine(self) -> Any:
        return ExportArchive.objects.filter(pk=self.archive_id, lease=self._lease, state=ArchiveState.BUILDING)


def take_turn(*, archive_id: int, now: datetime) -> Turn | None:
    """The turn of an archive that is not done and that nobody works on; None for every other. Its request is under way from then on."""
    lease = secrets.token_hex(16)
    rows = ExportArchive.objects.filter(Q(lease="") | Q(lease_until__lte=now), pk=archive_id, state__in=_UNDER_WAY)
    taken = {"lease": lease, "lease_until": now + LEASE, "state": ArchiveState.BUILDING, "tries": F("tries") + 1}
    with transaction.atomic():
        if not rows.update(**taken):
            return None
        asked = DataRequest.objects.filter(archives=archive_id, state=RequestState.RECEIVED)
        DataRequest.objects.filter(pk__in=list(asked.values_list("pk", flat=True))).update(state=RequestState.RUNNING)
    return Turn(archive_id, lease, now)


def is_wanted(archive: ExportArchive) -> bool:
    """Whether its request is still open: taken back, or overtaken by an erasure, it is not."""
    return DataRequest.objects.filter(pk=archive.request_id, state__in=OPEN_STATES).exists()
