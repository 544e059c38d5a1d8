"""Recognising a browser: a random cookie that says nothing, kept here as a keyed hash for 180 days."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime, timedelta

from accounts.models import DeviceMark, User
from core.sealing import mac_key

KEPT = timedelta(days=180)
_SCOPE = "device-mark"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}\Z")


def new_token() -> str:
    """What a browser without a mark is given: 256 random bits, 43 characters."""
    return secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    """Whether a cookie has the shape of a token; one that was made up is as good as a new one, for it is unknown to every account."""
    return _TOKEN.match(text) is not None


def find_device(*, user: User, token: str, now: datetime) -> DeviceMark | None:
    """The mark of this browser on this account; None when the person never logged in with it within 180 days."""
    return DeviceMark.objects.filter(user=user, mac=_mac_of(token), expires_at__gt=now).first()


def mark_device(*, user: User, token: str, now: datetime) -> bool:
    """Note that this person logged in with this browser; whether it was known to the account. The 180 days begin anew."""
    known = find_device(user=user, token=token, now=now) is not None
    DeviceMark.objects.update_or_create(user=user, mac=_mac_of(token), defaults={"set_at": now, "expires_at": now + KEPT})
    return known


def _mac_of(token: str) -> str:
    return hmac.digest(mac_key(_SCOPE)[1], token.encode(), "sha256").hex()
