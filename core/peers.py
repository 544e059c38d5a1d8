"""Who stands at the other end of a connection: address, source port and protocol, behind as many proxies as the settings name.

Of `X-Forwarded-For` only what our own proxies wrote counts; what a visitor claims stands further left and is never looked at. Many
people share one address behind the translation of a mobile network, so an address without its port names nobody (RFC 6302).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

_LONGEST = 2000  # of a header that is looked at


@dataclass(frozen=True, slots=True)
class Peer:
    """`ip` is empty when it is not known, `port` 0."""

    ip: str
    port: int
    protocol: str


def peer_of_request(request: HttpRequest) -> Peer:
    """Who sent a request."""
    meta = request.META
    named = "HTTP_" + settings.PORT_HEADER.upper().replace("-", "_")
    version = getattr(request, "scope", {}).get("http_version", "")
    protocol = f"{request.scheme}/{version}".rstrip("/")
    return _peer(
        meta.get("REMOTE_ADDR", ""), meta.get("REMOTE_PORT", 0), meta.get("HTTP_X_FORWARDED_FOR", ""), meta.get(named, ""), protocol
    )


def peer_of_scope(scope: dict[str, Any]) -> Peer:
    """Who opened a socket."""
    address, port = scope.get("client") or ("", 0)
    forwarded = _header(scope["headers"], b"x-forwarded-for")
    named = _header(scope["headers"], settings.PORT_HEADER.lower().encode())
    protocol = f"{'wss' if settings.HTTPS else 'ws'}/{scope.get('http_version', '')}".rstrip("/")
    return _peer(address, port, forwarded, named, protocol)


def _peer(address: str, port: Any, forwarded: str, named_port: str, protocol: str) -> Peer:
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if not proxies:
        return Peer(_address(address), _port(port), protocol)
    hops = [hop.strip() for hop in forwarded[-_LONGEST:].split(",") if hop.strip()]
    if len(hops) < proxies:  # nobody of ours passed it on
        return Peer(_address(address), _port(port), protocol)
    return Peer(_address(hops[-proxies]), _port(named_port), protocol)


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    return ",".join(value.decode("latin-1") for key, value in headers if key == name)


def _address(text: str) -> str:
    try:
        found = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _port(text: Any) -> int:
    digits = str(text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 5 and int(digits) <= 65535 else 0
