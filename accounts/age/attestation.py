"""What a judged proof amounts to, and the port through which its revocation is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from accounts.age.refusals import RefusalCode, Refused, demand


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


def check_status(status: object, statuses: StatusReader | None, now: datetime) -> None:
    """Judge the `status` member of an attestation, the same in an mdoc and in an SD-JWT: a place in a status list, if there is one.

    An identifier list alone is passed over, as the EU profile allows; so is a list that cannot be had.

    Raises:
        Refused: STRUCTURE, REVOKED.
    """
    if status is None:
        return
    if not isinstance(status, dict):
        raise Refused(RefusalCode.STRUCTURE)
    if "status_list" not in status:
        return
    entry = status["status_list"]
    if not isinstance(entry, dict) or not isinstance(entry.get("uri"), str) or type(entry.get("idx")) is not int or entry["idx"] < 0:
        raise Refused(RefusalCode.STRUCTURE)
    if statuses is not None:
        demand(statuses.is_revoked(uri=entry["uri"], index=entry["idx"], now=now) is not True, RefusalCode.REVOKED)
