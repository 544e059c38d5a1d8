"""Status lists: believed when fresh, whole and signed by the trusted list's people; else as if they could not be had."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.age.encodings import write_base64url
from accounts.age.issuing import Issuer, make_certificate, sign_jwt, write_x5c
from accounts.age.refusals import RefusalCode, Refused
from accounts.age.statuslist import MAX_LIST_BYTES, StatusList, StatusLists, read_status_list
from accounts.tests.age.house import ISSUER, NOW

C = RefusalCode
URI = "https://issuer.example/status/1"
ARRAY = bytes([0b0000_1001, 0b1000_0000])


def token(*, issuer: Issuer = ISSUER, array: bytes = ARRAY, bits: Any = 1, header: dict[str, Any] | None = None, **claims: Any) -> bytes:
    head = {"alg": "ES256", "typ": "statuslist+jwt", "x5c": write_x5c(issuer.chain), **(header or {})}
    packed = write_base64url(zlib.compress(array))
    now = int(NOW.timestamp())
    payload = {"sub": URI, "iat": now - 60, "exp": now + 3600, "status_list": {"bits": bits, "lst": packed}, **claims}
    return sign_jwt(head, payload, issuer.signer.key).encode()


def read(data: bytes) -> StatusList:
    return read_status_list(data, uri=URI, anchors=[ISSUER.anchor], now=NOW)


@pytest.mark.parametrize(("index", "status"), [(0, 1), (1, 0), (3, 1), (15, 1), (14, 0), (16, None), (10**9, None), (-1, None)])
def test_one_bit_each_is_read_from_the_least_significant(index: int, status: int | None) -> None:
    assert read(token()).status_at(index) == status


BITS = [(2, 0, 1), (2, 1, 2), (2, 7, 2), (4, 0, 9), (4, 3, 8), (8, 0, 9), (8, 1, 128), (8, 2, None)]


@pytest.mark.parametrize(("bits", "index", "status"), BITS)
def test_more_bits_each(bits: int, index: int, status: int | None) -> None:
    assert read(token(bits=bits)).status_at(index) == status


def test_a_signer_of_status_lists_alone_will_do() -> None:
    signer = make_certificate("Status", now=NOW, issuer=ISSUER.authority, purposes=("1.3.6.1.5.5.7.3.30",))
    assert read(token(issuer=Issuer(ISSUER.authority, signer, [signer.der]))).status_at(0) == 1


def test_a_list_is_good_for_a_day_at_most_and_less_if_it_says_so() -> None:
    now = int(NOW.timestamp())
    assert read(token(exp=now + 10**6)).good_until == NOW + timedelta(hours=24, seconds=-60)
    assert read(token()).good_until == NOW + timedelta(hours=1)
    assert read(token(ttl=600)).good_until == NOW + timedelta(minutes=10)


def at(seconds: int) -> int:
    return int(NOW.timestamp()) + seconds


def bomb() -> bytes:
    return token(array=bytes(MAX_LIST_BYTES + 1))


def cut_archive() -> bytes:
    return token(status_list={"bits": 1, "lst": write_base64url(zlib.compress(ARRAY)[:-4])})


def with_a_tail() -> bytes:
    return token(status_list={"bits": 1, "lst": write_base64url(zlib.compress(ARRAY) + b"x")})


def changed() -> bytes:
    header, _payload, signature = token().split(b".")
    claims = {"sub": URI, "iat": at(-60), "status_list": {"bits": 1, "lst": write_base64url(zlib.compress(bytes(2)))}}
    return b".".join([header, write_base64url(json.dumps(claims).encode()).encode(), signature])


REFUSED: dict[str, tuple[Callable[[], bytes], RefusalCode]] = {
    "of another address": (lambda: token(sub="https://issuer.example/status/2"), C.AUDIENCE),
    "older than a day": (lambda: token(iat=at(-86_401), exp=at(60)), C.EXPIRED),
    "ended": (lambda: token(exp=at(-1)), C.EXPIRED),
    "of the future": (lambda: token(iat=at(301)), C.EXPIRED),
    "without a date": (lambda: token(iat="now"), C.STRUCTURE),
    "by a stranger": (lambda: token(issuer=Issuer.new(now=NOW, name="Honest")), C.UNTRUSTED_ISSUER),
    "by a CA": (lambda: token(issuer=Issuer(ISSUER.authority, ISSUER.authority, [ISSUER.authority.der])), C.KEY_USAGE),
    "changed": (changed, C.ISSUER_SIGNATURE),
    "alg none": (lambda: token(header={"alg": "none"}), C.ALG),
    "another type": (lambda: token(header={"typ": "JWT"}), C.JWT_TYPE),
    "critical": (lambda: token(header={"crit": ["b64"]}), C.CRIT),
    "without a chain": (lambda: token(header={"x5c": "x"}), C.CHAIN),
    "three bits": (lambda: token(bits=3), C.STRUCTURE),
    "true for one bit": (lambda: token(bits=True), C.STRUCTURE),
    "a bomb": (bomb, C.STRUCTURE),
    "a cut archive": (cut_archive, C.STRUCTURE),
    "an archive with a tail": (with_a_tail, C.STRUCTURE),
    "not an archive": (lambda: token(status_list={"bits": 1, "lst": "AAAA"}), C.STRUCTURE),
    "no list": (lambda: token(status_list=None), C.STRUCTURE),
    "no token": (lambda: b"hello", C.JWT),
    "bytes": (lambda: b"\xff.\xff.\xff", C.STRUCTURE),
    "too large": (lambda: b"a" * (2 * 1024 * 1024 + 1), C.TOO_LARGE),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_list_is_not_believed(name: str) -> None:
    make, code = REFUSED[name]
    with pytest.raises(Refused) as caught:
        read(make())
    assert caught.value.code == code


def test_a_withdrawn_issuers_list_is_not_believed() -> None:
    with pytest.raises(Refused) as caught:
        read_status_list(token(), uri=URI, anchors=[replace(ISSUER.anchor, granted=False)], now=NOW)
    assert caught.value.code == C.ISSUER_WITHDRAWN


# ---- The reader ------------------------------------------------------------------------------------------------------------------
class Server:
    """An issuer's server: says what it has, counts, and may be down."""

    def __init__(self, body: bytes | None) -> None:
        self.body = body
        self.calls = 0

    def __call__(self, uri: str) -> bytes:
        self.calls += 1
        if self.body is None:
            raise TimeoutError(uri)
        return self.body


def reader(server: Server) -> StatusLists:
    return StatusLists(fetch=server, anchors=lambda _now: [ISSUER.anchor])


def test_a_list_is_fetched_once_while_it_is_good() -> None:
    server = Server(token())
    lists = reader(server)
    assert [lists.is_revoked(uri=URI, index=index, now=NOW) for index in (0, 1, 3, 99)] == [True, False, True, None]
    assert server.calls == 1
    server.body = token(array=bytes(2), iat=at(3500), exp=at(9000))
    assert lists.is_revoked(uri=URI, index=0, now=NOW + timedelta(hours=1)) is False
    assert server.calls == 2


def test_suspended_counts_as_taken_back() -> None:
    assert reader(Server(token(bits=2))).is_revoked(uri=URI, index=1, now=NOW) is True


@pytest.mark.parametrize("body", [None, b"", b"rubbish"])
def test_what_cannot_be_had_says_nothing_and_is_left_alone_for_a_minute(body: bytes | None) -> None:
    server = Server(body)
    lists = reader(server)
    for seconds in (0, 1, 59):
        assert lists.is_revoked(uri=URI, index=0, now=NOW + timedelta(seconds=seconds)) is None
    assert server.calls == 1
    server.body = token()
    assert lists.is_revoked(uri=URI, index=0, now=NOW + timedelta(seconds=60)) is True


def test_only_https_is_fetched() -> None:
    server = Server(token())
    for uri in ("http://issuer.example/status/1", "file:///etc/passwd", ""):
        assert reader(server).is_revoked(uri=uri, index=0, now=NOW) is None
    assert server.calls == 0


def test_no_more_than_a_few_lists_are_kept() -> None:
    server = Server(None)
    lists = reader(server)
    for number in range(100):
        lists.is_revoked(uri=f"https://issuer.example/{number}", index=0, now=NOW)
    assert len(lists._silent_until) == 32
