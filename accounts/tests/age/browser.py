"""A browser with a wallet in it: what `navigator.credentials.get` gives for our request, made by an issuer of the tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from accounts.age import issuing
from accounts.age.encodings import write_cbor
from accounts.age.transcripts import dcapi_transcript
from accounts.models import TrustedIssuer


def new_issuer(*, now: datetime) -> issuing.Issuer:
    """An issuer of the tests, for those beside this app: whoever can issue is told by name."""
    return issuing.Issuer.new(now=now, name="Trusted by the tests", country="FR")


def trust(issuer: issuing.Issuer, *, now: datetime) -> None:
    """Put an issuer on the trusted list of this house."""
    anchor = issuer.anchor
    TrustedIssuer.objects.create(
        country=anchor.country,
        certificate=anchor.certificate,
        fingerprint=anchor.fingerprint,
        granted=True,
        list_sequence=1,
        next_update=now + timedelta(days=30),
        loaded_at=now,
    )


def answer(
    options: Mapping[str, Any], *, issuer: issuing.Issuer, origin: str, now: datetime, ages: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the page's script gets for the options of a request."""
    (request,) = options["digital"]["requests"]
    info = request["data"]["encryptionInfo"]
    device = issuing.new_key()
    issued = issuing.issue_mdoc(issuer, device.public_key(), now=now, ages=ages)
    shown = issuing.make_device_response(issued, device, dcapi_transcript(encryption_info=info, origin=origin))
    sealed = issuing.seal_response(write_cbor(shown), encryption_info=info, origin=origin)
    return {"protocol": request["protocol"], "data": {"response": sealed}}
