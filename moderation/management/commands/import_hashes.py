from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from moderation.enums import HashBankKind
from moderation.services.hashbank import BadHash, import_hashes


class Command(BaseCommand):
    help = "Takes a list of PDQ hashes into a bank: a hash at the beginning of each line. All of it, or with a bad line nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bank", choices=HashBankKind.values)
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="who gave the list, and of which day it is")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open(encoding="utf-8") as lines:
                kind = HashBankKind(options["bank"])
                done = import_hashes(kind=kind, lines=lines, source=options["source"], by=None, now=timezone.now())
        except BadHash as error:
            raise CommandError(f"no hash in the lines {', '.join(map(str, error.lines))}; nothing was taken in") from error
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']}: {error}") from error
        self.stdout.write(f"{done.added} hashes taken in, {done.known} known before")
