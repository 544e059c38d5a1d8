"""How often things go wrong at an operator: the shares of the long run that the design measured, whole, a quarter of them, none."""

from __future__ import annotations

from typing import Any

# Of the calls, of the messages, of the payers. What they come to together is the "40 %" of the campaign's name.
_STORM = {
    "error_before": 0.10,
    "reply_lost": 0.12,
    "error_after": 0.06,
    "callback_early": 0.06,
    "callback_never": 0.20,
    "callback_triple": 0.20,
    "status_error": 0.12,
    "token_short": 0.08,
    "refuse": 0.20,
    "ambiguous": 0.02,
    "timeout": 0.02,
    "duplicate_conflict": 0.02,
}
_SHARES = {0: 0.0, 10: 0.25, 40: 1.0}
FAULTS = tuple(_SHARES)


def weather_of(faults: int) -> dict[str, Any]:
    """The knobs for 0, 10 or 40 percent. Payers always take their time, and a few of them refuse in any weather."""
    knobs: dict[str, Any] = {name: round(share * _SHARES[faults], 4) for name, share in _STORM.items()}
    return {**knobs, "settle_ms": [5, 60], "refuse": knobs["refuse"] or 0.05}
