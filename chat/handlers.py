"""What follows from what happened in the rooms, later and at least once."""

from __future__ import annotations

from django.core.files.storage import default_storage

from chat.events import ImagesPurged


def on_images_purged(event: ImagesPurged) -> None:
    """Delete files whose rows are gone. A file that is gone already is no error, so it may run twice."""
    for name in event.names:
        default_storage.delete(name)
