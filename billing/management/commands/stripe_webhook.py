"""`manage.py stripe_webhook https://…/webhooks/stripe/`: have Stripe tell that address, in the version that we read."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.providers.stripe import open_gateway
from billing.providers.stripe_events import EVENTS
from billing.providers.stripe_payments import open_stripe
from core.http import OutboundError


class Command(BaseCommand):
    """Prints the secret of the endpoint, once: Stripe tells it never again."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Where Stripe is to knock."""
        parser.add_argument("url")

    def handle(self, *_args: Any, url: str, **_options: Any) -> None:
        """Make the endpoint; asked again within a day it is the same one."""
        if open_stripe() is None:
            raise CommandError("RESAKA_STRIPE_KEY is not set.")
        try:
            made = open_gateway().create_endpoint(url=url, events=EVENTS, key=f"endpoint:{url}")
        except OutboundError as error:
            raise CommandError(f"Stripe: {error}") from error
        self.stdout.write(f"{made['id']}: RESAKA_STRIPE_WEBHOOK_SECRET={made['secret']}")
