"""How people want to be told: what they chose, and where they chose nothing, what the house does."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from accounts.models import User
from notifications.enums import Level, Road
from notifications.kinds import HABITS
from notifications.models import NotificationSettings, Preference

Levels = Mapping[Road, Level]


def find_settings(*, user: User) -> NotificationSettings:
    """The person's settings, or unsaved ones with the defaults. One query."""
    return list_settings(users=[user])[user.pk]


def list_settings(*, users: Collection[User]) -> dict[int, NotificationSettings]:
    """`find_settings` for many people, by their inward ids. One query."""
    people = {user.pk: user for user in users}
    found = {row.user_id: row for row in NotificationSettings.objects.filter(user_id__in=people)}
    rows = {pk: found.get(pk) or NotificationSettings(user=user) for pk, user in people.items()}
    for pk, row in rows.items():
        row.user = people[pk]
    return rows


def list_levels(*, user_ids: Collection[int], category: str) -> dict[int, Levels]:
    """How a category goes to each of these people by each road. One query; none for a category about which nobody can choose."""
    habit = HABITS[category]
    usual: Levels = {Road.PUSH: habit.push, Road.MAIL: habit.mail}
    free = [road for road, may in ((Road.PUSH, habit.push_free), (Road.MAIL, habit.mail_free)) if may]
    levels: dict[int, dict[Road, Level]] = {user_id: dict(usual) for user_id in user_ids}
    if not free or not levels:
        return dict(levels)
    chosen = Preference.objects.filter(user_id__in=levels, category=category, transport__in=free)
    for user_id, road, level in chosen.values_list("user_id", "transport", "level"):
        levels[user_id][Road(road)] = Level(level)
    return dict(levels)


def list_own_levels(*, user: User) -> dict[str, Levels]:
    """How every category goes to one person. One query."""
    levels: dict[str, dict[Road, Level]] = {str(one): {Road.PUSH: habit.push, Road.MAIL: habit.mail} for one, habit in HABITS.items()}
    for category, road, level in Preference.objects.filter(user=user).values_list("category", "transport", "level"):
        if may_choose(category=category, road=Road(road)):
            levels[category][Road(road)] = Level(level)
    return dict(levels)


def may_choose(*, category: str, road: Road) -> bool:
    """Whether people decide how a category goes by a road."""
    habit = HABITS[category]
    return habit.push_free if road == Road.PUSH else habit.mail_free
