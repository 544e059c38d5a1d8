"""`manage.py restore BACKUP --identity FILE`: put a backup back (docs/backups.md). Web processes and workers are stopped before."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.backups.errors import BackupError, Living
from core.backups.logs import continue_restore
from core.backups.restoring import check_backup, is_living, put_back
from superapp.oneprocess import AlreadyRunning, claim_folder


class Command(BaseCommand):
    help = "Put a backup back. The house serves nobody before replay_tombstones and verify_restore."
    requires_system_checks: list[str] = []  # there may be no database to check

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path, help="The folder of one backup.")
        parser.add_argument("--identity", type=Path, required=True, help="The file with the secret key of age that opens it.")
        parser.add_argument("--datadir", type=Path, help="MariaDB: the empty folder that the files of its server go to.")
        parser.add_argument("--continue", action="store_true", dest="go_on", help="MariaDB: its server runs on the files; do the rest.")
        parser.add_argument("--until", default="", metavar="TIME", help="With --continue: up to when, in UTC, as '2026-11-26 12:00:00'.")
        parser.add_argument("--force", action="store_true", help="Overwrite a house, or take an old copy of the key store.")
        parser.add_argument("--house", default="", metavar="NAME", help="With --force: the host name of the house that is overwritten.")

    def handle(self, *args: Any, **options: Any) -> None:
        now, folder = timezone.now(), options["backup"].resolve()
        try:
            if settings.EMBEDDED:
                claim_folder(settings.DATA_DIR)  # for as long as this process lives: no web process starts meanwhile
            if options["go_on"]:
                told = continue_restore(folder, identity=options["identity"], until=options["until"])
            else:
                told = self._put_back(folder, options, now)
        except (BackupError, AlreadyRunning) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(told)

    def _put_back(self, folder: Path, options: dict[str, Any], now: Any) -> str:
        manifest = check_backup(folder, force=options["force"], now=now)
        if is_living(manifest):
            self._confirm(options, manifest.id)
        return put_back(folder, manifest, identity=options["identity"], datadir=options["datadir"], now=now)

    def _confirm(self, options: dict[str, Any], backup: str) -> None:
        """It cannot be undone by us, so the name of the house is typed."""
        house = urlsplit(settings.ORIGIN).hostname or ""
        if not options["force"]:
            raise Living(f"there is a house here already: --force overwrites it with {backup}")
        typed = options["house"] or input(f"Everything of {house} is replaced by {backup}. Type {house} to go on: ")
        if typed.strip() != house:
            raise Living(f"{typed.strip()!r} is not the name of this house: nothing was touched")
