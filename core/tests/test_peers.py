"""Who is at the other end: what our own proxies say, never what a visitor claims."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import RequestFactory

from core.peers import Peer, peer_of_request, peer_of_scope


def request_peer(**meta: Any) -> Peer:
    return peer_of_request(RequestFactory().get("/", **{"REMOTE_ADDR": "10.0.0.9", "REMOTE_PORT": 50001, **meta}))


def scope_peer(*headers: tuple[bytes, bytes], client: tuple[str, int] | None = ("10.0.0.9", 50001)) -> Peer:
    return peer_of_scope({"type": "websocket", "client": client, "headers": list(headers), "http_version": "1.1"})


def test_without_a_proxy_no_header_is_believed(settings: LazySettings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    forged = {"HTTP_X_FORWARDED_FOR": "1.2.3.4", "HTTP_X_CLIENT_PORT": "1", "HTTP_FORWARDED": "for=1.2.3.4", "HTTP_X_REAL_IP": "1.2.3.4"}
    assert request_peer(**forged) == Peer("10.0.0.9", 50001, "http")
    assert scope_peer((b"x-forwarded-for", b"1.2.3.4"), (b"x-client-port", b"1")) == Peer("10.0.0.9", 50001, "ws/1.1")


@pytest.mark.parametrize(
    ("proxies", "header", "ip"),
    [
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "1.2.3.4, 203.0.113.7", "203.0.113.7"),  # the visitor's own claim stands left of what the proxy appended
        (1, "1.2.3.4,203.0.113.7 ", "203.0.113.7"),
        (2, "1.2.3.4, 203.0.113.7, 10.1.1.1", "203.0.113.7"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "not an address", ""),
        (1, "203.0.113.7:4711", ""),
        (1, "1.2.3.4, " * 900 + "203.0.113.7", "203.0.113.7"),
    ],
)
def test_behind_proxies_the_visitor_is_who_ours_saw(settings: LazySettings, proxies: int, header: str, ip: str) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    found = request_peer(HTTP_X_FORWARDED_FOR=header, HTTP_X_CLIENT_PORT="40123")
    assert (found.ip, found.port) == (ip, 40123)
    same = scope_peer((b"x-forwarded-for", header.encode()), (b"x-client-port", b"40123"))
    assert (same.ip, same.port) == (ip, 40123)


def test_a_header_sent_in_two_lines_reads_as_one(settings: LazySettings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    found = scope_peer((b"x-forwarded-for", b"1.2.3.4"), (b"x-forwarded-for", b"203.0.113.7"), (b"x-client-port", b"9"))
    assert (found.ip, found.port) == ("203.0.113.7", 9)


def test_who_came_past_the_proxies_is_the_neighbour(settings: LazySettings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    found = request_peer(HTTP_X_FORWARDED_FOR="1.2.3.4", HTTP_X_CLIENT_PORT="1")
    assert (found.ip, found.port) == ("10.0.0.9", 50001)


@pytest.mark.parametrize("port", ["", "-1", "65536", "1e3", "٤٢", "4711, 80", "0x50", "999999999999"])
def test_what_is_no_port_is_none(settings: LazySettings, port: str) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert request_peer(HTTP_X_FORWARDED_FOR="203.0.113.7", HTTP_X_CLIENT_PORT=port).port == 0


def test_the_header_of_the_port_is_a_setting(settings: LazySettings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.PORT_HEADER = 1, "X-Source-Port"
    assert request_peer(HTTP_X_FORWARDED_FOR="203.0.113.7", HTTP_X_CLIENT_PORT="1", HTTP_X_SOURCE_PORT="2").port == 2
    assert scope_peer((b"x-forwarded-for", b"203.0.113.7"), (b"x-client-port", b"1"), (b"x-source-port", b"2")).port == 2


def test_a_socket_of_the_machine_itself_has_no_address(settings: LazySettings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    assert scope_peer(client=None) == Peer("", 0, "ws/1.1")


def test_the_proxies_that_ship_pass_the_port() -> None:
    deploy = Path(__file__).resolve().parents[2] / "deploy"
    assert "proxy_set_header X-Client-Port $remote_port;" in (deploy / "nginx.conf").read_text("utf-8")
    assert "header_up X-Client-Port {http.request.remote.port}" in (deploy / "Caddyfile").read_text("utf-8")
