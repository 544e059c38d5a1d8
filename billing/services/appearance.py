"""The look of the pages. Light, dark and high contrast are everybody's for ever; the colours belong to the entitlement THEMES."""

from __future__ import annotations

from datetime import datetime

from accounts.enums import Accent
from accounts.models import User
from accounts.services.preferences import set_look
from billing.queries.entitlements import get_entitlement


class AccentNotIncluded(Exception):
    """The colour needs an entitlement that this person does not have."""


def choose_look(*, user: User, theme: str, accent: str, now: datetime) -> None:
    """Keep theme and colour in the account. The colour that somebody has already may stay, also when the entitlement is over: it is kept
    and not shown until the entitlement is back.

    Raises:
        AccentNotIncluded: and nothing is changed.
    """
    is_new = accent not in (Accent.LEAF, user.accent)
    if is_new and not get_entitlement(user, "THEMES", now):
        raise AccentNotIncluded
    set_look(user=user, theme=theme, accent=accent)


def accent_of(*, user: User, now: datetime) -> str:
    """The colour that is shown to this person now; empty: the house's own. One query, and none for those who never chose one."""
    return user.accent if user.accent and get_entitlement(user, "THEMES", now) else ""
