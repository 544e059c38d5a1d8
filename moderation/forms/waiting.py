"""A form that a service refuses, for now or for good."""

from __future__ import annotations

from math import ceil

from django import forms


class Refusable(forms.Form):
    """`wait` is the number of seconds after which it may be sent again, 0 when waiting does not help."""

    wait = 0

    def refuse(self, words: str, *, field: str | None = None, wait: float = 0) -> None:
        """Say beside `field`, or above all, why what was typed was not taken."""
        self.add_error(field, words)
        self.wait = ceil(wait)
