from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from moderation.services.packaged import RuleFileInvalid, load_packaged, read_packaged


class Command(BaseCommand):
    help = "Loads the rules of this release. What holds by itself begins on trial. Again: adds only new wordings."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            added = load_packaged(rules=read_packaged(), now=timezone.now())
        except RuleFileInvalid as error:
            raise CommandError(str(error)) from error
        for line in added:
            self.stdout.write(line)
        self.stdout.write(f"{len(added)} rules loaded")
