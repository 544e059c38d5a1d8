"""Tokens of Google for a service account (RFC 7523): a signed sentence is given for a token that is good for an hour."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from core.http import BadAnswer, OutboundError, call
from notifications.transports.vapid import write_base64url, write_part

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE, _EARLY, _LONGEST = timedelta(hours=1), timedelta(minutes=5), timedelta(hours=1)
_SECONDS = 5.0


class KeysRefused(OutboundError):
    """Google does not know the service account, or its key."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    ends_at: datetime


_held: list[_Token] = []
_lock = threading.Lock()


def get_token(*, now: datetime) -> str:
    """A token that lives, of this process.

    Raises:
        OutboundError: none could be had; KeysRefused when that is our fault.
    """
    with _lock:
        if not _held or _held[0].ends_at <= now:
            _held[:] = [_ask(now)]
        return _held[0].value


def forget_token() -> None:
    """Ask for a new one at the next call: the service refused this one, or tests begin anew."""
    _held.clear()


def _ask(now: datetime) -> _Token:
    account: dict[str, str] = settings.FCM_ACCOUNT
    form = {"grant_type": _GRANT, "assertion": _assert(account, now)}
    answer = call("POST", account["token_uri"], form=form, seconds=_SECONDS, max_bytes=16_384)
    if answer.status in {400, 401, 403}:
        raise KeysRefused(f"status {answer.status}")
    if answer.status != 200:
        raise BadAnswer(f"status {answer.status}")
    said = answer.read_object()
    value, life = said.get("access_token"), said.get("expires_in")
    if not isinstance(value, str) or not value or not value.isascii() or not isinstance(life, int) or isinstance(life, bool) or life <= 0:
        raise BadAnswer("no token")
    lasts = min(timedelta(seconds=min(life, 86_400)), _LONGEST)
    return _Token(value, now + max(lasts - _EARLY, lasts / 2))


def _assert(account: dict[str, str], now: datetime) -> str:
    began = int(now.timestamp())
    claims = {
        "iss": account["client_email"],
        "scope": _SCOPE,
        "aud": account["token_uri"],
        "iat": began,
        "exp": began + int(_LIFE.total_seconds()),
    }
    signed = f"{write_part({'alg': 'RS256', 'typ': 'JWT'})}.{write_part(claims)}"
    key = load_pem_private_key(account["private_key"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return f"{signed}.{write_base64url(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"
