"""The moment at which tests begin."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.utils.formats import date_format
from django.utils.translation import override

# Noon of yesterday. A date that stands still would grow old: what tests write at it expires, while pages and jobs go by the real clock.
NOON = datetime.combine(datetime.now(UTC).date() - timedelta(days=1), time(12), UTC)


def at_noon(*, days: int = 0, hours: int = 0, minutes: int = 0) -> str:
    """A moment counted from NOON as frames, journals and evidence write it."""
    return (NOON + timedelta(days=days, hours=hours, minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def day_in_french(*, days: int = 0) -> str:
    """A day counted from NOON as a letter in French names it."""
    with override("fr"):
        return date_format(NOON + timedelta(days=days), "j F Y")
