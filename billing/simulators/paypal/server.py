"""The port: reads a call, finds whose it is, and says the answer, with the faults that wait for it."""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from billing.simulators.paypal import control, orders
from billing.simulators.paypal.events import Outgoing, verify
from billing.simulators.paypal.world import CLIENT_ID, SECRET, World

Answer = tuple[int, dict[str, Any]]
_LARGEST = 262_144
_LIFE = 32_400  # seconds that a token lives
_ORDER = re.compile(r"/v2/checkout/orders/([A-Z0-9]+)(/capture)?")
_REFUND = re.compile(r"/v2/payments/captures/([A-Z0-9]+)/refund")


class Handler(BaseHTTPRequestHandler):
    """One request; all of them share the world."""

    world: World
    outgoing: Outgoing
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        self.place = urlsplit(self.path)
        self.query = dict(parse_qsl(self.place.query))
        self.body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST))
        if self.place.path.startswith("/__fake/"):
            with self.world.lock:
                hand = f"{self.command} {self.place.path.removeprefix('/__fake/')}"
                self._say(*control.answer(self.world, self.outgoing, hand, self._json()))
        elif self.place.path == "/checkoutnow":
            self._page()
        elif self.place.path == "/v1/oauth2/token":
            self._with_faults("token", self._token)
        else:
            self._call()

    # ---- The interface -----------------------------------------------------------------------------------------------------------
    def _call(self) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.world.tokens.get(given, 0.0) < self.world.now():
            self._say(401, {"error": "invalid_token"})
            return
        name, kind, deed = self._find()
        self._with_faults(name, lambda: self._once(kind, deed))

    def _find(self) -> tuple[str, str, Callable[[], Answer]]:
        """The name of the operation for faults, the kind of its memory, and the deed."""
        path, post = self.place.path, self.command == "POST"
        if path == "/v2/checkout/orders" and post:
            return "create", "order:create", lambda: orders.create(self.world, self._json())
        if path == "/v1/notifications/verify-webhook-signature" and post:
            return "verify", "", lambda: (200, {"verification_status": "SUCCESS" if verify(self._json()) else "FAILURE"})
        if path == "/v1/reporting/transactions":
            return "statement", "", lambda: (200, orders.list_bookings(self.world, self.query["start_date"][:10]))
        if found := _ORDER.fullmatch(path):
            return self._find_order(found[1], capture=bool(found[2]) and post)
        if (found := _REFUND.fullmatch(path)) and post:
            back = found[1]
            return "refund", "refund:", lambda: orders.refund(self.world, back, self._json(), self.outgoing)
        if path.startswith("/v2/payments/refunds/"):
            return "get", "", lambda: orders.find_refund(self.world, path.rpartition("/")[2])
        return "none", "", lambda: orders.refuse(404, "RESOURCE_NOT_FOUND")

    def _find_order(self, name: str, *, capture: bool) -> tuple[str, str, Callable[[], Answer]]:
        order = self.world.orders.get(name)
        if order is None:
            return "get", "", lambda: orders.refuse(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
        if capture:
            return "capture", f"order:{name}", lambda: orders.capture(self.world, order, self.outgoing)
        return "get", "", lambda: (200, orders.show(self.world, order))

    def _once(self, kind: str, deed: Callable[[], Answer]) -> Answer:
        """The answer that was given to this request id, or the deed."""
        request_id = self.headers.get("PayPal-Request-Id", "") if kind else ""
        with self.world.lock:
            known = self.world.recall(kind, request_id) if kind else None
            if known is not None:
                return known
            answer = deed()
            if answer[0] < 300:
                self.world.remember(kind, request_id, answer[0], json.loads(json.dumps(answer[1])))
            return answer

    def _with_faults(self, name: str, deed: Callable[[], Answer]) -> None:
        world = self.world
        world.counts[f"calls {name}"] += 1
        time.sleep(world.knobs.slow_ms / 1000)
        if world.takes(name, "rate_limit"):
            self._say(429, {"name": "RATE_LIMIT_REACHED"})
        elif world.takes(name, "error_before"):
            self._say(503, {"name": "SERVICE_UNAVAILABLE"})
        else:
            answer = deed()
            if world.takes(name, "reply_lost"):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            elif world.takes(name, "error_after"):
                self._say(500, {"name": "INTERNAL_SERVER_ERROR"})
            else:
                self._say(*answer)

    def _token(self) -> Answer:
        expected = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        token = secrets.token_urlsafe(24)
        self.world.tokens[token] = self.world.now() + _LIFE
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": _LIFE}

    # ---- The payer's page --------------------------------------------------------------------------------------------------------
    def _page(self) -> None:
        order = self.world.orders.get(self.query.get("token", ""))
        if order is None:
            self._send(404, b"<!doctype html><title>PayPal</title><p>No such order.", "text/html; charset=utf-8")
        elif self.command == "POST":
            decision = dict(parse_qsl(self.body.decode())).get("decision", "cancel")
            with self.world.lock:
                control.decide(self.world, self.outgoing, order, decision)
            back = order.context.get("return_url" if decision == "approve" else "cancel_url", "")
            self._redirect(f"{back}?{urlencode({'token': order.id})}")
        else:
            self._send(200, _draw(order.unit).encode(), "text/html; charset=utf-8")

    def _redirect(self, place: str) -> None:
        self.send_response(303)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    # ---- Speaking ----------------------------------------------------------------------------------------------------------------
    def _json(self) -> dict[str, Any]:
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _say(self, status: int, data: dict[str, Any]) -> None:
        self._send(status, json.dumps(data).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing: what happened is in `/__fake/state`."""


def _draw(unit: dict[str, Any]) -> str:
    amount = html.escape(f"{unit['amount']['value']} {unit['amount']['currency_code']}")
    words = html.escape(str(unit.get("description", "")))
    buttons = "".join(f'<button name="decision" value="{word}">{word}</button> ' for word in ("approve", "cancel"))
    head = '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Stand-in of PayPal</title>'
    return f'{head}<h1>Stand-in of PayPal</h1><p>{words}</p><p><strong>{amount}</strong></p><form method="post">{buttons}</form>'


class Port(ThreadingHTTPServer):
    """Many callers at once."""

    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller who went away is no news."""


def open_port(port: int, webhook: str) -> Port:
    """Listen on this machine alone; port 0 is any that is free."""
    world = World()
    handler = type("BoundHandler", (Handler,), {"world": world, "outgoing": Outgoing(world, webhook)})
    server = Port(("127.0.0.1", port), handler)
    world.address = f"http://127.0.0.1:{server.server_address[1]}"
    return server
