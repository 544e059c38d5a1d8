"""Caddy and nginx as deploy/ has them, in front of a backend that tells what reached it."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.tests.ports import free_port
from superapp.tests.deploying import DEPLOY, ROOT, caddy, needs_tools, nginx, process, run


# ---- The proxies, read by themselves ---------------------------------------------------------------------------------------------
@needs_tools
def test_caddy_accepts_its_file(tmp_path: Path) -> None:
    home = {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    said = run("caddy", "validate", "--config", "Caddyfile", "--adapter", "caddyfile", variables=home)
    assert "Valid configuration" in said
    assert '"level":"warn"' not in said
    assert run("caddy", "fmt", "Caddyfile") == (DEPLOY / "Caddyfile").read_text("utf-8")


class Answers(BaseHTTPRequestHandler):
    """A web process in miniature: says what it was asked, and talks back on a socket."""

    protocol_version = "HTTP/1.1"
    timeout = 20

    def do_GET(self) -> None:
        if self.headers.get("Upgrade") == "websocket":
            self._talk_back()
            return
        if self.path == "/outage/":
            self._answer(b"back soon", 503)
            return
        told = {"path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}}
        self._answer(json.dumps(told).encode())

    def do_POST(self) -> None:
        left = int(self.headers["Content-Length"])
        while left and (piece := self.rfile.read(min(left, 65536))):
            left -= len(piece)
        self._answer(b"{}")

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "7")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _talk_back(self) -> None:
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        self.wfile.flush()
        while piece := self.rfile.readline():
            self.wfile.write(piece.upper())
            self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


class Backend(ThreadingHTTPServer):
    """Ends like a process: its open connections end with it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.open: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.append(request)
        super().process_request(request, client_address)

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        for connection in self.open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_arguments: object) -> None:
        """A connection that the proxy gave up is no news."""


@dataclass
class Stand:
    """A proxy before two web processes."""

    name: str
    port: int
    backends: list[Backend]
    gone: list[int] = field(default_factory=list)

    def connect(self, tls: ssl.TLSVersion | None = None) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if tls:
            context.maximum_version = tls
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=15), server_hostname="localhost")

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("localhost", self.port)
        connection.sock = self.connect()
        with contextlib.closing(connection):
            with contextlib.suppress(ConnectionError, ssl.SSLError):  # a refusal may come before the whole body has left
                connection.request(method, path, body or None, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def stop(self, number: int) -> None:
        if number not in self.gone:
            self.gone.append(number)
            self.backends[number].end()


def make_static(folder: Path) -> None:
    """Files as collectstatic leaves them."""
    (folder / "dist").mkdir(parents=True)
    (folder / "dist/app.0123456789ab.css").write_text("body{}" * 100)
    (folder / "dist/app.0123456789ab.css.gz").write_bytes(gzip.compress(b"body{}" * 100))
    (folder / "icon.png").write_bytes(b"png")
    (folder / "staticfiles.json").write_text("{}")


@pytest.fixture(params=[caddy, nginx], ids=["caddy", "nginx"])
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    make_static(tmp_path / "static")
    backends = [Backend() for _ in range(2)]
    for backend in backends:
        threading.Thread(target=backend.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    port = free_port()
    places = {"/var/lib/resaka/static": str(tmp_path / "static"), "/opt/resaka/current": str(ROOT)}
    places |= {f"127.0.0.1:800{number + 1}": f"127.0.0.1:{backend.server_address[1]}" for number, backend in enumerate(backends)}
    command, variables = request.param(tmp_path, port, places)
    stand = Stand(name=command[0], port=port, backends=backends)
    try:
        with process(command, port, tmp_path, **variables):
            yield stand
    finally:
        for number in range(len(backends)):
            stand.stop(number)


# ---- The proxies, live -----------------------------------------------------------------------------------------------------------
@needs_tools
def test_a_proxy_passes_on_what_it_should_and_no_more(stand: Stand) -> None:
    status, headers, body = stand.ask("/rooms/?q=1", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="http")
    told = json.loads(body)
    assert (status, told["path"]) == (200, "/rooms/?q=1")
    assert told["headers"]["x-forwarded-for"] == "127.0.0.1"  # what the visitor claimed is gone
    assert told["headers"]["x-forwarded-proto"] == "https"
    assert told["headers"]["host"].startswith("localhost")
    assert not re.search(r"[0-9]\.[0-9]", headers.get("Server", ""))
    for inner in ("/metrics", "/metrics/", "/METRICS", "/readyz"):
        assert stand.ask(inner)[0] == 404, inner


@needs_tools
def test_a_proxy_speaks_tls_1_3_alone(stand: Stand) -> None:
    with stand.connect() as connection:
        assert connection.version() == "TLSv1.3"
    with pytest.raises(ssl.SSLError):
        stand.connect(ssl.TLSVersion.TLSv1_2)


@needs_tools
def test_a_proxy_serves_static_files_from_the_disk(stand: Stand) -> None:
    status, headers, body = stand.ask("/static/dist/app.0123456789ab.css", Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"], gzip.decompress(body)) == (200, "gzip", b"body{}" * 100)
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"].startswith("text/css")
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert stand.ask("/static/icon.png")[1]["Cache-Control"] == "public, max-age=3600"
    for closed in ("/static/staticfiles.json", "/static/nothing.css", "/static/dist/", "/static/..%2fcaddy.json", "/static../caddy.json"):
        status, _, body = stand.ask(closed)
        assert status in {400, 403, 404} or json.loads(body)["path"] == closed, closed


@needs_tools
def test_a_proxy_carries_a_socket_both_ways(stand: Stand) -> None:
    with stand.connect() as connection:
        lines = ("GET /ws/ HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
        connection.sendall("\r\n".join((*lines, "", "")).encode())
        stream = connection.makefile("rb")
        assert b" 101 " in stream.readline()
        while stream.readline().strip():
            pass
        for word in (b"one\n", b"two\n"):
            connection.sendall(word)
            assert stream.readline() == word.upper()


@needs_tools
def test_a_proxy_takes_a_photo_and_refuses_a_film(stand: Stand) -> None:
    photo, form = b"x" * (50_000_000 + 4096), "multipart/form-data; boundary=x"
    assert stand.ask("/rooms/a/attachments/", "POST", photo, Content_Type=form)[0] == 200
    assert stand.ask("/rooms/a/attachments/", "POST", photo + b"x" * 5_000_000, Content_Type=form)[0] == 413
    assert stand.ask("/rooms/a/messages/", "POST", b"x" * 1024 * 1024)[0] == 200
    if "caddy" in stand.name:  # without a form around it nothing needs to be longer
        assert stand.ask("/rooms/a/messages/", "POST", b"x" * 1_200_000)[0] == 413
    for _ in range(3):  # one that breaks off in its middle is no failure of the process
        with stand.connect() as connection:
            head = ("POST /rooms/a/attachments/ HTTP/1.1", "Host: localhost", f"Content-Type: {form}", "Content-Length: 9000000")
            connection.sendall("\r\n".join((*head, "", "")).encode() + b"x" * 100_000)
    assert {stand.ask("/rooms/")[0] for _ in range(6)} == {200}


@needs_tools
def test_a_proxy_takes_the_other_process_and_without_one_says_when_to_come_back(stand: Stand) -> None:
    stand.stop(0)
    assert [stand.ask("/rooms/")[0] for _ in range(6)] == [200] * 6
    assert [stand.ask("/rooms/", "POST", b"x")[0] for _ in range(6)] == [200] * 6
    status, headers, body = stand.ask("/outage/")  # the database is away: the process has the word
    assert (status, headers["Retry-After"], body) == (503, "7", b"back soon")
    stand.stop(1)
    for path in ("/rooms/", "/api/v1/rooms/"):
        status, headers, body = stand.ask(path)
        assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "5", "no-store")
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert body == (DEPLOY / "pages" / "unavailable.html").read_bytes()
