"""The port: reads a call, asks each in turn whether it is theirs, writes the reply."""

from __future__ import annotations

import json
import re
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from billing.simulators.operators import airtel, control, mvola, orange, pages
from billing.simulators.operators.speech import Call, Refusal, Reply, Silence
from billing.simulators.operators.world import World, Writer

_LARGEST = 262_144
_DESKS = (control.answer, mvola.answer, orange.answer, airtel.answer, pages.answer)
WRITERS: dict[str, Writer] = {"mvola": mvola.write_message, "orange": orange.write_message, "airtel": airtel.write_message}


class Handler(BaseHTTPRequestHandler):
    """One request; all of them share the world."""

    world: World

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        try:
            reply = find_reply(self.world, self._read())
        except Silence:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        else:
            self._write(reply)

    def _read(self) -> Call:
        parts = urlsplit(self.path)
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST))
        path = unquote(re.sub(r"/{2,}", "/", parts.path))
        return Call(self.command, path, dict(parse_qsl(parts.query)), self.headers, body)

    def _write(self, reply: Reply) -> None:
        text = reply.page or reply.text
        body = text.encode() if text else b"" if reply.place else json.dumps(reply.data).encode()
        kind = "text/html; charset=utf-8" if reply.page else "text/csv; charset=utf-8" if reply.text else "application/json"
        names = {"Content-Type": kind, "Content-Length": str(len(body)), **({"Location": reply.place} if reply.place else {})}
        self.send_response(reply.status)
        for name, value in (names | reply.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing: what happened is in `/__sim/state`."""


class Port(ThreadingHTTPServer):
    """Many callers at once."""

    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller who went away is no news."""


def find_reply(world: World, call: Call) -> Reply:
    """What the one whose path it is says.

    Raises:
        Silence.
    """
    try:
        for desk in _DESKS:
            reply = desk(world, call)
            if reply is not None:
                return reply
    except Refusal as refusal:
        return refusal.reply
    return Reply(404, {"error": "no such resource"})


def open_port(port: int, seed: int, knobs: dict[str, dict[str, Any]]) -> Port:
    """Listen on this machine alone; port 0 is any that is free.

    Raises:
        BadKnob. KeyError: no such operator.
    """
    handler = type("BoundHandler", (Handler,), {"world": World(seed, WRITERS, knobs)})
    return Port(("127.0.0.1", port), handler)
