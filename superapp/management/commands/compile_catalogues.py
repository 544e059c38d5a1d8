"""`manage.py compile_catalogues`: .po to .mo, without the gettext tools that a plain machine lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from superapp.catalogues import compile_catalogue


class Command(BaseCommand):
    help = "Compile the message catalogues that are newer than their compiled form."

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                compile_catalogue(source)
