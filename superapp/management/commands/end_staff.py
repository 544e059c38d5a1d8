"""`manage.py end_staff somebody@example.org --reason "…"`: end somebody's work in the house (docs/runbooks/staff-leaving.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.queries import find_user_by_email
from superapp.staff import end_staff


class Command(BaseCommand):
    help = "End somebody's work in the house: no page of the team opens to them, their log-ins end, their account stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="what stands in the audit chain")

    def handle(self, *_args: Any, email: str, reason: str, **_options: Any) -> None:
        user = find_user_by_email(email=email)
        if user is None:
            raise CommandError(f"No account has the address {email}.")
        if not reason.strip():
            raise CommandError("Say why: it stands in the audit chain.")
        if not end_staff(user=user, reason=reason.strip(), now=timezone.now()):
            raise CommandError(f"{user.email} has no right here that could end.")
        self.stdout.write(f"{user.email} is of the team no more.")
