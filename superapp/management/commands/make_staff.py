"""`manage.py make_staff somebody@example.org`: let an account into the admin with the rights of the moderation team.

With `--role APPEALS --role SENIOR …`: in those roles instead of that of a moderator.
With `--reviewer`: with the right to look at documents of age, and no other.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.queries import find_user_by_email
from moderation.enums import StaffRole
from superapp.staff import make_reviewer, make_staff


class Command(BaseCommand):
    help = "Let an account into the admin with the rights of the moderation team."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", action="append", choices=StaffRole.values, help="a role in the team; may be given several times")
        parser.add_argument("--reviewer", action="store_true", help="the right to look at documents of age, instead of the others")

    def handle(self, *_args: Any, email: str, reviewer: bool = False, role: list[str] | None = None, **_options: Any) -> None:
        user = find_user_by_email(email=email)
        if user is None:
            raise CommandError(f"No account has the address {email}.")
        if reviewer:
            make_reviewer(user=user)
        else:
            make_staff(user=user, roles=map(StaffRole, role or [StaffRole.MODERATOR]), now=timezone.now())
        self.stdout.write(f"{user.email} is staff.")
