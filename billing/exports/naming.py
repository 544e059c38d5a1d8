"""What the files of money have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.exporting import Row

# On which grounds most of it is kept.
LAW = "GDPR 6(1)(c); C. com. L123-22"
CONTRACT = "GDPR 6(1)(b)"


def named(model: Any, rows: Iterable[Row]) -> dict[str, Any]:
    """The objects of a page by their outward ids, for what a list of columns cannot give."""
    return {one.public_id: one for one in model.objects.filter(public_id__in=[row["public_id"] for row in rows])}
