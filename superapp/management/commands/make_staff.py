"""`manage.py make_staff somebody@example.org`: let an account into the admin with the rights of the moderation team.

With `--role APPEALS --role SENIOR …`: in those roles instead of that of a moderator.
With `--reviewer`: with the right to look at documents of age, and no other.
With `--money`: to work on money. With `--support`: to answer those who ask for help.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.queries import find_user_by_email
from moderation.enums import StaffRole
from superapp.staff import make_money_staff, make_reviewer, make_staff, make_support_staff


class Command(BaseCommand):
    help = "Let an account into the admin with the rights of the moderation team."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", action="append", choices=StaffRole.values, help="a role in the team; may be given several times")
        parser.add_argument("--reviewer", action="store_true", help="the right to look at documents of age, instead of the others")
        parser.add_argument("--money", action="store_true", help="the desk of money, instead of the others")
        parser.add_argument("--support", action="store_true", help="the queue of those who ask for help, instead of the others")

    def handle(self, *_args: Any, email: str, role: list[str] | None = None, **chosen: Any) -> None:
        user = find_user_by_email(email=email)
        if user is None:
            raise CommandError(f"No account has the address {email}.")
        others = {"reviewer": make_reviewer, "money": make_money_staff, "support": make_support_staff}
        wanted = [make for name, make in others.items() if chosen.get(name)]
        for make in wanted:
            make(user=user)
        if role or not wanted:
            make_staff(user=user, roles=map(StaffRole, role or [StaffRole.MODERATOR]), now=timezone.now())
        self.stdout.write(f"{user.email} is staff.")
