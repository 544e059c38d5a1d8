"""Fills this installation with a demo worth looking at, and tells how to get in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from superapp.demo.loader import demo_password, list_staff_secrets, load_demo

_ACCOUNTS = (
    ("amina@demo.test", "member, in several rooms"),
    ("ben@demo.test", "member, in several rooms"),
    ("carol@demo.test", "confirmed, in no room"),
    ("mod@demo.test", "moderator of the theme rooms, works on money"),
    ("sena@demo.test", "of the team, answers appeals, works on money"),
)


class Command(BaseCommand):
    help = "Loads legal texts, postal codes, rules, plans and the demo's people and rooms. Again: makes only what is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", default="", help="password of the demo accounts; default: made at the first load and kept")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("the demo is for the embedded shape alone")
        call_command("load_legal", verbosity=0, stdout=self.stdout)
        call_command("load_postal", verbosity=0, stdout=self.stdout)
        call_command("load_rules", verbosity=0, stdout=self.stdout)
        call_command("load_plans", verbosity=0, stdout=self.stdout)
        password = demo_password(options["password"])
        made = load_demo(password=password, now=timezone.now())
        if made.rooms or made.people:
            self.stdout.write(f"{made.people} people, {made.rooms} rooms, {made.messages} messages of demo made")
        self.stdout.write(f"\nResaka     {settings.ORIGIN}/\nMailbox    {settings.ORIGIN}/mailbox/\n\nDemo accounts, password: {password}")
        for email, role in _ACCOUNTS:
            self.stdout.write(f"  {email:18} {role}")
        for email, secret in list_staff_secrets().items():
            self.stdout.write(f"\nSecond factor of {email}: TOTP secret {secret}; its code of this moment: manage.py demo_code")
