"""Numbers of the log as paths carry them."""

from __future__ import annotations

from django.urls import register_converter

# Fifteen digits fit every database and every number of JavaScript; a longer one names no message.
LARGEST_SEQ = 10**15 - 1


class SeqConverter:
    """A `seq` in a path: `<seq:seq>`."""

    regex = "[0-9]{1,15}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(SeqConverter, "seq")
