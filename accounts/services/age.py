"""One attempt to show one's age: begun, answered by a wallet, brought home by the person who began it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import Q

from accounts.age.attestation import Attested
from accounts.age.challenges import check_claim, check_return, hash_secret
from accounts.age.refusals import RefusalCode, Refused, demand
from accounts.enums import AgeCheckState, AgeFlow, AgeMethod, AgePurpose
from accounts.models import AgeCheck, User
from accounts.providers import THIRD_PARTIES, get_provider
from accounts.providers.base import Challenge, Pending
from accounts.queries.age import list_open_methods, pause_until
from accounts.services.ageproofs import record_proof
from accounts.services.visits import begin_visit
from core import metrics
from core.ratelimit import hit

logger = logging.getLogger("resaka.age")

QR_LIFETIME = timedelta(seconds=120)
STARTS_PER_HOUR, STARTS_PER_HOUR_AND_ADDRESS = 10, 30
_SECRET_BYTES = 24


class Paused(Exception):
    """Too many refusals in a day; `until` says when the next attempt may begin."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


@dataclass(frozen=True, slots=True)
class Started:
    """A fresh attempt and what is put to the wallet."""

    check: AgeCheck
    challenge: Challenge


def start_check(
    *,
    user: User,
    session_key: str,
    method: str,
    flow: str,
    purpose: str = AgePurpose.ACCOUNT,
    address: str,
    origin: str,
    now: datetime,
) -> Started:
    """Begin an attempt, bound to this session.

    Raises:
        Refused: METHOD_CLOSED. Paused. RateLimited: 10 an hour for an account, 30 for an address.
    """
    demand(flow in AgeFlow.values and purpose in AgePurpose.values, RefusalCode.STRUCTURE)
    demand(method in list_open_methods(now=now, purpose=purpose), RefusalCode.METHOD_CLOSED)
    demand(flow != AgeFlow.DC_API or method == AgeMethod.EU_AV_MDOC, RefusalCode.METHOD_CLOSED)
    demand(flow == AgeFlow.SAME_DEVICE or method not in THIRD_PARTIES, RefusalCode.METHOD_CLOSED)
    demand((flow == AgeFlow.FORM) == (method == AgeMethod.STAFF_DOCUMENT_REVIEW), RefusalCode.METHOD_CLOSED)
    if (until := pause_until(user=user, now=now)) is not None:
        raise Paused(until)
    hit("age.start", str(user.pk), limit=STARTS_PER_HOUR, seconds=3600)
    hit("age.address", address, limit=STARTS_PER_HOUR_AND_ADDRESS, seconds=3600)
    provider = get_provider(method)
    state = secrets.token_urlsafe(_SECRET_BYTES)
    check = AgeCheck(
        user=user,
        session_hash=hash_secret(session_key),
        method=method,
        purpose=purpose,
        flow=flow,
        state_hash=hash_secret(state),
        nonce=secrets.token_urlsafe(_SECRET_BYTES),
        created_at=now,
        expires_at=now + provider.lifetime,
    )
    challenge = provider.start(check=check, state=state, origin=origin, now=now)
    check.save(force_insert=True)
    return Started(check, challenge)


def answer_check(*, fields: Mapping[str, Any], origin: str, now: datetime) -> str:
    """What a wallet posted: claim the attempt of its `state`, judge, and remember the verdict for the person to fetch.

    Returns the fragment of the address to which the wallet sends the person back: a response code, or empty across two devices.

    Raises:
        Refused: REPLAYED, EXPIRED_CHALLENGE, or STRUCTURE for a state that nobody knows. Only what comes before the judgement is
            raised; a refused proof is told to the person alone.
    """
    check = _claim(
        Q(state_hash=hash_secret(str(fields.get("state", ""))))
        & ~Q(flow__in=[AgeFlow.DC_API, AgeFlow.FORM])
        & ~Q(method__in=THIRD_PARTIES),
        now=now,
    )
    code = "" if check.flow == AgeFlow.CROSS_DEVICE else secrets.token_urlsafe(_SECRET_BYTES)
    _judge(check, fields, code=code, origin=origin, now=now)
    return code


def answer_in_browser(*, user: User, public_id: str, data: str, session: SessionBase, origin: str, now: datetime) -> AgeCheck:
    """What the browser's Digital Credentials API gave to our own page: claimed, judged and brought home in one step.

    Raises:
        Refused: whatever stands against it.
    """
    mine = Q(public_id=public_id, user=user, flow=AgeFlow.DC_API, session_hash=hash_secret(session.session_key or ""))
    check = _claim(mine, now=now)
    _judge(check, {"data": data}, code="", origin=origin, now=now)
    return complete_check(check=check, session=session, code=None, now=now)


def answer_third_party(*, user: User, session: SessionBase, fields: Mapping[str, Any], origin: str, now: datetime) -> AgeCheck:
    """The person is back from a third party, in the browser that went there: ask the third party, and bring the verdict home.

    Raises:
        Refused: whatever stands against it. Pending: come again.
    """
    mine = Q(user=user, session_hash=hash_secret(session.session_key or ""), method__in=THIRD_PARTIES)
    check = _claim(Q(state_hash=hash_secret(str(fields.get("state", "")))) & mine, now=now)
    try:
        _judge(check, fields, code="", origin=origin, now=now)
    except Pending:
        AgeCheck.objects.filter(pk=check.pk, state=AgeCheckState.ANSWERED).update(used_at=None, state=AgeCheckState.STARTED)
        raise
    return complete_check(check=check, session=session, code=None, now=now)


def complete_check(*, check: AgeCheck, session: SessionBase, code: str | None, now: datetime) -> AgeCheck:
    """The person is back: write the proof for the account that asked, or for this session alone when it was asked for a visit.

    Raises:
        Refused: WRONG_SESSION, WRONG_RESPONSE_CODE, EXPIRED_CHALLENGE, TECHNICAL (not answered yet), or why the proof is refused.
    """
    needed = check.response_code_hash or None
    if check.state == AgeCheckState.PASSED:
        return check
    check_return(
        session=session.session_key or "",
        session_hash=check.session_hash,
        code=code,
        code_hash=needed,
        expires_at=check.expires_at,
        now=now,
    )
    if check.state == AgeCheckState.REFUSED:
        raise Refused(RefusalCode(check.refusal))
    demand(is_judged(check), RefusalCode.TECHNICAL)
    with transaction.atomic():
        won = AgeCheck.objects.filter(pk=check.pk, state=AgeCheckState.ANSWERED).update(state=AgeCheckState.PASSED, hpke_private_key=None)
        if won:
            _keep(check, session, now)
    check.state = AgeCheckState.PASSED
    return check


def is_judged(check: AgeCheck) -> bool:
    """Whether the wallet's answer was found good and waits for the person."""
    return check.state == AgeCheckState.ANSWERED and check.proof_ends_on is not None


def _claim(which: Q, *, now: datetime) -> AgeCheck:
    """Take the attempt, so that no answer is judged twice; committed before a byte of the answer is read."""
    open_now = Q(used_at=None, expires_at__gt=now) & ~Q(flow=AgeFlow.CROSS_DEVICE, created_at__lte=now - QR_LIFETIME)
    claimed = AgeCheck.objects.filter(which & open_now).update(used_at=now, state=AgeCheckState.ANSWERED)
    check = AgeCheck.objects.select_related("user").filter(which).first()
    if check is None:
        raise Refused(RefusalCode.STRUCTURE)
    if not claimed:
        check_claim(expires_at=check.expires_at, used_at=check.used_at, now=now)
        raise Refused(RefusalCode.EXPIRED_CHALLENGE)  # a QR code that was shown too long ago
    return check


def _judge(check: AgeCheck, payload: Mapping[str, Any], *, code: str, origin: str, now: datetime) -> None:
    check.response_code_hash = hash_secret(code) if code else ""
    try:
        attested = get_provider(check.method).complete(check=check, payload=payload, origin=origin, now=now)
    except Refused as refused:
        check.state, check.refusal = AgeCheckState.REFUSED, refused.code
    else:
        _note(check, attested)
    check.hpke_private_key = check.held = None
    check.save(
        update_fields=[
            "state",
            "refusal",
            "response_code_hash",
            "issuer_country",
            "issuer_anchor",
            "proof_ends_on",
            "hpke_private_key",
            "held",
        ]
    )
    outcome = check.refusal or "PASSED"
    metrics.AGE_CHECKS.labels(check.method, outcome).inc()
    logger.info("age proof judged", extra={"fields": {"method": check.method, "outcome": outcome}})


def _note(check: AgeCheck, attested: Attested) -> None:
    check.issuer_country = attested.issuer_country
    check.issuer_anchor = attested.anchor_fingerprint
    check.proof_ends_on = attested.valid_until.date()


def _keep(check: AgeCheck, session: SessionBase, now: datetime) -> None:
    if check.purpose == AgePurpose.SESSION:
        begin_visit(user=check.user, session=session, method=check.method, now=now)
        return
    record_proof(
        user=check.user,
        method=AgeMethod(check.method),
        assurance=get_provider(check.method).assurance,
        over=check.threshold,
        issuer_country=check.issuer_country,
        issuer_anchor=check.issuer_anchor,
        ends_on=check.proof_ends_on,
        now=now,
    )
