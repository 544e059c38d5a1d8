"""The one way out of the house: whatever is fetched from or sent to another server goes through here.

Only hosts that the operator named (`OUTBOUND_HOSTS`; a list of their own for addresses that others gave) are asked, over https. A name is
resolved once, every address it has must be a public one, and the connection goes to an address that was looked at: what the name says a
moment later does not matter. Redirects pass the same door. The time of the whole exchange and the size of the answer have an end. No proxy
and no cookie is taken from anywhere.
"""

from __future__ import annotations

import functools
import json
import os
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpcore
import httpx

from core import outbound
from core.hosts import Host
from core.outbound import AddressRefused, End, NotAllowed, NotConnected, OutboundError, Target, Unreachable

__all__ = [
    "AddressRefused",
    "Answer",
    "BadAnswer",
    "Line",
    "NotAllowed",
    "NotConnected",
    "OutboundError",
    "Redirected",
    "TooLarge",
    "TooManyRedirects",
    "TooSlow",
    "Unreachable",
    "call",
    "fetch",
    "read_address",
]

REDIRECTS = 3
SECONDS = 10.0
MAX_BYTES = 1024 * 1024
_MOVED = frozenset({301, 302, 303, 307, 308})
_AGENT = "Resaka"


class TooSlow(OutboundError):
    """The exchange as a whole took longer than it may."""


class TooLarge(OutboundError):
    """The answer is larger than it may be."""


class TooManyRedirects(OutboundError):
    """The server sends from one address to the next."""


class BadAnswer(OutboundError):
    """An answer that is not what was asked for: another status than 200, or no JSON object."""


class Redirected(BadAnswer):
    """A call is sent on to another place, where it does not follow."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `body` is complete."""

    status: int
    content_type: str
    body: bytes
    # Of a server that asks to be left alone for a while: its Retry-After as it stands, seconds or a date.
    retry_after: str = ""

    def read_object(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            BadAnswer.
        """
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadAnswer("no JSON") from error
        if not isinstance(found, dict):
            raise BadAnswer("no JSON object")
        return found


def fetch(url: str, *, accept: str = "*/*", max_bytes: int = MAX_BYTES, seconds: float = SECONDS) -> bytes:
    """A document that is open to everybody. Follows three redirects at most, each to a host that is named too.

    Raises:
        OutboundError: NotAllowed, AddressRefused, Unreachable, TooSlow, TooLarge, TooManyRedirects, or BadAnswer unless the status is 200.
    """
    end = outbound.end_after(seconds)
    for _hop in range(REDIRECTS + 1):
        status, headers, body = _exchange("GET", url, {"Accept": accept}, None, max_bytes, end)
        if status not in _MOVED:
            if status != 200:
                raise BadAnswer(f"status {status}")
            return body
        url = _next(url, headers.get("location", ""))
    raise TooManyRedirects(url)


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    data: Mapping[str, Any] | None = None,
    content: bytes | None = None,
    max_bytes: int = MAX_BYTES,
    seconds: float = SECONDS,
) -> Answer:
    """A call to an interface, with what authorizes it in `headers`; `form` or, as JSON, `data` is its body, or `content` as it is, whose
    type the caller names. Follows no redirect: what is secret is said to one host alone. Nothing is ever sent twice.

    Returns the answer whatever its status, a redirect excepted; a status of that kind that names no other place is an answer.

    Raises:
        OutboundError: NotAllowed, AddressRefused, Unreachable (NotConnected: nothing was sent), TooSlow, TooLarge, or BadAnswer for a
            redirect.
    """
    given = {"Accept": "application/json", **(headers or {})}
    return _judge(*_exchange(method, url, given, form, max_bytes, outbound.end_after(seconds), data, content))


def _judge(status: int, answered: httpx.Headers, body: bytes) -> Answer:
    if status in _MOVED and "location" in answered:
        raise Redirected(f"status {status}")
    return Answer(status, answered.get("content-type", ""), body, answered.get("retry-after", ""))


def read_address(url: str, *, among: Sequence[Host]) -> tuple[str, str]:
    """An address that falls under a list in its normal form, and its host, with the port if that is not 443; nothing is asked or resolved.

    Raises:
        NotAllowed.
    """
    parsed, host = outbound.find_host(url, among)
    return str(parsed), f"{host.name}:{host.port}" if host.has_port else host.name


class Line:
    """Connections to one host that stay open from call to call, for what goes there in numbers. The host is looked at and resolved once,
    so a line is for a moment's work: use it as a context or close it, and in one thread.

    Raises, where it is made:
        OutboundError: NotAllowed, AddressRefused, Unreachable.
    """

    def __init__(self, url: str, *, among: Sequence[Host]) -> None:
        self._target = outbound.look_up(url, among)
        self._end = outbound.end_after(0)
        self._among = among
        self._client = httpx.Client(transport=_Transport(self._target, self._end), trust_env=False, timeout=None)  # noqa: S113  (`_end`)

    def post(self, url: str, *, headers: Mapping[str, str], content: bytes, max_bytes: int, seconds: float) -> Answer:
        """As `call`, to another address of the same host.

        Raises:
            OutboundError: as `call`.
        """
        parsed, host = outbound.find_host(url, self._among)
        if (host.name, host.port) != (self._target.host, self._target.port):
            raise NotAllowed("another host")
        self._end.move(seconds)
        target = Target(str(parsed), host.name, host.port, self._target.addresses)
        return _judge(*_send(self._client, "POST", target, headers, max_bytes, content=content))

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    form: Mapping[str, str] | None,
    max_bytes: int,
    end: End,
    data: Mapping[str, Any] | None = None,
    content: bytes | None = None,
) -> tuple[int, httpx.Headers, bytes]:
    target = outbound.look_up(url)
    with _Transport(target, end) as transport, httpx.Client(transport=transport, trust_env=False, timeout=None) as client:  # noqa: S113  (`end`)
        return _send(client, method, target, headers, max_bytes, data=form, json=data, content=content)


def _send(
    client: httpx.Client, method: str, target: Target, headers: Mapping[str, str], max_bytes: int, **body: Any
) -> tuple[int, httpx.Headers, bytes]:
    names = {"User-Agent": _AGENT, "Accept-Encoding": "identity", **headers}
    try:
        with client.stream(method, target.url, headers=names, **body) as response:
            return response.status_code, response.headers, _read(response.iter_raw(), max_bytes)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise Unreachable(f"{target.host}: {type(error).__name__}") from error


def _read(chunks: Iterator[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(f"more than {max_bytes} bytes")
    return bytes(body)


def _next(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location).copy_with(fragment=None))
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise NotAllowed("a redirect to no address") from error


class _Transport(httpx.BaseTransport):
    """Speaks HTTP over connections to the addresses of one target, until `end`."""

    def __init__(self, target: Target, end: End) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=_trust(), network_backend=outbound.Dialer(target, end))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path)
        assert isinstance(request.stream, httpx.SyncByteStream)
        try:
            answer = self._pool.handle_request(httpcore.Request(request.method, url, headers=request.headers.raw, content=request.stream))
            return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise NotConnected(f"{request.url.host}: {error}") from error
        except httpcore.TimeoutException as error:
            raise TooSlow(request.url.host) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Unreachable(f"{request.url.host}: {error}") from error

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The body as it arrives, its faults under our names."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._answer.iter_stream()
        except httpcore.TimeoutException as error:
            raise TooSlow("body") from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Unreachable(str(error)) from error

    def close(self) -> None:
        self._answer.close()


def _trust() -> ssl.SSLContext:
    """The authorities of certifi, or those of SSL_CERT_FILE; read once, since that takes longer than most answers."""
    return _read_trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.lru_cache(maxsize=4)
def _read_trust(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()
