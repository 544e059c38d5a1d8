"""Releasing data to an authority, as two of the legal desk do it in tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from accounts.models import User
from accounts.tests.factories import NOON
from moderation.models import LegalRequest, StaffProfile
from moderation.services.requests import agree_release, ask_release
from moderation.tests.courts import collected

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def agreed(first: StaffProfile, second: StaffProfile, *people: User, **changes: Any) -> LegalRequest:
    request = collected(first, *people, **changes)
    asked = ask_release(request=request, by=first, reason="conforme", now=NOON)
    return agree_release(request=request, approval=asked, by=second, reason="relue", now=NOON)
