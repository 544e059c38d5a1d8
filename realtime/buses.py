"""The bus of this process: in memory, or Redis where the settings name one."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from realtime.bus import Bus, LocalBus
from realtime.redis_bus import RedisBus


@cache
def get_bus() -> Bus:
    """The one bus of this process."""
    return RedisBus(settings.REDIS_URL) if settings.REDIS_URL else LocalBus()
