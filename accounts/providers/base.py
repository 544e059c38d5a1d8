"""What every way of showing one's age has in common."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from accounts.age.attestation import Attested
from accounts.age.refusals import RefusalCode, Refused
from accounts.enums import AgeMethod, Assurance
from accounts.models import AgeCheck
from core.http import OutboundError
from core.sealing import open_sealed, seal

logger = logging.getLogger("resaka.age")

RESPONSE_PATH = "/age/oid4vp/response"
RETURN_PATH = "/age/third-party/return"
# How long an attempt with a wallet lives.
LIFETIME = timedelta(seconds=300)


class Pending(Exception):
    """A third party has not decided yet, or cannot be asked now: the person may come again with the same attempt."""


class ChallengeKind(StrEnum):
    """What the page has to do with a challenge."""

    REDIRECT = "REDIRECT"
    QR = "QR"
    DC_REQUEST = "DC_REQUEST"
    FORM = "FORM"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is put to the person's wallet: a link, or the options of the browser's credential request."""

    kind: ChallengeKind
    link: str = ""
    options: dict[str, Any] = field(default_factory=dict)


class AgeProvider(Protocol):
    """One method. It judges and keeps nothing; the services claim the attempt before they call `complete`."""

    method: AgeMethod
    assurance: Assurance
    lifetime: timedelta

    def start(self, *, check: AgeCheck, state: str, origin: str, now: datetime) -> Challenge:
        """The challenge of a fresh attempt; it may set fields of `check`, which is not saved yet. `state` is kept nowhere else."""
        ...

    def complete(self, *, check: AgeCheck, payload: Mapping[str, Any], origin: str, now: datetime) -> Attested:
        """Judge what came back.

        Raises:
            Refused. Pending, from a third party.
        """
        ...


def response_uri_of(origin: str) -> str:
    """Where wallets send their answers."""
    return origin + RESPONSE_PATH


@contextmanager
def asking(method: AgeMethod) -> Iterator[None]:
    """While another service is asked: that it could not be reached, or did not answer, is nobody's fault.

    Raises:
        Refused: PROVIDER_UNAVAILABLE, in place of any OutboundError.
    """
    try:
        yield
    except OutboundError as error:
        logger.warning("age provider not reached", extra={"fields": {"method": method.value, "why": f"{type(error).__name__}: {error}"}})
        raise Refused(RefusalCode.PROVIDER_UNAVAILABLE) from error


def return_uri_of(origin: str) -> str:
    """Where a third party sends the person back."""
    return origin + RETURN_PATH


def seal_held(check: AgeCheck, secret: bytes) -> None:
    """Keep with the attempt what only its completion needs."""
    check.held = seal(check.user.scope, secret, check.held_ad)


def open_held(check: AgeCheck) -> bytes:
    """What `seal_held` kept."""
    return open_sealed(check.user.scope, bytes(check.held or b""), check.held_ad)
