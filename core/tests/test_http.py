"""The one way out: who may be asked, where a name may lead, and how long and how large an answer may be."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from core.checks import check_standins
from core.hosts import Host, read_host
from core.http import (
    AddressRefused,
    NotAllowed,
    NotConnected,
    call,
    fetch,
)
from core.outbound import Dialer, Target, end_after, is_public
from core.tests.asking import Allow, page
from core.tests.standin import StandIn


# ---- The list of hosts -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("eidas.ec.europa.eu", Host("eidas.ec.europa.eu")),
        ("API.Example.org:8443", Host("api.example.org", 8443, has_port=True)),
        ("127.0.0.1:9000", Host("127.0.0.1", 9000, has_port=True)),
        ("[::0:1]:9000", Host("::1", 9000, has_port=True)),
    ],
)
def test_entries_are_read(text: str, host: Host) -> None:
    assert read_host(text) == host


@pytest.mark.parametrize(
    "text", ["", "*", "*.example.org", "a/b", "https://a", "u@a", "a:0", "a:70000", "a:b", "::1", "[::1", "é.fr", ".", "a."]
)
def test_other_entries_are_faults(text: str) -> None:
    with pytest.raises(ValueError):
        read_host(text)


@pytest.mark.parametrize(
    ("entry", "is_standin"),
    [
        ("127.0.0.1:9000", True),
        ("localhost:9000", True),
        ("[::1]:9000", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("a.org:9", False),
    ],
)
def test_a_standin_is_named_with_its_port(entry: str, is_standin: bool) -> None:
    assert read_host(entry).is_standin is is_standin


def test_the_server_shape_has_no_standins(allow: Allow, settings: Any) -> None:
    allow("a.example:8443", "127.0.0.1:9000", "localhost:9001")
    settings.EMBEDDED, settings.DEBUG = True, False
    assert check_standins() == []
    settings.EMBEDDED = False
    assert [(found.id, "127.0.0.1:9000" in found.msg) for found in check_standins()] == [("core.E001", True), ("core.E001", False)]
    with StandIn(page()) as server:
        allow(server.entry)
        with pytest.raises(NotAllowed):
            fetch(server.url())
    assert server.said == []


# ---- Who may be asked ------------------------------------------------------------------------------------------------------------
def test_a_named_host_is_asked(allow: Allow) -> None:
    with StandIn(page()) as server:
        allow(server.entry)
        assert fetch(server.url("/a?b=c"), accept="text/plain") == b"hello"
    (said,) = server.said
    assert (said.method, said.path, said.headers["accept"], said.headers["host"]) == (
        "GET",
        "/a?b=c",
        "text/plain",
        server.entry,
    )
    assert {"cookie", "authorization", "referer"} & said.headers.keys() == set()


def test_what_is_not_named_is_not_asked(allow: Allow) -> None:
    with StandIn(page()) as server:
        allow("example.org", "127.0.0.1:9", "localhost")
        port = server.port
        for url in (
            server.url(),
            f"http://localhost:{port}/",
            f"http://2130706433:{port}/",
            f"http://0x7f.0.0.1:{port}/",
            f"http://127.1:{port}/",
            f"http://[::ffff:127.0.0.1]:{port}/",
            f"http://127.0.0.1:{port}@example.org/",
            f"https://example.org@127.0.0.1:{port}/",
            f"https://example.org:{port}/",
            "http://example.org/",
            "https://example.org./",
            "https://sub.example.org/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "gopher://127.0.0.1:9/",
            "//example.org/",
            "example.org",
            "",
            "https://",
            "https://[::1",
            "https://exa mple.org/",
        ):
            with pytest.raises(NotAllowed):
                fetch(url)
    assert server.said == []


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("localhost", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),  # the resolver takes numbers in many forms for addresses
        ("0x7f000001", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("167772161", "10.0.0.1"),
        ("3232235521", "192.168.0.1"),
        ("2852039166", "169.254.169.254"),
        ("0", "0.0.0.0"),  # noqa: S104  (nothing listens)
        ("[::1]", "::1"),
        ("[::ffff:10.0.0.1]", "::ffff:a00:1"),
        ("[64:ff9b::a00:1]", "64:ff9b::a00:1"),
        ("[fd00::1]", "fd00::1"),
    ],
)
def test_a_named_host_that_leads_inside_is_refused(allow: Allow, name: str, where: str) -> None:
    allow(name)
    with pytest.raises(AddressRefused) as refused:
        fetch(f"https://{name}/")
    assert ipaddress.ip_address(str(refused.value).rpartition(": ")[2]) in {ipaddress.ip_address(where), ipaddress.ip_address("::1")}


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "ff0e::1",
        "::ffff:127.0.0.1",
        "::ffff:192.168.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:a00:1::",
        "2002:808:808::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "::127.0.0.1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_an_unknown_name(allow: Allow) -> None:
    allow("nobody.invalid")
    with pytest.raises(NotConnected):
        fetch("https://nobody.invalid/")


def test_the_connection_goes_where_the_name_led_when_it_was_looked_at() -> None:
    """A name that leads elsewhere a moment later (DNS rebinding) leads nowhere: the dialer knows no names."""
    with StandIn(page()) as server:
        dialer = Dialer(Target("https://example.org/", "example.org", server.port, ("127.0.0.1",)), end_after(5))
        stream = dialer.connect_tcp("10.0.0.1", 1)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", server.port)
        stream.close()


def test_the_next_address_is_tried(allow: Allow) -> None:
    with StandIn(page()) as server:
        target = Target("http://x/", "x", server.port, ("127.0.0.2", "127.0.0.1"))
        stream = Dialer(target, end_after(5)).connect_tcp("x", 1)
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
        stream.close()


def test_nobody_listens(allow: Allow) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        allow(f"127.0.0.1:{port}")
        with pytest.raises(NotConnected):
            fetch(f"http://127.0.0.1:{port}/")


def test_no_proxy_of_the_environment_is_taken(allow: Allow, monkeypatch: pytest.MonkeyPatch) -> None:
    with StandIn(page(b"a proxy")) as proxy, StandIn(page(b"the server")) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        allow(server.entry)
        assert fetch(server.url()) == b"the server"
    assert proxy.said == []


def test_no_address_is_logged(allow: Allow, caplog: pytest.LogCaptureFixture) -> None:
    """Addresses name sessions and codes."""
    with StandIn(page()) as server:
        allow(server.entry)
        call("GET", server.url("/sessions/vs_1?code=secret"))
    assert len(server.said) == 1
    assert caplog.text == ""
