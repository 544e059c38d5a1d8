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
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db import DatabaseError
from django.http import parse_cookie

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


@dataclass(frozen=True, slots=True)
class _Visit:
    """The one thing of a request that `get_user` looks at."""

    session: SessionBase


class SocketLogin:
    """Looks up who comes, then lets the consumer have the socket."""

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        self._inner = inner
        self._store = import_module(settings.SESSION_ENGINE).SessionStore

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] != PATH:
            await receive()
            await send({"type": "websocket.close"})
            return
        try:
            user, session_key = await run_in_thread(partial(self._look_up, _session_cookie(scope["headers"])))
        except DatabaseError as error:
            logger.warning("nobody could be looked up", extra={"fields": {"why": f"{type(error).__name__}: {error}"}})
            await receive()
            await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
            await send({"type": "websocket.close", "code": _TRY_LATER})
            return
        scope["headers"].clear()  # the server's own list: an open socket has no use for it
        kept = {name: scope[name] for name in ("type", "subprotocols", "extensions") if name in scope}
        await self._inner({**kept, "user": user, "session": Login(session_key)}, receive, send)

    def _look_up(self, key: str) -> tuple[Person | AnonymousUser, str]:
        user = get_user(_Visit(self._store(key))) if key else AnonymousUser()  # type: ignore[arg-type]
        return (Person(user.pk, user.public_id) if user.is_authenticated else AnonymousUser()), key


def _session_cookie(headers: list[tuple[bytes, bytes]]) -> str:
    texts = [value.decode("latin-1") for name, value in headers if name == b"cookie"]
    return parse_cookie("; ".join(texts)).get(settings.SESSION_COOKIE_NAME, "")
