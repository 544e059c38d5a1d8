"""`manage.py demo_code`: the code of this moment of the demo's staff, for who has no application of codes at hand."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from superapp.demo.loader import list_staff_secrets

_PERIOD = 30


class Command(BaseCommand):
    help = "Prints the second factor of the demo's staff as their application would show it now."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("the demo is for the embedded shape alone")
        now = int(time.time())
        for email, secret in list_staff_secrets().items():
            code = format_hotp_value(hotp_value(secret, now // _PERIOD))
            self.stdout.write(f"{email}  {code}  for {_PERIOD - now % _PERIOD} s more")
