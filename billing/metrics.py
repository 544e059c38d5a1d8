"""What is counted of money for the watch over the service (core.metrics has the rest)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PROVIDER_UP = Gauge("resaka_provider_up", "Whether a provider of payments answered the last call of this process.", ["provider"])
PAYMENTS_UNKNOWN = Gauge("resaka_payments_unknown", "Payments of which nobody knows whether they were paid.")
PAYMENTS_UNKNOWN_AGE = Gauge("resaka_payments_unknown_age_seconds", "How long the oldest of them has been so.")
PAYMENTS_FLAGGED = Counter("resaka_payments_flagged", "Successes that did not agree with what was asked, by what differed.", ["what"])
EVENTS = Counter("resaka_provider_events", "Events of providers, by what became of them at the door.", ["provider", "outcome"])

POSTINGS = Counter("resaka_ledger_postings", "Postings, by whether they were new or asked again.", ["outcome"])
POSTING_SECONDS = Histogram(
    "resaka_ledger_posting_seconds", "Time of one posting.", buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
)
LEDGER_RETRIES = Counter("resaka_ledger_retries", "Postings and holds tried again after a deadlock.")
LEDGER_FAULTS = Gauge("resaka_ledger_faults", "What is wrong in the books, by invariant, as the last look found it.", ["invariant"])
LEDGER_STOPPED = Gauge("resaka_ledger_stopped", "1 while no money leaves the house because the books are wrong, else 0.")
LEDGER_PROVED_AT = Gauge("resaka_ledger_proved_at_seconds", "When the whole of the books was proved last (Unix time).")
