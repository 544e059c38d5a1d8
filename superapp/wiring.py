"""All upward traffic of the house on one screen: which handler is told of which event."""

from __future__ import annotations

from accounts.events import AgeExpired
from chat.events import ImagesPurged
from chat.handlers import on_age_expired, on_images_purged
from core.outbox import Route, register

ROUTES = (
    # files live outside of the database, so their deletion is no part of a transaction
    Route(ImagesPurged, on_images_purged, outside=True),
    Route(AgeExpired, on_age_expired, outside=True),
)


def compose() -> None:
    """Fill the outbox's table; called once when the apps are loaded, in every kind of process."""
    register(ROUTES)
