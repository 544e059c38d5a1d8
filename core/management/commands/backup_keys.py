"""`manage.py backup_keys`: copy the key store to RESAKA_KEYS_BACKUP_DIR, elsewhere than the main backups (docs/backups.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.backups.errors import BackupError
from core.backups.places import KEYS
from core.backups.taking import back_up


class Command(BaseCommand):
    help = "Copy the key store, encrypted; destroy copies of more than 14 days."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = back_up(KEYS, now=timezone.now())
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{made.id}: {sum(part.bytes for part in made.parts)} bytes")
