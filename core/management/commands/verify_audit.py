"""`manage.py verify_audit`: read the audit chain from its beginning; fails where it does not hold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.audit import AnchorError, verify


class Command(BaseCommand):
    help = "Verify the audit chain and its anchors."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchors", type=Path, default=settings.AUDIT_ANCHORS, help="The file of anchors kept outside.")

    def handle(self, *args: Any, **options: Any) -> None:
        start = time.perf_counter()
        try:
            verdict = verify(anchor_file=options["anchors"])
        except AnchorError as error:
            raise CommandError(f"the anchor file holds a line that is not ours: {error}") from error
        seconds = time.perf_counter() - start
        if not verdict.holds:
            raise CommandError(f"the chain does not hold at entry {verdict.at}: {verdict.fault}")
        self.stdout.write(f"{verdict.entries} entries hold ({seconds:.2f} s)")
