"""`manage.py backup_identity FILE`: make the secret key that opens backups; what it prints belongs into RESAKA_BACKUP_RECIPIENTS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.backups.cipher import make_identity


class Command(BaseCommand):
    help = "Make an identity of age for backups. Keep the file away from this machine: whoever has it reads them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(make_identity(options["file"]))
        except FileExistsError as error:
            raise CommandError(f"{options['file']} is there already, and may open backups: it is not overwritten") from error
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error}") from error
