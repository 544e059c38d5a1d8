"""Who works in the house, under their handles."""

from __future__ import annotations

from moderation.models import StaffProfile


def list_team() -> list[StaffProfile]:
    """Everybody in service, by handle."""
    return list(StaffProfile.objects.filter(active=True).order_by("handle"))
