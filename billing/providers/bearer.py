"""Calls to an operator under a token that it gives for a while: kept in the memory of the process, renewed before it ends, and once more
when the operator does not know it any more.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from billing.providers.base import Refused, Unclear
from core.http import AddressRefused, Answer, BadAnswer, NotAllowed, NotConnected, OutboundError, call

SECONDS = 30.0
_LONGEST = timedelta(days=90)


class NoToken(OutboundError):
    """The operator gave no token, so that what was to be said under it was not said. `refused`: it does not know our keys."""

    def __init__(self, why: str, *, refused: bool) -> None:
        super().__init__(why)
        self.refused = refused


class Desk(Protocol):
    """Where an operator gives its tokens."""

    url: str

    @property
    def early(self) -> timedelta:
        """How long before its end a token is renewed."""

    def ask_token(self) -> Answer:
        """The call that brings one."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    ends_at: datetime


_tokens: dict[str, _Token] = {}
_locks: dict[str, threading.Lock] = {}


def call_under_token(
    desk: Desk,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, Any] | None = None,
    content: bytes | None = None,
    now: datetime,
) -> Answer:
    """The answer to a call, of whatever status; the second one if the first token was refused (401), which proves that nothing was done.

    Raises:
        OutboundError: `judge_failure` says which of them prove that nothing was sent.
    """
    token = get_token(desk, now=now)
    for _try in range(2):
        names = {**(headers or {}), "Authorization": f"Bearer {token}"}
        answer = call(method, desk.url + path, headers=names, data=data, content=content, seconds=SECONDS)
        if answer.status != 401:
            return answer
        token = get_token(desk, instead_of=token, now=now)
    return answer


def get_token(desk: Desk, *, instead_of: str = "", now: datetime) -> str:
    """A token that lives; a fresh one if `instead_of` is the one that we have.

    Raises:
        NoToken. NotAllowed, AddressRefused: the operator's host is none that this house may ask.
    """
    with _locks.setdefault(desk.url, threading.Lock()):
        held = _tokens.get(desk.url)
        if held is None or held.ends_at <= now or held.value == instead_of:
            held = _tokens[desk.url] = _fetch(desk, now)
        return held.value


def forget_tokens() -> None:
    """Begin anew (between tests)."""
    _tokens.clear()


def judge_failure(error: OutboundError) -> Refused | Unclear:
    """What a call that brought no answer means for what was to be begun: refused if nothing was sent, else nobody knows."""
    if isinstance(error, NoToken) and error.refused:
        return Refused("KEYS_REFUSED", retry_later=True, alert=True)
    if isinstance(error, NoToken | NotConnected):
        return Refused("NOT_REACHED", retry_later=True)
    if isinstance(error, NotAllowed | AddressRefused):
        return Refused("NOT_ALLOWED", alert=True)
    return Unclear(f"{type(error).__name__}: {error}")


def read_body(raw: bytes) -> dict[str, Any]:
    """A body that came in, as a JSON object.

    Raises:
        ValueError.
    """
    try:
        said = json.loads(raw)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(said, dict):
        raise ValueError("no object")
    return said


def _fetch(desk: Desk, now: datetime) -> _Token:
    try:
        answer = desk.ask_token()
        if answer.status in {400, 401, 403}:
            raise NoToken(f"status {answer.status}", refused=True)
        if answer.status not in {200, 201}:
            raise BadAnswer(f"status {answer.status}")
        said = answer.read_object()
        value, life = said.get("access_token"), _read_life(said.get("expires_in"))
        if not isinstance(value, str) or not value or life is None:
            raise BadAnswer("no token")
    except (NoToken, NotAllowed, AddressRefused):
        raise
    except OutboundError as error:
        raise NoToken(f"{type(error).__name__}: {error}", refused=False) from error
    # a life shorter than the margin is used for half of it
    return _Token(value, now + max(life - desk.early, life / 2))


def _read_life(value: object) -> timedelta | None:
    """A number, or the text of one: the operators write both."""
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit():
        return None
    return min(timedelta(seconds=int(str(value))), _LONGEST) if len(str(value)) < 12 else _LONGEST
