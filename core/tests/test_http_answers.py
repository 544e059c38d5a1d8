"""What comes back over the one way out: redirects, how long and how large, answers, TLS."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from pathlib import Path

import pytest

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
from core.outbound import look_up
from core.tests.asking import Allow, page
from core.tests.standin import Reply, Said, StandIn, make_certificate


def redirect(place: str, status: int = 302) -> Callable[[Said], Reply]:
    return lambda said: Reply(status, {"Location": place}) if said.path == "/" else Reply(chunks=[b"there"])


# ---- Redirects -------------------------------------------------------------------------------------------------------------------
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
