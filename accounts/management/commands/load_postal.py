from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.services.postal import load_postal_codes


class Command(BaseCommand):
    help = "Loads the postal codes of France and Madagascar that ship with the app. Again: writes only what changed."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_postal_codes()} postal codes written")
