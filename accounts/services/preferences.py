"""How somebody likes their pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from accounts.models import User


@dataclass(frozen=True, slots=True)
class Preferences:
    """All choices of the preferences page."""

    language: str
    theme: str
    data_saver: bool
    hide_presence: bool
    enter_sends: bool
    discreet: bool


def preferences_of(user: User) -> Preferences:
    """The choices as they are, to change some of them with `dataclasses.replace`."""
    return Preferences(**{name: getattr(user, name) for name in Preferences.__dataclass_fields__})


def set_preferences(*, user: User, preferences: Preferences) -> None:
    """Keep the choices in the account, so that they follow the person to every device."""
    user.language = preferences.language
    user.theme = preferences.theme
    user.data_saver = preferences.data_saver
    user.hide_presence = preferences.hide_presence
    user.enter_sends = preferences.enter_sends
    user.discreet = preferences.discreet
    user.save(update_fields=["language", "theme", "data_saver", "hide_presence", "enter_sends", "discreet"])


def set_look(*, user: User, theme: str, accent: str) -> None:
    """Keep theme and colour in the account; whether the person may have that colour, a floor above knows."""
    user.theme, user.accent = theme, accent
    user.save(update_fields=["theme", "accent"])


def note_active(*, user: User, today: date) -> None:
    """Remember the day, never the hour, of somebody's last visit; one write a day."""
    if user.last_active_date != today:
        User.objects.filter(pk=user.pk).update(last_active_date=today)
        user.last_active_date = today
