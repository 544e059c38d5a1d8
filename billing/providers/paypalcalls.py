"""How PayPal is spoken to: a token that is kept, JSON both ways, and a name for every POST so that it may be sent twice.

developer.paypal.com/api/rest: the token is asked for with the client's id and secret; PayPal-Request-Id is kept for 6 hours with orders and
for 45 days with refunds. Never run against the live service.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from core.http import Answer, BadAnswer, call

_SECONDS = 30.0
_EARLY = 60.0  # seconds before its end a token is asked for anew


@dataclass(frozen=True, slots=True)
class Said:
    """An answer below 500 with its JSON; `issue` is the word that says what was wrong, empty when nothing was."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    issue: str = ""


class _Tokens:
    """The token of this process, by account: one thread asks, the others wait for its answer."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[str, float]] = {}
        self._lock = threading.Lock()

    def get(self) -> str:
        key = (settings.PAYPAL_URL, settings.PAYPAL_CLIENT_ID)
        with self._lock:
            token, until = self._kept.get(key, ("", 0.0))
            if time.monotonic() >= until:
                token, life = _ask_token()
                self._kept[key] = (token, time.monotonic() + life - _EARLY)
            return token

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


_tokens = _Tokens()


def forget_token() -> None:
    """Ask for a new token at the next call: the one we had was refused (or a test begins)."""
    _tokens.forget()


def speak(method: str, path: str, *, body: Mapping[str, Any] | None = None, request_id: str = "") -> Said:
    """One call; a token that is refused is renewed once.

    Raises:
        OutboundError: no answer, or one that says nothing of what was asked: 5xx, too many calls, no JSON.
    """
    answer = _send(method, path, body, request_id)
    if answer.status == 401:
        forget_token()
        answer = _send(method, path, body, request_id)
    if answer.status >= 500 or answer.status in (401, 408, 429):
        raise BadAnswer(f"PayPal: status {answer.status}")
    found = answer.read_object() if answer.body.strip() else {}
    return Said(answer.status, found, "" if answer.status < 300 else _issue_of(found, answer.status))


def _send(method: str, path: str, body: Mapping[str, Any] | None, request_id: str) -> Answer:
    headers = {"Authorization": f"Bearer {_tokens.get()}", "Prefer": "return=representation"}
    if request_id:
        headers["PayPal-Request-Id"] = request_id
    return call(method, settings.PAYPAL_URL + path, headers=headers, data=body, seconds=_SECONDS)


def _ask_token() -> tuple[str, float]:
    both = base64.b64encode(f"{settings.PAYPAL_CLIENT_ID}:{settings.PAYPAL_SECRET}".encode()).decode()
    form = {"grant_type": "client_credentials"}
    answer = call("POST", f"{settings.PAYPAL_URL}/v1/oauth2/token", headers={"Authorization": f"Basic {both}"}, form=form, seconds=_SECONDS)
    if answer.status != 200:
        raise BadAnswer(f"PayPal: no token, status {answer.status}")
    found = answer.read_object()
    try:
        return str(found["access_token"]), float(found["expires_in"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer("PayPal: a token without its life") from error


def _issue_of(found: Mapping[str, Any], status: int) -> str:
    """The most exact word of an error: that of its first detail, its name, or the status."""
    details = found.get("details")
    if isinstance(details, list) and details and isinstance(details[0], dict) and details[0].get("issue"):
        return str(details[0]["issue"])[:48]
    return str(found.get("name") or f"HTTP_{status}")[:48]


def read_json(raw: bytes) -> dict[str, Any]:
    """The object in a body that came in.

    Raises:
        ValueError.
    """
    try:
        found = json.loads(raw)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
