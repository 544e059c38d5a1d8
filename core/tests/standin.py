"""A server on this machine that answers as a test tells it to, over http or, with a certificate, over https."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass
class Said:
    """A request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """What is answered. `pause` comes before every one of the `chunks`; a `raw` reply is sent as it is, head and all."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    pause: float = 0.0
    raw: bool = False


class StandIn:
    """Use as a context; `said` holds what was asked."""

    def __init__(self, answer: Callable[[Said], Reply], *, tls: ssl.SSLContext | None = None) -> None:
        self.said: list[Said] = []
        said = self.said

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                said.append(Said(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                with contextlib.suppress(OSError):  # who asked has gone
                    self.say(answer(said[-1]))

            def say(self, reply: Reply) -> None:
                if not reply.raw:
                    self.send_response(reply.status)
                    for name, value in {"Content-Length": str(sum(map(len, reply.chunks))), **reply.headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                for chunk in reply.chunks:
                    time.sleep(reply.pause)
                    self.wfile.write(chunk)

            do_GET = do_POST = do_PUT = handle_any  # noqa: N815  (the names that http.server looks for)

            def log_message(self, *_args: object) -> None:
                """Nothing: pytest's output is for faults."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_args: None  # type: ignore[method-assign]  # a handshake that the test wants to fail
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def entry(self) -> str:
        """How OUTBOUND_HOSTS names it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    def __enter__(self) -> StandIn:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def make_certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """What a server of that name shows, and the file that makes it believed."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file
