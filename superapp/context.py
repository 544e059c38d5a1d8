"""What every template may know."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from billing.queries.credits import is_wallet_open
from billing.services.appearance import accent_of
from notifications.queries import count_unseen


def site(request: HttpRequest) -> dict[str, Any]:
    """Name and publisher of the site, and the person's look: theme and data saver from the account, else from cookies."""
    user = getattr(request, "user", None)
    member = user if isinstance(user, User) else None
    theme = member.theme if member else request.COOKIES.get("theme", "")
    saver = (member and member.data_saver) or request.COOKIES.get("saver") == "1" or request.headers.get("Save-Data") == "on"
    return {
        "site_name": settings.SITE_NAME,
        "publisher": settings.PUBLISHER,
        "contact_email": settings.CONTACT_EMAIL,
        "responsible": settings.RESPONSIBLE,
        "origin": settings.ORIGIN,
        "embedded": settings.EMBEDDED,
        "standins": settings.STANDINS,
        "quick_exit_url": settings.QUICK_EXIT_URL,
        "theme": theme if theme in {"light", "dark", "high"} else "",
        "accent": accent_of(user=member, now=timezone.now()) if member else "",
        "data_saver": bool(saver),
        "push_on": bool(settings.VAPID_KEYS),
        "wallet_open": member is not None and is_wallet_open(member),
        # a function: pages without a bell do not ask
        "unseen": lambda: count_unseen(user_id=member.pk) if member else 0,
    }
