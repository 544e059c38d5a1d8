"""`manage.py controls`: how the controls of the standards stand, and with `--check` whether what they show is there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.registers.controls import STANDARDS, check_controls, read_controls
from privacy.registers.reading import RegisterInvalid


class Command(BaseCommand):
    help = "Counts the controls of docs/compliance by their state."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail where a control is missing or its evidence is not there")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        faults: list[str] = []
        for standard in STANDARDS:
            try:
                controls = read_controls(standard.file)
            except RegisterInvalid as error:
                raise CommandError(str(error)) from error
            faults += check_controls(standard, controls, root=Path(settings.BASE_DIR), commands=get_commands())
            counts = Counter(str(one.state) for one in controls)
            self.stdout.write(f"{standard.key}: {', '.join(f'{count} {state}' for state, count in sorted(counts.items()))}")
        for fault in faults:
            self.stderr.write(fault)
        if check and faults:
            raise CommandError(f"{len(faults)} faults")
