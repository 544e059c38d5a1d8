"""What is counted of money for the watch over the service (core.metrics has the rest)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

PROVIDER_UP = Gauge("resaka_provider_up", "Whether a provider of payments answered the last call of this process.", ["provider"])
PAYMENTS_UNKNOWN = Gauge("resaka_payments_unknown", "Payments of which nobody knows whether they were paid.")
PAYMENTS_UNKNOWN_AGE = Gauge("resaka_payments_unknown_age_seconds", "How long the oldest of them has been so.")
PAYMENTS_FLAGGED = Counter("resaka_payments_flagged", "Successes that did not agree with what was asked, by what differed.", ["what"])
EVENTS = Counter("resaka_provider_events", "Events of providers, by what became of them at the door.", ["provider", "outcome"])
