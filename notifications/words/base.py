"""What a notice is made of when it is read: sentences in the language that is active, from codes, dates and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Args = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """A notice: a line, what it means, what the link to its page says, and the lines of a list, if it has one."""

    title: str
    text: str
    action: str
    lines: tuple[str, ...] = ()
