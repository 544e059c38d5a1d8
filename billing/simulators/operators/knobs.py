"""What a test may turn: how often each thing goes wrong, and how the payers behave."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


class BadKnob(ValueError):
    """No such knob, or not a value it can be turned to."""


@dataclass
class Knobs:
    """Those of one operator. Numbers from 0 to 1 are shares of the calls, drawn from the seeded chance of the operator."""

    # ---- Calls that move money --------------------------------------------------------------------------------------------------
    error_before: float = 0.0  # 503, nothing was done
    reply_lost: float = 0.0  # done, and the connection is closed without a word
    error_after: float = 0.0  # done, and 500
    duplicate_conflict: float = 0.0  # done, and the answer says that it was there before
    reply_slow_ms: int = 0
    # ---- Messages ---------------------------------------------------------------------------------------------------------------
    callback_never: float = 0.0
    callback_triple: float = 0.0  # three times, and the last one says the contrary
    callback_early: float = 0.0  # before the reply to the call that began it
    # ---- Questions --------------------------------------------------------------------------------------------------------------
    status_error: float = 0.0  # 502
    token_short: float = 0.0  # a token that is dead after 50 ms, whatever it says
    # ---- Payers -----------------------------------------------------------------------------------------------------------------
    refuse: float = 0.0
    timeout: float = 0.0  # nobody looks at the telephone
    ambiguous: float = 0.0  # for ten minutes the operator does not know; then it was paid
    settle_ms: tuple[int, int] | None = (50, 400)  # how long they take; null: a person decides on the page of the telephone
    # ---- The house of the operator ----------------------------------------------------------------------------------------------
    expires_in_text: bool = False
    statement_lag_days: int = 0
    statement_reference: bool = False  # whether a statement carries the merchant's reference; no document promises it
    signing: bool = False  # Airtel: messages have to be signed
    callback_url: str = ""  # Airtel: what its portal keeps
    callback_secret: str = ""  # Airtel: with it, callbacks carry a hash

    def turn(self, values: dict[str, Any]) -> None:
        """Set some of them.

        Raises:
            BadKnob: and none was set.
        """
        read = {name: self._read(name, value) for name, value in values.items()}
        for name, value in read.items():
            setattr(self, name, value)

    def _read(self, name: str, value: Any) -> Any:
        if name not in {one.name for one in fields(self)}:
            raise BadKnob(f"no knob {name}")
        if name == "settle_ms":
            return _read_pair(value)
        old = getattr(Knobs(), name)
        if isinstance(old, float) and not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value <= 1:
            return float(value)
        if isinstance(old, float) or type(value) is not type(old) or (isinstance(value, int) and value < 0):
            raise BadKnob(f"{name}: not {value!r}")
        return value


def _read_pair(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    pair = [value, value] if isinstance(value, int) else value
    good = isinstance(pair, list | tuple) and len(pair) == 2 and all(type(one) is int and one >= 0 for one in pair)
    if not good or pair[0] > pair[1]:
        raise BadKnob(f"settle_ms: not {value!r}")
    return pair[0], pair[1]
