"""`manage.py transparency_report YEAR`: the figures of a year for publication, every one from a stored query."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from moderation.dsa.figures import to_csv, to_json
from moderation.queries.transparency.report import NoSuchYear, build_report

_WRITERS = {"csv": to_csv, "json": to_json}


class Command(BaseCommand):
    help = "Write the transparency report of a calendar year as CSV or JSON (Implementing Regulation (EU) 2024/2835)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("year", type=int)
        parser.add_argument("--format", choices=sorted(_WRITERS), default="json")
        parser.add_argument("--output", type=Path, help="the file to write; without it the report goes to the standard output")

    def handle(self, *args: Any, year: int, output: Path | None, **options: Any) -> None:
        try:
            report = build_report(year=year, now=timezone.now())
        except NoSuchYear as error:
            raise CommandError(f"{year}: no report of this year") from error
        text = _WRITERS[options["format"]](report)
        if output is None:
            self.stdout.write(text, ending="")
            return
        output.write_text(text, encoding="utf-8", newline="")
        if not report.period.is_over:
            self.stderr.write(f"{year} is not over: these are its figures up to now")
