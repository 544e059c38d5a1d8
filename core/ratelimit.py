"""A limit on how often somebody may do something, kept in the shared cache."""

from __future__ import annotations

from django.core.cache import cache


class RateLimited(Exception):
    """Too many in the window; `retry` is the number of seconds after which it may work again."""

    def __init__(self, retry: float) -> None:
        super().__init__(f"retry in {retry:.0f} s")
        self.retry = retry


def hit(name: str, key: str, *, limit: int, seconds: int) -> None:
    """Count one deed of `key`; the window is fixed and begins with its first deed.

    Raises:
        RateLimited: it was the deed number `limit + 1` or later within `seconds`.
    """
    slot = f"rl:{name}:{key}"
    if cache.add(slot, 1, seconds):
        return
    try:
        count = cache.incr(slot)
    except ValueError:  # the window ended between the two calls
        cache.add(slot, 1, seconds)
        return
    if count > limit:
        raise RateLimited(float(seconds))


def forget(name: str, key: str) -> None:
    """`key` has done nothing yet, for deeds that no person does: the demo's."""
    cache.delete(f"rl:{name}:{key}")
