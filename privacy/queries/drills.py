"""What restoring showed: the restorations of this very house, and the reports that drills elsewhere left, a JSON file each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from core.models import Restoration

_MOST = 50
_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Drill:
    """A report by the name of its file, and its lines; `fault` says why it cannot be read."""

    name: str
    lines: tuple[tuple[str, str], ...] = ()
    fault: str = ""


def list_restorations() -> list[Restoration]:
    """The backups that were put back here, the last first, with what was done again and tried, in figures; at most 50."""
    return list(Restoration.objects.order_by("-begun_at")[:_MOST])


def list_drills() -> list[Drill]:
    """The reports that lie in the folder, the last by name first; at most 50. An unreadable one is shown as that."""
    folder = Path(settings.DRILLS)
    files = sorted(folder.glob("*.json"), reverse=True) if folder.is_dir() else []
    return [_read(file) for file in files[:_MOST]]


def _read(file: Path) -> Drill:
    try:
        if file.stat().st_size > _BYTES:
            return Drill(file.stem, fault="too large")
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return Drill(file.stem, fault=str(error))
    if not isinstance(found, dict):
        return Drill(file.stem, fault="no object")
    return Drill(file.stem, tuple((str(key), value if isinstance(value, str) else json.dumps(value)) for key, value in found.items()))
