"""All files of an archive, in the order in which people read them. A new app is added here."""

from __future__ import annotations

from accounts import exports as accounts
from billing import exports as billing
from chat import exports as chat
from core.exporting import ExportFile, ExportMedia
from moderation import exports as moderation
from notifications import exports as notifications
from privacy import exports as privacy

FILES: tuple[ExportFile, ...] = (
    *accounts.FILES,
    *chat.FILES,
    *billing.FILES,
    *moderation.FILES,
    *notifications.FILES,
    *privacy.FILES,
)
MEDIA: tuple[ExportMedia, ...] = chat.MEDIA
BY_NAME: dict[str, ExportFile] = {one.name: one for one in FILES}
