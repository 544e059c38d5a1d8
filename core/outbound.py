"""Whom this house may ask (`OUTBOUND_HOSTS`), where they are, and the connection to that place alone. Used by `core.http`."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpcore
import httpx
from django.conf import settings

from core.hosts import HTTPS_PORT, Host

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundError(Exception):
    """Another server could not be asked, or gave no answer that counts."""


class NotAllowed(OutboundError):
    """The address is none that the operator named, or not of a form that is asked."""


class AddressRefused(OutboundError):
    """The name leads to an address that is not public: of this machine, of its network, or of nobody."""


class Unreachable(OutboundError):
    """No such name, no connection, no trust in the certificate, or no HTTP."""


class NotConnected(Unreachable):
    """There was no connection: whatever was to be said, nothing of it was."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be asked, and where its host is."""

    url: str
    host: str
    port: int
    addresses: tuple[str, ...]


def standins_allowed() -> bool:
    """Whether a stand-in on this machine may be asked: in the embedded shape and while debugging."""
    return bool(settings.EMBEDDED or settings.DEBUG)


def look_up(url: str, among: Sequence[Host] | None = None) -> Target:
    """Check an address against the list (that of the settings, or `among`) and resolve its host, once.

    Raises:
        OutboundError: NotAllowed, AddressRefused, Unreachable.
    """
    parsed, host = find_host(url, among)
    addresses = _resolve(host)
    if not host.is_standin and (bad := [str(one) for one in addresses if not is_public(one)]):
        raise AddressRefused(f"{host.name}: {bad[0]}")
    if host.is_standin and not all(one.is_loopback for one in addresses):
        raise AddressRefused(f"{host.name} is not on this machine")
    return Target(str(parsed), host.name, host.port, tuple(str(one) for one in addresses))


def find_host(url: str, among: Sequence[Host] | None = None) -> tuple[httpx.URL, Host]:
    """An address, and the host that is asked for it; nothing is resolved.

    Raises:
        NotAllowed.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise NotAllowed("no address") from error
    return parsed, _find_among(parsed, settings.OUTBOUND_HOSTS if among is None else among)


def _find_among(url: httpx.URL, hosts: Sequence[Host]) -> Host:
    """The entry of the list that an address falls under, by the address's own name."""
    if url.scheme not in {"https", "http"} or url.userinfo or not url.host:
        raise NotAllowed("not an https address")
    port = url.port or (HTTPS_PORT if url.scheme == "https" else 80)
    name = _plain(url)
    found = next((host for host in hosts if host.covers(name, port)), None)
    if found is None:
        raise NotAllowed(f"{url.host}:{port} is not in the list of hosts")
    if found.is_standin and not standins_allowed():
        raise NotAllowed(f"{found.name}: a stand-in has no place in this shape")
    if url.scheme == "http" and not found.is_standin:
        raise NotAllowed("not an https address")
    return replace(found, name=name, below=False)


def _plain(url: httpx.URL) -> str:
    """The host in the form in which it is listed: lower case, IDNA, an IPv6 address in its shortest form."""
    name = url.raw_host.decode("ascii").lower()
    return str(ipaddress.IPv6Address(name)) if ":" in name else name


def _resolve(host: Host) -> list[Address]:
    """Every address of a name. How long the resolver may take is the system's matter (resolv.conf)."""
    try:
        found = socket.getaddrinfo(host.name, host.port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
    except (OSError, UnicodeError, ValueError) as error:
        raise NotConnected(f"{host.name}: no such name") from error


def is_public(address: Address) -> bool:
    """Whether an address is of the internet. One that carries an IPv4 address inside (mapped, NAT64) is judged by that one; the old
    tunnels (6to4, Teredo) lead nowhere that an honest host lives, and Python's own judgement of them differs between versions."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if address.sixtofour is not None or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


# ---- The connection --------------------------------------------------------------------------------------------------------------
class End:
    """The moment, on this process's clock, at which an exchange ends. A connection that serves several has it moved before each."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self.move(seconds)

    def move(self, seconds: float) -> None:
        """Let it be that far from now."""
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds until then; there are some."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is over")
        return left


def end_after(seconds: float) -> End:
    """The end of an exchange that begins now."""
    return End(seconds)


class Dialer(httpcore.NetworkBackend):
    """Connects to the addresses of one target, whatever name it is asked for, and lets nothing last beyond `end`."""

    def __init__(self, target: Target, end: End) -> None:
        self._target, self._end = target, end
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        for number, address in enumerate(self._target.addresses):
            try:
                stream = self._network.connect_tcp(address, self._target.port, self._end.left(), local_address, socket_options)
            except httpcore.ConnectError:
                if number + 1 == len(self._target.addresses):
                    raise
            else:
                return _Bounded(stream, self._end)
        raise httpcore.ConnectError("no address")


class _Bounded(httpcore.NetworkStream):
    """A stream whose every step waits no longer than what is left of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, end: End) -> None:
        self._stream, self._end = stream, end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._end.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._end.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, self._end.left()), self._end)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
