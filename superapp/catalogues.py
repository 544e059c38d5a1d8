"""Message catalogues compiled by polib, so that no system package is needed."""

from __future__ import annotations

from pathlib import Path

import polib


def compile_catalogue(source: Path) -> bool:
    """Write the .mo beside a .po when it is missing or older; whether it was written."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return False
    polib.pofile(str(source)).save_as_mofile(str(target))
    return True
