"""The base of what the rooms refuse: a stable code for programs, words for people."""

from __future__ import annotations

from typing import Any


class ChatError(Exception):
    """A refusal by a rule of the room. `code` crosses the wire, `words` are shown, `retry` is seconds to wait if waiting helps."""

    code: str = "refused"
    words: Any = ""

    def __init__(self, *, retry: float | None = None) -> None:
        super().__init__(self.code)
        self.retry = retry
