"""What is counted for the watch over the service (`/metrics`). Each process counts for itself and is asked by itself.

An increment takes about a microsecond: on the paths that run per message, count once per batch (`DELIVERIES.inc(len(batch))`).
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SOCKETS = Gauge("resaka_sockets", "Sockets open in this process.")
FRAMES_IN = Counter("resaka_frames_in", "Frames that sockets sent.")
DELIVERIES = Counter("resaka_deliveries", "Frames of events that were written to sockets.")
GAPS_REPAIRED = Counter("resaka_gaps_repaired", "Gaps of a topic that were filled from the log.")
FANOUT_SECONDS = Histogram(
    "resaka_fanout_seconds",
    "From the commit of events to their writing to the sockets of this process, the oldest of each burst.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30),
)
BATCH_SIZE = Histogram("resaka_batch_size", "Messages written in one transaction.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256))
FLUSH_SECONDS = Histogram(
    "resaka_flush_seconds", "Time of one transaction of messages.", buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
)

BUS_UP = Gauge("resaka_bus_up", "Whether this process hears the others: 1, or 0 while every process repairs itself from the log.")
DATABASE_UP = Gauge("resaka_database_up", "Whether the database answers and no migration waits.", ["alias"])
OUTBOX_PENDING = Gauge("resaka_outbox_pending", "Deliveries of the outbox that are not done.")
OUTBOX_PARKED = Gauge("resaka_outbox_parked", "Deliveries that failed too often and wait for staff.")
OUTBOX_AGE = Gauge("resaka_outbox_age_seconds", "How long the oldest delivery that is not done has been there.")

REQUESTS = Counter("resaka_requests", "Answers over HTTP.", ["method", "status"])
REQUEST_SECONDS = Histogram(
    "resaka_request_seconds", "Time of an answer over HTTP.", ["method"], buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
)

AGE_CHECKS = Counter(
    "resaka_age_checks", "Attempts to show an age, by what became of them: PASSED, EXPIRED or a refusal.", ["method", "outcome"]
)
