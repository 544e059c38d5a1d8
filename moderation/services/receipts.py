"""The receipt of a report: the link that opens its state without an account, and who wants to hear of it.

The token of the link is a MAC of the report's reference under a key that seals reports. So it need not be kept anywhere to be written
into the letter of the outcome as well; the table holds its SHA-256 alone, which opens nothing.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass

from core.sealing import SealingError, mac_key, open_sealed, seal
from moderation.models import Report

SCOPE = "report"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody without account who wants an answer; both may be empty."""

    name: str = ""
    email: str = ""


def token_of(public_id: str) -> str:
    """The token of a report's status link: 32 bytes in 43 characters that are safe in a URL."""
    _kid, key = mac_key(SCOPE)
    return base64.urlsafe_b64encode(hmac.digest(key, f"receipt:{public_id}".encode(), "sha256")).decode().rstrip("=")


def seal_contact(*, contact: Contact, ad: str) -> bytes | None:
    """Name and address as `Report.contact` keeps them, bound to `Report.contact_ad`; None when neither was given."""
    if not (contact.name or contact.email):
        return None
    return seal(SCOPE, json.dumps({"name": contact.name, "email": contact.email}).encode(), ad)


def open_contact(*, report: Report) -> Contact:
    """Whom to answer; empty when nobody gave an address, or when its key is gone."""
    if report.contact is None:
        return Contact()
    try:
        return Contact(**json.loads(open_sealed(SCOPE, bytes(report.contact), report.contact_ad)))
    except SealingError:
        return Contact()
