"""`manage.py replay_tombstones`: after a backup was put back, destroy and freeze again what was since (docs/backups.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.sealing import KeyFrozen
from core.tombstones import TombstoneForged
from moderation.services.holdjournal import NobodyHolds
from privacy.erasure.replay import StillThere, redo_erasure
from privacy.services.purge import turn_days
from privacy.services.records import RecordsApart
from privacy.services.replay import NothingToReplay, Replayed, replay


class Command(BaseCommand):
    help = "Do again what was destroyed or frozen since the backup. Broken off, it begins anew."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            done = replay(erase=redo_erasure, now=now)
            turn_days(now=now)
        except NothingToReplay as error:
            raise CommandError(str(error)) from error
        except TombstoneForged as error:
            raise CommandError(f"a tombstone is not ours ({error}): find out who wrote it before anything is destroyed by it") from error
        except RecordsApart as error:
            raise CommandError(f"the records outside do not follow those of the database at {error}") from error
        except NobodyHolds as error:
            raise CommandError(f"a hold of {error} is to be placed again, and the legal desk is empty: make_staff first") from error
        except (StillThere, KeyFrozen) as error:
            raise CommandError(f"somebody could not be erased again: {type(error).__name__} {error}") from error
        self.stdout.write(_tell(done))


def _tell(done: Replayed) -> str:
    back = f"{done.tombstones} tombstones, {done.records} records and {done.holds} holds brought back"
    gone = f"{done.keys} keys, {done.erased} people and {done.purged} rows destroyed again"
    rest = f"{done.unfinished} erasures wait, {done.unknown} people were not in the backup"
    return f"{back}; {gone}; {rest}. Next: manage.py verify_restore"
