from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from moderation.services.ranking import FEWEST, GOOD_ENOUGH, TooLittleToLearn, train_ranker


class Command(BaseCommand):
    help = "Learns from decided cases in which order the queue is best worked. Decides nothing. Again: learns anew."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            row = train_ranker(now=timezone.now())
        except TooLittleToLearn as little:
            found = f"{little.acted} texts with a measure and {little.cleared} without"
            raise CommandError(f"{found}: too little to learn from, {FEWEST} of each are needed") from little
        use = "orders the queue" if row.auc >= GOOD_ENOUGH else f"is not used: less than {GOOD_ENOUGH}"
        self.stdout.write(f"learned from {row.texts} texts, {row.acted} with a measure; AUC {row.auc:.2f} by case, {use}")
