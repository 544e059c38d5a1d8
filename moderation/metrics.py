"""What is counted of moderation for the watch over the service (core.metrics has the rest)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

STATEMENTS = Counter(
    "resaka_statements", "Statements of reasons, by what the Commission's database said: sent, refused, put_off.", ["outcome"]
)
STATEMENTS_STOPPED = Gauge("resaka_statements_stopped", "1 while nothing is sent because the database refuses our token, else 0.")
CASES_OVERDUE = Gauge("resaka_cases_overdue", "Open cases whose first action is late.")
