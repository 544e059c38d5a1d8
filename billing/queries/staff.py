"""Who of the team works on money, and who answers those who ask for help."""

from __future__ import annotations

from accounts.models import User

GROUP = "billing"
SUPPORT = "support"


def is_money_staff(user: User) -> bool:
    """An active member of staff in the group `billing`; superusers are not by themselves."""
    return user.is_active and user.is_staff and GROUP in user.group_names


def is_support_staff(user: User) -> bool:
    """An active member of staff in the group `support` or `billing`."""
    return user.is_active and user.is_staff and not user.group_names.isdisjoint((GROUP, SUPPORT))


def list_money_staff() -> list[User]:
    """All who work on money, in the order in which they came."""
    return list(User.objects.present().filter(is_staff=True, groups__name=GROUP).order_by("pk"))
