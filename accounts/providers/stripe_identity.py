"""STRIPE_IDENTITY: a third party looks at the person's document; only yes or no comes into this house.

The contract is that of docs.stripe.com/identity (verification-sessions, access-verification-results): a VerificationSession is made, the
person goes to its `url`, and it is fetched again with the day of birth, which a restricted key alone may read. Then it is redacted.
Spoken over core.http; the `stripe` package is billing's. Never run against the live service.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from accounts.age.attestation import Attested
from accounts.age.birthdates import is_old_enough
from accounts.age.refusals import RefusalCode, Refused, demand
from accounts.enums import AgeMethod, Assurance
from accounts.models import AgeCheck
from accounts.providers.base import Challenge, ChallengeKind, Pending, asking, open_held, return_uri_of, seal_held
from core.http import BadAnswer, call

logger = logging.getLogger("resaka.age")

_PATH = "/v1/identity/verification_sessions"
# The document was looked at now, so the proof is as good as any account's may be.
_GOOD_FOR = timedelta(days=365)
_SECONDS = 6.0  # somebody waits for the page meanwhile


class StripeIdentity:
    """See the module."""

    method = AgeMethod.STRIPE_IDENTITY
    assurance = Assurance.SUBSTANTIAL
    lifetime = timedelta(minutes=30)

    def start(self, *, check: AgeCheck, state: str, origin: str, now: datetime) -> Challenge:
        """A session at the third party; its id is kept sealed with the attempt, and nothing of the person is sent."""
        form = {
            "type": "document",
            "options[document][require_matching_selfie]": "true",
            "return_url": f"{return_uri_of(origin)}?{urlencode({'state': state})}",
        }
        made = _ask("POST", "", form=form, key=check.public_id)
        if not isinstance(made.get("id"), str) or not isinstance(made.get("url"), str):
            raise Refused(RefusalCode.PROVIDER_UNAVAILABLE)
        seal_held(check, made["id"].encode())
        return Challenge(ChallengeKind.REDIRECT, link=made["url"])

    def complete(self, *, check: AgeCheck, payload: Mapping[str, Any], origin: str, now: datetime) -> Attested:
        """Ask what became of the session.

        Raises:
            Refused. Pending: it is being judged, or cannot be asked after now.
        """
        session = quote(open_held(check).decode(), safe="")
        try:
            found = _ask("GET", f"/{session}?{urlencode({'expand[]': 'verified_outputs.dob'})}")
        except Refused as refused:
            raise Pending from refused
        status = found.get("status")
        if status == "processing":
            raise Pending
        if status == "verified":
            born = _read_birth(found)
            _redact(session)
            demand(is_old_enough(born, threshold=check.threshold, today=now.date()), RefusalCode.UNDER_AGE)
            return Attested(over=check.threshold, issuer_country="", anchor_fingerprint="", valid_until=now + _GOOD_FOR)
        failed = status == "requires_input" and found.get("last_error")
        raise Refused(RefusalCode.NOT_CONFIRMED if failed else RefusalCode.NOT_FINISHED)


def _read_birth(found: dict[str, Any]) -> date:
    try:
        dob = found["verified_outputs"]["dob"]
        return date(dob["year"], dob["month"], dob["day"])
    except (KeyError, TypeError, ValueError) as error:
        logger.warning("a verified session without a day of birth: the key must be a restricted one that may read it")
        raise Refused(RefusalCode.NOT_CONFIRMED) from error


def _redact(session: str) -> None:
    """Have the third party forget what it saw; that it cannot be told now changes nothing of the verdict."""
    try:
        _ask("POST", f"/{session}/redact", form={})
    except Refused:
        logger.warning("a verification session was not redacted")


def _ask(method: str, path: str, *, form: Mapping[str, str] | None = None, key: str = "") -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {settings.STRIPE_IDENTITY_KEY}", **({"Idempotency-Key": key} if key else {})}
    with asking(AgeMethod.STRIPE_IDENTITY):
        answer = call(method, settings.STRIPE_IDENTITY_URL + _PATH + path, headers=headers, form=form, seconds=_SECONDS)
        if answer.status != 200:
            raise BadAnswer(f"status {answer.status}")
        return answer.read_object()
