"""Who of the team works on money."""

from __future__ import annotations

from accounts.models import User

GROUP = "billing"


def is_money_staff(user: User) -> bool:
    """An active member of staff in the group `billing`; superusers are not by themselves."""
    return user.is_active and user.is_staff and user.groups.filter(name=GROUP).exists()


def list_money_staff() -> list[User]:
    """All who work on money, in the order in which they came."""
    return list(User.objects.present().filter(is_active=True, is_staff=True, groups__name=GROUP).order_by("pk"))
