"""`manage.py backup`: copy the main database and the files of the house to RESAKA_BACKUP_DIR (docs/backups.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.backups.errors import BackupError
from core.backups.logs import back_up_log
from core.backups.places import MAIN
from core.backups.taking import back_up


class Command(BaseCommand):
    help = "Copy the main database and the files, encrypted; destroy copies that are too old."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--log", action="store_true", help="Only the binary logs that ended since (MariaDB): run it every minute.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            if options["log"]:
                self.stdout.write(" ".join(back_up_log(now=now)) or "nothing ended since")
                return
            made = back_up(MAIN, now=now)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{made.id}: {sum(part.bytes for part in made.parts)} bytes")
