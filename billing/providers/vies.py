"""VIES, the Commission's register of VAT numbers, over its REST interface (swagger_publicVAT.yaml at ec.europa.eu, `check-vat-number`).

`valid` alone is an answer about a number. Whatever else comes (a member state that does not answer, too many requests, no connection) is
none, and without an answer VAT is charged. Greece is EL there.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.conf import settings

from core.http import BadAnswer, OutboundError, call
from core.outages import log_failure

logger = logging.getLogger("resaka.billing")

_SECONDS = 8.0  # somebody waits for the page meanwhile
_MALFORMED = "INVALID_INPUT"


class NoAnswer(Exception):
    """The register said neither yes nor no."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What it said; `consultation` is its name for the answer, which proves that it was asked. It gives one only to whom it knows."""

    valid: bool
    consultation: str = ""


def ask_vies(*, vat_number: str) -> Registered:
    """Whether the register knows a number (two letters of its country, then the rest) today.

    Raises:
        NoAnswer.
    """
    body = {"countryCode": vat_number[:2], "vatNumber": vat_number[2:], **_requester()}
    try:
        answer = call("POST", f"{settings.VIES_URL}/check-vat-number", data=body, seconds=_SECONDS)
        if answer.status >= 500:
            raise BadAnswer(f"status {answer.status}")
        return _read(answer.read_object(), body)
    except OutboundError as error:
        log_failure(logger, "the register of VAT numbers did not answer", error)
        raise NoAnswer from error


def _read(found: dict[str, object], asked: dict[str, str]) -> Registered:
    wrong = found.get("errorWrappers")
    if isinstance(wrong, list) and wrong:
        code = wrong[0].get("error") if isinstance(wrong[0], dict) else None
        if code == _MALFORMED:
            return Registered(valid=False)
        raise BadAnswer(f"VIES: {code}")
    same = (found.get("countryCode"), found.get("vatNumber")) == (asked["countryCode"], asked["vatNumber"])
    if not isinstance(found.get("valid"), bool) or not same:
        raise BadAnswer("VIES: another answer than to what was asked")
    return Registered(valid=bool(found["valid"]), consultation=str(found.get("requestIdentifier") or "")[:40])


def _requester() -> dict[str, str]:
    """Who asks, where the seller has a number of the Union: then the answer has a name that proves it."""
    own = settings.SELLER_VAT_NUMBER
    return {"requesterMemberStateCode": own[:2], "requesterNumber": own[2:]} if own[:2].isalpha() and len(own) > 2 else {}
