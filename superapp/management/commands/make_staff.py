"""`manage.py make_staff somebody@example.org`: let an account into the admin with the rights of the moderation team."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.queries import find_user_by_email
from superapp.staff import make_staff


class Command(BaseCommand):
    help = "Let an account into the admin with the rights of the moderation team."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *_args: Any, email: str, **_options: Any) -> None:
        user = find_user_by_email(email=email)
        if user is None:
            raise CommandError(f"No account has the address {email}.")
        make_staff(user=user)
        self.stdout.write(f"{user.email} is staff.")
