"""What is counted of notices on devices for the watch over the service (core.metrics has the rest)."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

PUSHES = Counter(
    "resaka_pushes", "Tries to tell a device, by how they ended: sent, gone, suppressed, retry, refused.", ["transport", "outcome"]
)
PUSH_KEYS_REFUSED = Counter(
    "resaka_push_keys_refused",
    "Answers of push services that our keys are wrong (401, 403), for devices that they took something for before (known) or not (new).",
    ["host", "device"],
)
PUSH_REDIRECTED = Counter("resaka_push_redirected", "Push services that sent us elsewhere, where we do not go.", ["host"])
PUSH_SECONDS = Histogram(
    "resaka_push_seconds",
    "From a notice to its acceptance by the push service.",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800),
)
