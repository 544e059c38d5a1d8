"""What a judged proof amounts to, and the port through which its revocation is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Attested:
    """A proof that passed. `over` is the age that was asked for, even if more was shown: more is not kept."""

    over: int
    issuer_country: str
    anchor_fingerprint: str
    valid_until: datetime


class StatusReader(Protocol):
    """Answers whether an issuer has taken an attestation back; `accounts.age.statuslist.StatusLists` is one."""

    def is_revoked(self, *, uri: str, index: int, now: datetime) -> bool | None:
        """True: taken back or suspended. None: the list cannot be had or is not to be believed; never raises."""
        ...
