"""`manage.py registers`: what the registers hold, and with `--check` whether it is true of the code and the settings."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from privacy.management.registercheck import check_registers, count_registers
from privacy.registers.reading import RegisterInvalid


class Command(BaseCommand):
    help = "Counts what the registers of processing, transfers and risks hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail where a register does not say what is")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        try:
            counts, faults = count_registers(), check_registers(today=timezone.now().date())
        except RegisterInvalid as error:
            raise CommandError(str(error)) from error
        self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))
        for fault in faults:
            self.stderr.write(fault)
        if check and faults:
            raise CommandError(f"{len(faults)} faults")
