"""docs/status.md is whole, and what it points to exists."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROW = re.compile(r"^\| (\d+)†? \| (.+?) \| (built|partial|later)(?:: (.+?))? \| (?:`(.+?)` )?\|$", re.MULTILINE)
FEATURES = 260


def rows() -> list[tuple[str, ...]]:
    text = (ROOT / "docs" / "status.md").read_text("utf-8")
    return [match.groups(default="") for match in ROW.finditer(text)]


def test_every_feature_has_its_row_in_order() -> None:
    assert [int(row[0]) for row in rows()] == list(range(1, FEATURES + 1))


def test_what_is_built_is_shown_by_something_that_exists() -> None:
    wrong = [number for number, _words, state, _why, shown in rows() if state != "later" and not (shown and (ROOT / shown).exists())]
    assert wrong == []


def test_what_is_missing_is_said() -> None:
    assert [number for number, _words, state, why, _shown in rows() if state != "built" and not why] == []
