"""Names below a name, lists of hosts of their own, and connections to one host that serve many calls."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from core.hosts import Host, read_host, read_pattern
from core.http import AddressRefused, Line, NotAllowed, Redirected, TooLarge, TooSlow, read_address
from core.tests.asking import Allow, page
from core.tests.standin import Reply, Said, StandIn

NO_PATTERNS = ["*", "*.", "*.com", "*.127.0.0.1", "*.[::1]", "*.*.com", "a.*.com", "*push.apple.com", "*.a/b", "**.a.com"]


# ---- Names below a name ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "port", "is_meant"),
    [
        ("web.push.apple.com", 443, True),
        ("a.b.push.apple.com", 443, True),
        ("push.apple.com", 443, False),
        ("xpush.apple.com", 443, False),
        ("web.push.apple.com.evil.example", 443, False),
        ("web.push.apple.com", 8443, False),
        (".push.apple.com", 443, False),
        ("a..push.apple.com", 443, False),
        ("a b.push.apple.com", 443, False),
    ],
)
def test_a_pattern_means_whole_labels(name: str, port: int, is_meant: bool) -> None:
    assert read_pattern("*.push.apple.com").covers(name, port) is is_meant


@pytest.mark.parametrize(
    "text", ["*", "*.", "*.com", "*.127.0.0.1", "*.[::1]", "*.*.com", "a.*.com", "*push.apple.com", "*.a/b", "**.a.com"]
)
def test_other_patterns_are_faults(text: str) -> None:
    with pytest.raises(ValueError):
        read_pattern(text)


def test_a_pattern_may_be_a_plain_entry() -> None:
    assert read_pattern("push.example:8443") == Host("push.example", 8443, has_port=True)
    assert read_pattern("*.push.example") == Host("push.example", below=True)
    assert read_pattern("*.localhost.example:9000").is_standin is False


def test_a_list_of_its_own_counts_alone(allow: Allow) -> None:
    allow("example.org")
    hosts = [read_pattern("*.push.example"), read_pattern("127.0.0.1:9000")]
    assert read_address("https://A.push.example/x", among=hosts) == ("https://a.push.example/x", "a.push.example")
    assert read_address("http://127.0.0.1:9000/x", among=hosts)[1] == "127.0.0.1:9000"
    for url in ("https://example.org/", "https://push.example/", "http://a.push.example/", "https://a.push.example:444/", "x"):
        with pytest.raises(NotAllowed):
            read_address(url, among=hosts)


# ---- Lines -----------------------------------------------------------------------------------------------------------------------
def post(line: Line, url: str, seconds: float = 5.0, max_bytes: int = 1000) -> int:
    return line.post(url, headers={"TTL": "1"}, content=b"x", max_bytes=max_bytes, seconds=seconds).status


def move(said: Said, place: str) -> Reply:
    return Reply(307, {"Location": place}) if said.path == "/moved" else Reply(201)


def test_a_line_posts_to_one_host_and_follows_nothing(allow: Allow) -> None:
    with (
        StandIn(page()) as other,
        StandIn(lambda said: Reply(307, {"Location": other.url()}) if "moved" in said.path else Reply(201)) as server,
    ):
        hosts = [read_host(server.entry), read_host(other.entry)]
        with Line(server.url("/first"), among=hosts) as line:
            assert [post(line, server.url(path)) for path in ("/a", "/b")] == [201, 201]
            with pytest.raises(Redirected):
                post(line, server.url("/moved"))
            assert post(line, server.url("/c")) == 201
            with pytest.raises(NotAllowed):
                post(line, other.url("/d"))
            with pytest.raises(NotAllowed):
                post(line, "http://127.0.0.1:9/")
    assert other.said == []
    assert [said.path for said in server.said] == ["/a", "/b", "/moved", "/c"]
    assert server.said[0].headers["ttl"] == "1"


def test_each_call_of_a_line_has_its_own_end() -> None:
    replies = {"/slow": Reply(chunks=[b"never"], pause=3.0, raw=True)}
    with StandIn(lambda said: replies.get(said.path, Reply(201))) as server, Line(server.url(), among=[read_host(server.entry)]) as line:
        for _each in range(3):
            assert post(line, server.url("/quick"), seconds=0.5) == 201
            time.sleep(0.3)
        start = time.monotonic()
        with pytest.raises(TooSlow):
            post(line, server.url("/slow"), seconds=0.4)
        assert time.monotonic() - start < 1.5
        assert post(line, server.url("/quick")) == 201


def test_an_answer_to_a_line_has_a_size() -> None:
    with StandIn(page(b"x" * 1001)) as server, Line(server.url(), among=[read_host(server.entry)]) as line:
        with pytest.raises(TooLarge):
            post(line, server.url())
        assert post(line, server.url(), max_bytes=1001) == 200


def test_no_line_leads_inside() -> None:
    for name in ("localhost", "2130706433", "[::1]"):
        with pytest.raises(AddressRefused):
            Line(f"https://{name}/", among=[read_host(name)])
    with pytest.raises(NotAllowed):
        Line("https://example.org/", among=[])


def test_a_line_keeps_its_connection() -> None:
    """Seen from the other side: one socket for all that is said."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        answers = threading.Thread(target=answer_thrice, args=(listener,))
        answers.start()
        with Line(f"http://127.0.0.1:{port}/", among=[read_host(f"127.0.0.1:{port}")]) as line:
            assert [post(line, f"http://127.0.0.1:{port}/{n}") for n in range(3)] == [201, 201, 201]
        answers.join(5)
        assert not answers.is_alive()


def answer_thrice(listener: socket.socket) -> None:
    connection, _address = listener.accept()  # once
    with connection:
        for _each in range(3):
            heard = b""
            while not heard.endswith(b"\r\n\r\nx"):
                heard += connection.recv(65536)
            connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
