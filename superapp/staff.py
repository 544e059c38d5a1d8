"""Who of the house may open which list of the admin."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from accounts.models import User

GROUP = "Moderation"
_MAY_VIEW = {
    "accounts": ("user", "profile", "legaldocument"),
    "chat": ("theme", "room", "membership", "roomproposal"),
    "core": ("outboxevent",),
}


def make_staff(*, user: User) -> None:
    """Let somebody into the admin with the rights of the moderation team; doing it twice changes nothing."""
    group, _new = Group.objects.get_or_create(name=GROUP)
    wanted = Q()
    for app, models in _MAY_VIEW.items():
        wanted |= Q(content_type__app_label=app, codename__in=[f"view_{model}" for model in models])
    group.permissions.set(Permission.objects.filter(wanted))
    user.groups.add(group)
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
