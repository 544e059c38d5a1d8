"""`manage.py rotate_kek`: wrap all data keys under the present KEK, so that an earlier one can be forgotten (docs/backups.md)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from core import audit, kek
from core.keyring import rewrap_keys


class Command(BaseCommand):
    help = "Wrap every data key under RESAKA_KEK. Killed in the middle, it goes on where it was."

    def handle(self, *args: Any, **options: Any) -> None:
        closed: list[str] = []
        done = after = 0
        while True:
            batch = rewrap_keys(after=after)
            done, after = done + batch.done, batch.after
            closed.extend(batch.closed)
            if not after:
                break
        anchors = self._sign_anchors()
        if done:
            self._note(done)
        self.stdout.write(f"{done} keys lie under KEK {kek.present_id()} now; {anchors} anchors signed again")
        if closed:
            first = f"the first of {closed[0]}"
            raise CommandError(f"{len(closed)} keys open under no KEK of the settings, {first}: name theirs in RESAKA_KEK_OLD")

    def _sign_anchors(self) -> int:
        try:
            return audit.sign_again(settings.AUDIT_ANCHORS)
        except audit.AnchorError as error:
            raise CommandError(f"the anchor file holds a line that is not ours: {error}") from error
        except OSError as error:
            raise CommandError(f"the anchors could not be signed again, so keep the earlier KEK for them: {error}") from error

    def _note(self, done: int) -> None:
        now = timezone.now()
        with transaction.atomic():
            audit.append(audit.Entry("kek.rotate", "kek", kek.present_id(), f"{done} keys", role="system"), now=now)
