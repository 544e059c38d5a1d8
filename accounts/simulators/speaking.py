"""What the stand-ins have in common: forms in, JSON, pages and redirects out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Speaker(BaseHTTPRequestHandler):
    """A handler whose `mode` says how its interface answers: `ok`, `error` (500), `slow` (15 s), `nonsense`, `limited` (429), and more."""

    mode = "ok"

    def get(self) -> None:
        """Answer a GET."""
        raise NotImplementedError

    def post(self) -> None:
        """Answer a POST."""
        raise NotImplementedError

    def do_GET(self) -> None:
        self.get()

    def do_POST(self) -> None:
        self.post()

    def read_form(self) -> dict[str, str]:
        """The fields of a posted form."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return {name: values[0] for name, values in parse_qs(body.decode()).items()}

    def read_query(self) -> dict[str, str]:
        """The fields of the address."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def behave(self, mode: str) -> None:
        """Answer in another way from now on, in every thread."""
        type(self).mode = mode
        self.answer(200, {})

    def api(self, deed: Callable[[], tuple[int, dict[str, Any]]]) -> None:
        """Answer a call of the interface, or fail as the mode says."""
        if self.mode == "slow":
            time.sleep(15)
        if self.mode == "error":
            self.answer(500, {"error": "server_error"})
        elif self.mode == "limited":
            self.answer(429, {"error": "rate_limit"})
        elif self.mode == "nonsense":
            self.send(200, b"<html>", "text/html")
        else:
            self.answer(*deed())

    def offer(self, name: str, words: list[str]) -> None:
        """A page with a button for each word."""
        buttons = " ".join(f'<button name="{name}" value="{word}">{word}</button>' for word in words)
        self.send(200, f'<!doctype html><form method="post">{buttons}</form>'.encode(), "text/html")

    def answer(self, status: int, data: dict[str, Any]) -> None:
        """JSON."""
        self.send(status, json.dumps(data).encode(), "application/json")

    def redirect(self, place: str) -> None:
        """Send the person elsewhere."""
        self.send_response(303)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send(self, status: int, body: bytes, kind: str) -> None:
        """An answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


def serve(handler: type[Speaker], port: int) -> None:
    """Answer on this machine alone, until the process ends; the first line it prints is its address."""
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201  (whoever started it reads the port)
    server.serve_forever()
