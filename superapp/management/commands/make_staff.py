"""`manage.py make_staff somebody@example.org`: let an account into the admin with the rights of the moderation team.

With `--role APPEALS --role SENIOR …`: in those roles instead of that of a moderator.
With `--reviewer`: with the right to look at documents of age, and no other.
With `--money`: to work on money. With `--support`: to answer those who ask for help.
With `--auditor DAYS`: to look at how the house keeps the law, for 1 to 30 days, and at nothing that says who people are.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from accounts.queries import find_user_by_email
from moderation.enums import StaffRole
from moderation.services.staff import AuditorAlone, TermTooLong
from superapp.staff import make_auditor, make_money_staff, make_reviewer, make_staff, make_support_staff


class Command(BaseCommand):
    help = "Let an account into the admin with the rights of the moderation team."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", action="append", choices=StaffRole.values, help="a role in the team; may be given several times")
        parser.add_argument(
            "--auditor", type=int, metavar="DAYS", help="to look at registers and controls for 1 to 30 days, and nothing else"
        )
        parser.add_argument("--reviewer", action="store_true", help="the right to look at documents of age, instead of the others")
        parser.add_argument("--money", action="store_true", help="the desk of money, instead of the others")
        parser.add_argument("--support", action="store_true", help="the queue of those who ask for help, instead of the others")

    def handle(self, *_args: Any, email: str, role: list[str] | None = None, auditor: int | None = None, **chosen: Any) -> None:
        user = find_user_by_email(email=email)
        if user is None:
            raise CommandError(f"No account has the address {email}.")
        if StaffRole.AUDITOR in (role or []):
            raise CommandError("An auditor comes for a time: --auditor DAYS, 1 to 30.")
        if auditor is not None:
            self._make_auditor(user, auditor, alone=not role and not any(chosen.get(name) for name in ("reviewer", "money", "support")))
            return
        others = {"reviewer": make_reviewer, "money": make_money_staff, "support": make_support_staff}
        wanted = [make for name, make in others.items() if chosen.get(name)]
        for make in wanted:
            make(user=user)
        if role or not wanted:
            make_staff(user=user, roles=map(StaffRole, role or [StaffRole.MODERATOR]), now=timezone.now())
        self.stdout.write(f"{user.email} is staff.")

    def _make_auditor(self, user: User, days: int, *, alone: bool) -> None:
        try:
            if not alone:
                raise AuditorAlone(user.public_id)
            make_auditor(user=user, days=days, now=timezone.now())
        except AuditorAlone as error:
            raise CommandError("Who works in the house does not audit it: use an account that has no other right.") from error
        except TermTooLong as error:
            raise CommandError("An auditor looks for 1 to 30 days.") from error
        self.stdout.write(f"{user.email} may look for {days} days, once they have a second factor.")
