"""The one way out: who may be asked, where a name may lead, and how long and how large an answer may be."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.checks import check_standins
from core.hosts import Host, read_host
from core.http import (
    REDIRECTS,
    AddressRefused,
    BadAnswer,
    NotAllowed,
    NotConnected,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
    call,
    fetch,
)
from core.outbound import Dialer, Target, end_after, is_public, look_up
from core.tests.standin import Reply, Said, StandIn, make_certificate

Allow = Callable[..., None]


@pytest.fixture
def allow(settings: Any) -> Allow:
    """Name the hosts that may be asked."""

    def name(*entries: str) -> None:
        settings.OUTBOUND_HOSTS = [read_host(entry) for entry in entries]

    name()
    return name


def page(text: bytes = b"hello") -> Callable[[Said], Reply]:
    return lambda _said: Reply(chunks=[text])


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


# ---- Redirects -------------------------------------------------------------------------------------------------------------------
def redirect(place: str, status: int = 302) -> Callable[[Said], Reply]:
    return lambda said: Reply(status, {"Location": place}) if said.path == "/" else Reply(chunks=[b"there"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_named_host_is_followed(allow: Allow, status: int) -> None:
    with StandIn(page(b"moved here")) as other, StandIn(redirect(other.url("/new#part"), status)) as server:
        allow(server.entry, other.entry)
        assert fetch(server.url()) == b"moved here"
    assert [said.path for said in other.said] == ["/new"]


def test_a_relative_redirect_is_followed(allow: Allow) -> None:
    with StandIn(redirect("/there")) as server:
        allow(server.entry)
        assert fetch(server.url()) == b"there"


def test_a_redirect_passes_the_same_door(allow: Allow) -> None:
    with StandIn(page()) as inside:
        for place, fault in (
            (inside.url(), NotAllowed),
            (f"http://[::ffff:127.0.0.1]:{inside.port}/", NotAllowed),
            ("http://169.254.169.254/latest/meta-data/", NotAllowed),
            ("https://2852039166/", AddressRefused),
            ("https://localhost/", AddressRefused),
            ("file:///etc/passwd", NotAllowed),
            ("http://[", NotAllowed),
        ):
            with StandIn(redirect(place)) as server:
                allow(server.entry, "2852039166", "localhost")
                with pytest.raises(fault):
                    fetch(server.url())
        assert inside.said == []


def test_redirects_are_few(allow: Allow) -> None:
    with StandIn(lambda said: Reply(302, {"Location": said.path + "x"})) as server:
        allow(server.entry)
        with pytest.raises(TooManyRedirects):
            fetch(server.url())
    assert len(server.said) == REDIRECTS + 1


def test_what_is_secret_is_said_to_one_host_alone(allow: Allow) -> None:
    with StandIn(page()) as other, StandIn(redirect(other.url("/"))) as server:
        allow(server.entry, other.entry)
        with pytest.raises(BadAnswer):
            call("POST", server.url(), headers={"Authorization": "Bearer secret"}, form={"code": "secret"})
    assert other.said == []
    assert server.said[0].body == b"code=secret"
    assert server.said[0].headers["authorization"] == "Bearer secret"


# ---- How long, how large ---------------------------------------------------------------------------------------------------------
def test_a_large_body_is_cut_off(allow: Allow) -> None:
    with StandIn(page(b"x" * 1001)) as server:
        allow(server.entry)
        assert len(fetch(server.url(), max_bytes=1001)) == 1001
        with pytest.raises(TooLarge):
            fetch(server.url(), max_bytes=1000)


def test_an_endless_body_is_cut_off(allow: Allow) -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    with StandIn(lambda _said: Reply(chunks=[head, *[b"x" * 65536] * 10_000], raw=True)) as server:
        allow(server.entry)
        with pytest.raises(TooLarge):
            fetch(server.url(), max_bytes=100_000)


def test_nothing_is_unpacked(allow: Allow) -> None:
    """A bomb stays as small as it came."""
    packed = gzip.compress(b"x" * 1_000_000)
    with StandIn(lambda _said: Reply(headers={"Content-Encoding": "gzip"}, chunks=[packed])) as server:
        allow(server.entry)
        assert fetch(server.url(), max_bytes=len(packed)) == packed
    assert server.said[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(chunks=[b"x"] * 1000, pause=0.05),  # a body, drop by drop: no single wait is long
        Reply(chunks=[b"HTTP/1.1 200 OK\r\n", *[b"A: b\r\n"] * 1000], pause=0.05, raw=True),  # a head, drop by drop
        Reply(chunks=[b"never"], pause=3.0, raw=True),
    ],
    ids=["body", "head", "silence"],
)
def test_the_whole_has_an_end(allow: Allow, reply: Reply) -> None:
    with StandIn(lambda _said: reply) as server:
        allow(server.entry)
        start = time.monotonic()
        with pytest.raises(TooSlow):
            fetch(server.url(), seconds=0.4)
        assert time.monotonic() - start < 1.5


@pytest.mark.parametrize(
    "raw", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", b""], ids=["no head", "cut off", "nothing"]
)
def test_what_is_no_http_is_unreachable(allow: Allow, raw: bytes) -> None:
    """And nobody knows what came of the request: it was sent."""
    with StandIn(lambda _said: Reply(chunks=[raw], raw=True)) as server:
        allow(server.entry)
        with pytest.raises(Unreachable) as refusal:
            fetch(server.url())
        assert not isinstance(refusal.value, NotConnected)


# ---- Answers ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [201, 204, 400, 401, 404, 500, 503])
def test_a_document_with_another_status_is_none(allow: Allow, status: int) -> None:
    with StandIn(lambda _said: Reply(status)) as server:
        allow(server.entry)
        with pytest.raises(BadAnswer):
            fetch(server.url())


def test_an_interface_answers_with_its_status(allow: Allow) -> None:
    reply = Reply(402, {"Content-Type": "application/json"}, [b'{"error": {"code": "x"}}'])
    with StandIn(lambda _said: reply) as server:
        allow(server.entry)
        answer = call("GET", server.url())
    assert (answer.status, answer.content_type, answer.read_object()) == (402, "application/json", {"error": {"code": "x"}})


@pytest.mark.parametrize("body", [b"", b"[1]", b"null", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_a_bad_answer(allow: Allow, body: bytes) -> None:
    with StandIn(page(body)) as server:
        allow(server.entry)
        answer = call("GET", server.url())
    with pytest.raises(BadAnswer):
        answer.read_object()


# ---- TLS -------------------------------------------------------------------------------------------------------------------------
def test_a_certificate_is_judged_by_the_name_that_was_asked_for(allow: Allow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, file = make_certificate(tmp_path, "localhost")
    with StandIn(page(b"sealed"), tls=tls) as server:
        allow(f"localhost:{server.port}", server.entry)
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            fetch(server.url(host="localhost"))
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert fetch(server.url(host="localhost")) == b"sealed"
        with pytest.raises(Unreachable, match="IP address mismatch"):
            fetch(server.url(host="127.0.0.1"))
    assert len(server.said) == 1


def test_the_target_keeps_the_name(allow: Allow) -> None:
    allow("localhost:9000")
    target = look_up("http://LOCALHOST:9000/a#b")
    assert target.host == "localhost"
    assert "127.0.0.1" in target.addresses


def test_a_call_says_json_and_hears_how_long_to_wait(allow: Allow) -> None:
    def answer(said: Said) -> Reply:
        assert (said.headers["content-type"], said.body) == ("application/json", b'{"word":"\xc3\xa9"}')
        return Reply(429, {"Retry-After": "120"}, [b"{}"])

    with StandIn(answer) as server:
        allow(server.entry)
        found = call("POST", server.url(), data={"word": "é"})
    assert (found.status, found.retry_after) == (429, "120")


def test_a_status_of_redirects_without_a_place_is_an_answer(allow: Allow) -> None:
    with StandIn(lambda _said: Reply(302, {}, [b'{"found": 1}'])) as server:
        allow(server.entry)
        assert call("GET", server.url()).read_object() == {"found": 1}


def test_a_body_is_sent_as_it_is_where_its_bytes_are_signed(allow: Allow) -> None:
    def check(said: Said) -> Reply:
        assert (said.headers["content-type"], said.body) == ("application/json", b'{"a" :1}')
        return Reply(chunks=[b"{}"])

    with StandIn(check) as server:
        allow(server.entry)
        assert call("PUT", server.url(), headers={"Content-Type": "application/json"}, content=b'{"a" :1}').read_object() == {}
