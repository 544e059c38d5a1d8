"""Where files lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# What one file of a download holds at most: small systems of files end at four gigabytes, and patience long before.
EXPORT_PART_BYTES = 2_000_000_000


def storages(media: Path, archives: Path) -> dict[str, dict[str, Any]]:
    """All storages of the house: images of messages, archives, and the built front end."""
    return {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": media}},
        "exports": exports(archives),
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }


def exports(folder: Path) -> dict[str, Any]:
    """The storage of archives that people asked for: pieces that nobody else on the machine reads. Several servers share it, as they share
    the media."""
    modes = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder), **modes}}
