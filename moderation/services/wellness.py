"""What somebody of the team asks for themselves: grey pictures, no single keys, fewer pictures, reasons left to others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from moderation.enums import Reason
from moderation.models import StaffProfile
from moderation.services.noting import note
from moderation.services.reveals import DAILY


class LooserThanTheHouse(ValueError):
    """More pictures a day than the house allows anybody."""


def set_preferences(
    *, staff: StaffProfile, greyscale: bool, shortcuts: bool, daily_images: int, reasons_not_taken: Iterable[str], now: datetime
) -> StaffProfile:
    """Change one's own preferences. That they changed is noted, not how: what somebody cannot bear is their own matter.

    Raises:
        LooserThanTheHouse: `daily_images` outside 0 to 40; ValueError: no such reason.
    """
    if not 0 <= daily_images <= DAILY:
        raise LooserThanTheHouse(daily_images)
    words = ",".join(sorted({Reason(word).value for word in reasons_not_taken}))
    with transaction.atomic():
        staff.greyscale, staff.shortcuts, staff.daily_images, staff.reasons_not_taken = greyscale, shortcuts, daily_images, words
        staff.save(update_fields=["greyscale", "shortcuts", "daily_images", "reasons_not_taken"])
        note(action="staff.preferences", by=staff, object_kind="staff", object_ref=staff.handle, reason="", now=now)
    return staff
