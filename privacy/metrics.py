"""What is measured of privacy for the watch over the service (core.metrics has the rest)."""

from __future__ import annotations

from prometheus_client import Gauge

PURGE_LAG = Gauge("resaka_purge_lag_seconds", "How long the oldest row has been due that nothing holds and nobody destroyed.", ["code"])
REQUESTS_LATE = Gauge("resaka_data_requests_late", "Requests of people over their data whose legal day is past.")
