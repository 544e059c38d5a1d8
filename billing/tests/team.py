"""People of the money team for tests."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from accounts.tests.factories import log_in_staff, make_user
from billing.queries.staff import GROUP

# The rows of notices are private to their app; tests of what was told look at them from outside, by name.
Notification: Any = apps.get_model("notifications", "Notification")


def make_teller(pseudonym: str = "Naly", group: str = GROUP) -> User:
    """Somebody of the team who works on money (or answers people, in the group `support`)."""
    user = make_user(pseudonym)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user


def browser_of(user: User) -> Client:
    """A browser in which this member of the team has come in with a second factor."""
    browser = Client()
    log_in_staff(browser, user)
    return browser
