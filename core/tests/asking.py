"""Asking a server of the test over the one way out."""

from __future__ import annotations

from collections.abc import Callable

from core.tests.standin import Reply, Said

Allow = Callable[..., None]


def page(text: bytes = b"hello") -> Callable[[Said], Reply]:
    return lambda _said: Reply(chunks=[text])
