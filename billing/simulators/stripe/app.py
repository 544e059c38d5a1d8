"""The stand-in as an ASGI application: calls, pages, and the controls that only a test and the demo use."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from billing.simulators.stripe.control import CONTROLS
from billing.simulators.stripe.desk import Desk
from billing.simulators.stripe.errors import ApiError, bad
from billing.simulators.stripe.forms import Form, decode
from billing.simulators.stripe.pages import PAGES, Page
from billing.simulators.stripe.routes import ROUTES, Route
from billing.simulators.stripe.world import VERSION

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
_KEYS = ("Bearer sk_test_", "Bearer rk_test_")
_LARGEST = 1_000_000


@dataclass(slots=True)
class Asked:
    """A request."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Said:
    """An answer. `lost` ones end after the head."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False


class StandIn:
    """One Stripe, from the first request to the end of the process."""

    def __init__(self, base: str, *, seed: int) -> None:
        self.desk = Desk(base, seed=seed)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asked = await _read(scope, receive)
        said = await self._answer(asked)
        await _write(said, send)
        await self.desk.settle()

    async def _answer(self, asked: Asked) -> Said:
        if asked.path.startswith("/v1/"):
            return await self._serve_call(asked)
        if asked.path.startswith("/__fake/"):
            return await self._serve_control(asked)
        return self._serve_page(asked)

    # ---- Calls ---------------------------------------------------------------------------------------------------------------
    async def _serve_call(self, asked: Asked) -> Said:
        faults = self.desk.faults
        await asyncio.sleep(faults.slow_ms / 1000)
        name = f"req_{secrets.token_hex(7)}"
        if faults.strikes("error_before", asked.path):
            return _json(503, ApiError(503, "Service unavailable.", kind="api_error").body(), name)
        if faults.strikes("rate_limit", asked.path):
            return _json(429, ApiError(429, "Too many requests.", code="rate_limit").body(), name)
        said = self._call(asked, name)
        said.lost = faults.strikes("reply_lost", asked.path)
        return said

    def _call(self, asked: Asked, name: str) -> Said:
        """Answer a call, or say again what was said to its key."""
        key = asked.headers.get("idempotency-key", "") if asked.method == "POST" else ""
        try:
            _check_caller(asked)
            saved = self.desk.keys.find(key, asked.path, asked.body) if key else None
            if saved:
                return _json(saved.status, saved.body, name, replayed=True)
            route, argument = _find_route(asked)
            form = _read_form(asked, route)
        except ApiError as error:
            self.desk.note(asked.method, asked.path, asked.query, asked.body, error.status, error.body())
            return _json(error.status, error.body(), name)
        status, body = self._do(route, argument, form, request={"id": name, "idempotency_key": key or None})
        if asked.method == "POST" and self.desk.faults.strikes("error_after", asked.path):
            status, body = 500, ApiError(500, "An unknown error occurred.", kind="api_error").body()
        if key:
            self.desk.keys.save(key, asked.path, asked.body, status, body)
        self.desk.note(asked.method, asked.path, asked.query, asked.body, status, body)
        return _json(status, body, name)

    def _do(self, route: Route, argument: str, form: Form, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        world = self.desk.world
        world.request = request
        try:
            return 200, world.show(route.deed(world, argument, form), form.words("expand"))
        except ApiError as error:
            return error.status, error.body()

    # ---- Pages and controls ----------------------------------------------------------------------------------------------------
    def _serve_page(self, asked: Asked) -> Said:
        self.desk.world.request = {"id": None, "idempotency_key": None}
        for prefix, (show, use) in PAGES.items():
            if asked.path.startswith(prefix):
                name = asked.path.removeprefix(prefix)
                try:
                    page = (
                        use(self.desk.world, name, decode(asked.body.decode())) if asked.method == "POST" else show(self.desk.world, name)
                    )
                except ApiError as error:
                    page = Page(str(error), status=error.status)
                return _page(page)
        return Said(404, b"Not found.", {"content-type": "text/plain"})

    async def _serve_control(self, asked: Asked) -> Said:
        try:
            deed = CONTROLS.get((asked.method, asked.path.removeprefix("/__fake/").rstrip("/")))
            if deed is None:
                raise ApiError(404, "No such control.")
            given = json.loads(asked.body or b"{}")
            return _json(200, await deed(self.desk, given), "")
        except ApiError as error:
            return _json(error.status, error.body(), "")
        except (ValueError, TypeError, KeyError) as error:
            return _json(400, bad("body", f"{type(error).__name__}: {error}").body(), "")


def _check_caller(asked: Asked) -> None:
    """Who asks must have a key of the test mode, and speak this version."""
    if not asked.headers.get("authorization", "").startswith(_KEYS):
        raise ApiError(401, "Invalid API Key provided.")
    version = asked.headers.get("stripe-version", VERSION)
    if version != VERSION:
        raise ApiError(400, f"Invalid Stripe API version: {version}. This stand-in speaks {VERSION}.")


def _find_route(asked: Asked) -> tuple[Route, str]:
    for route in ROUTES:
        found = route.pattern.fullmatch(asked.path)
        if found and route.method == asked.method:
            return route, found[1] if found.groups() else asked.path
    raise ApiError(404, f"Unrecognized request URL ({asked.method}: {asked.path}).")


def _read_form(asked: Asked, route: Route) -> Form:
    form = decode(asked.body.decode() if asked.method == "POST" else asked.query)
    for name in form:
        if name not in route.words:
            raise bad(name, f"Received unknown parameter: {name}", code="parameter_unknown")
    return form


def _json(status: int, body: dict[str, Any], name: str, *, replayed: bool = False) -> Said:
    headers = {"content-type": "application/json", "request-id": name, "stripe-version": VERSION}
    return Said(status, json.dumps(body, indent=2).encode(), headers | ({"idempotent-replayed": "true"} if replayed else {}))


def _page(page: Page) -> Said:
    if page.place:
        return Said(303, b"", {"location": page.place})
    return Said(page.status, page.body.encode(), {"content-type": "text/html; charset=utf-8"})


async def _read(scope: dict[str, Any], receive: Receive) -> Asked:
    body, more = b"", True
    while more and len(body) <= _LARGEST:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Asked(scope["method"], scope["path"], scope["query_string"].decode(), headers, body)


async def _write(said: Said, send: Send) -> None:
    length = str(len(said.body) + (1 if said.lost else 0)).encode()
    headers = [(b"content-length", length), *((name.encode(), value.encode()) for name, value in said.headers.items())]
    await send({"type": "http.response.start", "status": said.status, "headers": headers})
    if not said.lost:  # who sends a head and no body has its connection closed by the server: the reply is lost
        await send({"type": "http.response.body", "body": said.body})
