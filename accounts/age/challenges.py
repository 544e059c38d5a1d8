"""The rules of one attempt: it is answered once, in time, and comes back to the session that asked."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from accounts.age.refusals import RefusalCode, demand


def hash_secret(secret: str) -> str:
    """How a state, a session key or a response code is kept: its SHA-256 in hex. They are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_claim(*, expires_at: datetime, used_at: datetime | None, now: datetime) -> None:
    """Judge whether an attempt may still be answered; also says why the UPDATE that claims it changed no row.

    Raises:
        Refused: REPLAYED, EXPIRED_CHALLENGE.
    """
    demand(used_at is None, RefusalCode.REPLAYED)
    demand(now < expires_at, RefusalCode.EXPIRED_CHALLENGE)


def check_return(*, session: str, session_hash: str, code: str | None, code_hash: str | None, expires_at: datetime, now: datetime) -> None:
    """Judge who comes back for the outcome. Across two devices there is no code (`code_hash` None) and the session alone decides.

    Raises:
        Refused: WRONG_SESSION, WRONG_RESPONSE_CODE, EXPIRED_CHALLENGE.
    """
    demand(hmac.compare_digest(hash_secret(session), session_hash), RefusalCode.WRONG_SESSION)
    if code_hash is not None:
        demand(code is not None and hmac.compare_digest(hash_secret(code), code_hash), RefusalCode.WRONG_RESPONSE_CODE)
    demand(now < expires_at, RefusalCode.EXPIRED_CHALLENGE)
