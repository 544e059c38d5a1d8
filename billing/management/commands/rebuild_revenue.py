"""`manage.py rebuild_revenue [--since 2026-11-01]`: make the figures of the dashboards anew from the ledger; without a day, all of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing.services.revenue.rebuilding import find_first_day, rebuild_days


class Command(BaseCommand):
    help = "Make the figures of the dashboards anew from the ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", default="", help="the first day, as 2026-11-01; default: the first of the ledger")

    def handle(self, *_args: Any, since: str = "", **_options: Any) -> None:
        try:
            first = date.fromisoformat(since) if since else find_first_day()
        except ValueError as error:
            raise CommandError(f"{since} is no day") from error
        rows = rebuild_days(since=first, until=timezone.now().date()) if first else 0
        self.stdout.write(f"{rows} rows written.")
