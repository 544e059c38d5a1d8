"""Putting advice away, and taking it out again."""

from __future__ import annotations

from django.db import transaction

from accounts.enums import Tip
from accounts.models import User


class NoSuchTip(LookupError):
    """There is no advice of this name."""


@transaction.atomic
def hide_tip(*, user: User, tip: str) -> None:
    """Never show this advice to the person again, on any device. Doing it twice changes nothing.

    Raises:
        NoSuchTip.
    """
    if tip not in set(Tip):
        raise NoSuchTip(tip)
    kept = User.objects.select_for_update().get(pk=user.pk).tips_hidden.split(",")
    _keep(user, {*kept, tip})


def show_tips_again(*, user: User) -> None:
    """All advice is shown as on the first day."""
    _keep(user, set())


def _keep(user: User, hidden: set[str]) -> None:
    user.tips_hidden = ",".join(name for name in Tip if name in hidden)
    user.save(update_fields=["tips_hidden"])
