"""Who of the team works on money, and who answers those who ask for help."""

from __future__ import annotations

from accounts.models import User

GROUP = "billing"
SUPPORT = "support"


def is_money_staff(user: User) -> bool:
    """An active member of staff in the group `billing`; superusers are not by themselves."""
    return user.is_active and user.is_staff and user.groups.filter(name=GROUP).exists()


def is_support_staff(user: User) -> bool:
    """An active member of staff in the group `support` or `billing`."""
    return user.is_active and user.is_staff and user.groups.filter(name__in=(GROUP, SUPPORT)).exists()


def list_money_staff() -> list[User]:
    """All who work on money, in the order in which they came."""
    return list(User.objects.present().filter(is_staff=True, groups__name=GROUP).order_by("pk"))
