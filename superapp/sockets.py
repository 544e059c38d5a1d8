"""Who opens a socket: the session of its cookie and the account behind it, by the judgement of `django.contrib.auth`.

Channels' stack of middleware does the same in four nested applications, each with its own copy of the scope, and in three visits to a
thread. A socket lives for hours, so what is kept for it counts: here it is one visit, and a scope without anything that an open socket
does not need.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import parse_cookie
from django.utils import timezone

from accounts.enums import ConnectionKind
from accounts.queries import find_logged_in
from accounts.services.recorder import Connection, end_connection, record_connection
from core.peers import peer_of_scope
from realtime.threads import run_in_thread

logger = logging.getLogger("resaka.realtime")
PATH = "/ws/"
_TRY_LATER = 1013


@dataclass(frozen=True, slots=True)
class Person:
    """What the consumer wants to know of an account."""

    pk: int
    public_id: str
    is_authenticated: bool = True


@dataclass(frozen=True, slots=True)
class Login:
    """The session that the account came with."""

    session_key: str


class SocketLogin:
    """Looks up who comes, then lets the consumer have the socket."""

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] != PATH:
            await receive()
            await send({"type": "websocket.close"})
            return
        try:
            user, session_key, record = await run_in_thread(partial(self._look_up, scope))
        except DatabaseError as error:
            logger.warning("nobody could be looked up", extra={"fields": {"why": f"{type(error).__name__}: {error}"}})
            await receive()
            await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
            await send({"type": "websocket.close", "code": _TRY_LATER})
            return
        scope["headers"].clear()  # the server's own list: an open socket has no use for it
        kept = {name: scope[name] for name in ("type", "subprotocols", "extensions") if name in scope}
        try:
            await self._inner({**kept, "user": user, "session": Login(session_key)}, receive, send)
        finally:
            if record is not None:
                end_connection(record)

    def _look_up(self, scope: dict[str, Any]) -> tuple[Person | AnonymousUser, str, Connection | None]:
        cookies, now = _cookies(scope["headers"]), timezone.now()
        key = cookies.get(settings.SESSION_COOKIE_NAME, "")
        away = bool(cookies.get(settings.AWAY_COOKIE))  # left in haste; the next page locks
        user = find_logged_in(session_key=key, now=now) if key and not away else None
        if user is None or not user.is_member:
            return AnonymousUser(), key, None
        record = record_connection(user_id=user.pk, kind=ConnectionKind.SOCKET, peer=peer_of_scope(scope), now=now)
        return Person(user.pk, user.public_id), key, record


def _cookies(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    texts = [value.decode("latin-1") for name, value in headers if name == b"cookie"]
    return parse_cookie("; ".join(texts))
