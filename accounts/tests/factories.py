"""People for tests: Amina and Ben are members, Carol is the outsider."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.test import Client

from accounts.enums import AgeMethod
from accounts.models import User
from accounts.services.factors import ensure_totp
from accounts.services.people import create_confirmed_person
from core.tests.moments import NOON as NOON


def make_user(pseudonym: str = "Amina", *, now: datetime = NOON, **fields: Any) -> User:
    """A confirmed adult who has shown their age (with `age_method=None`: who has not); `password` only where a test logs in by form,
    because hashing takes its time."""
    fields.setdefault("age_method", AgeMethod.EU_AV_MDOC)
    email = fields.pop("email", f"{pseudonym.lower()}@example.org")
    return create_confirmed_person(pseudonym=pseudonym, email=email, now=now, **fields)


def log_in_staff(client: Client, user: User) -> None:
    """A browser in which somebody of the team is logged in; with a second factor, without which the admin stays shut."""
    ensure_totp(user=user)
    client.force_login(user)
