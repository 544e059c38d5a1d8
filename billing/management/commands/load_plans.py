from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from billing.services.plans import load_plans


class Command(BaseCommand):
    help = "Brings plans and prices to the settings (RESAKA_PREMIUM_...). Again: changes nothing; another amount is another price."

    def handle(self, *args: Any, **options: Any) -> None:
        new = load_plans(prices=settings.PREMIUM_PRICES, now=timezone.now())
        for name in new:
            self.stdout.write(name)
        self.stdout.write(f"{len(new)} prices new on offer")
