"""The settings of sockets: how much one of them may send and hold, and how long it is waited for."""

from __future__ import annotations

from typing import Any

from superapp import env

SOCKETS: dict[str, Any] = {
    "FRAME_BYTES": 16 * 1024,
    "BUCKET_FRAMES": env.number("RESAKA_FRAMES_IN_10_S", default=20, low=1, high=100_000),
    "BUCKET_BURST": env.number("RESAKA_FRAMES_BURST", default=30, low=1, high=100_000),
    "TOPICS_PER_SOCKET": 200,
    "SOCKETS_PER_USER": 5,
    "PING_SECONDS": 25,
    "PING_TIMEOUT_SECONDS": 20,
    "SLOW_SECONDS": 30,
    "SAFETY_SECONDS": 5,
    "PRESENCE_SECONDS": 5,
    "THREADS": 4,
}
# Messages one account may send over sockets, REST and forms together.
MESSAGES_IN_10_S = env.number("RESAKA_MESSAGES_IN_10_S", default=15, low=1, high=100_000)
