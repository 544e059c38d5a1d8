"""`manage.py verify_restore`: try erased and living people in a restored house, and open it (docs/backups.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from privacy.erasure.replay import list_left
from privacy.services.replay import NothingToReplay
from privacy.services.restoreproof import NotProved, verify_restore


class Command(BaseCommand):
    help = "Show that 20 erased people are unreadable and 20 living ones readable; then the house may serve again."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            proof = verify_restore(remains=list_left, now=timezone.now())
        except NothingToReplay as error:
            raise CommandError(str(error)) from error
        except NotProved as error:
            raise CommandError(f"the house stays shut. {error}") from error
        lost = f" {proof.lost} came after the copy of the key store, and nothing of theirs opens." if proof.lost else ""
        self.stdout.write(
            f"{proof.erased} erased people tried: nothing opens. {proof.living} living people tried: {proof.texts} texts open.{lost} "
            "The house may serve again."
        )
