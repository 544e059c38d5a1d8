"""What every Python test stands on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test with a database has both: the sealed rows and their keys."""
    for item in items:
        for mark in item.iter_markers("django_db"):
            cast("dict[str, Any]", mark.kwargs).setdefault("databases", ["default", "keys"])


@pytest.fixture(autouse=True)
def _own_folders(settings: object, tmp_path: Path) -> None:
    """Files and letters of a test go to its own folder; passwords are hashed quickly, since what they guard lives for a second."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    settings.MAIL_DIR = tmp_path / "mail"  # type: ignore[attr-defined]
    settings.STORAGES = {  # type: ignore[attr-defined]
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "media")}},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    """No test sees another's counters or keys."""
    from django.core.cache import cache

    from chat.access import forget_rooms
    from chat.services.messages import forget_pace
    from core import sealing

    cache.clear()
    sealing.forget_keys()
    forget_pace()
    forget_rooms()
