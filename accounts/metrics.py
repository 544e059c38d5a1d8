"""What is counted of the people's side for the watch over the service (core.metrics has the rest)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

TRUSTED_LIST_LEFT = Gauge(
    "resaka_trusted_list_left_seconds",
    "How long the trusted list is still good; 0 when its methods are closed, NaN where none is expected.",
)
TRUSTED_LIST_REFRESHES = Counter("resaka_trusted_list_refreshes", "Tries to take the trusted list.", ["outcome"])
