"""`manage.py verify_deletions`: read the chain of destructions from its beginning; fails where it or what lies outside does not hold."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.tombstones import TombstoneForged
from privacy.services.recordcheck import verify_records


class Command(BaseCommand):
    help = "Verify the chain of destructions against the key store and the files of tombstones."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            verdict = verify_records()
        except TombstoneForged as error:
            raise CommandError(f"a tombstone is not ours: {error}") from error
        if not verdict.holds:
            raise CommandError(f"the chain does not hold at record {verdict.at}: {verdict.fault}")
        self.stdout.write(f"{verdict.entries} records hold")
