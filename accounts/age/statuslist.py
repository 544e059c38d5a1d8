"""Token status lists: whether an issuer has taken an attestation back (IETF draft-ietf-oauth-status-list, JWT form).

A list is a JWT with a compressed array of one to eight bits an attestation. It is believed when a signer of the trusted list signed it
under the address it was fetched from, and when it is less than a day old.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from accounts.age import cose
from accounts.age.certificates import SIGNER_PURPOSES, Anchor, check_signer, find_anchor, read_chain
from accounts.age.encodings import read_base64url, read_json_object
from accounts.age.refusals import RefusalCode, Refused, demand, nothing_else_escapes

MEDIA_TYPE = "application/statuslist+jwt"
LONGEST_AGE = timedelta(hours=24)
MAX_TOKEN_BYTES = 2 * 1024 * 1024
MAX_LIST_BYTES = 16 * 1024 * 1024
_SKEW = timedelta(minutes=5)
_CACHED_LISTS = 32
_SILENCE = timedelta(minutes=1)  # a list that could not be had is not asked for again so soon
_BITS = (1, 2, 4, 8)
# id-kp-oauthStatusSigning, beside those who may sign attestations
_PURPOSES = SIGNER_PURPOSES | {"1.3.6.1.5.5.7.3.30"}

_T = TypeVar("_T")

# Fetches an https address and returns the body; raises whatever it likes when it cannot.
Fetch = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class StatusList:
    """One believed list."""

    array: bytes
    bits: int
    issued_at: datetime
    good_until: datetime

    def status_at(self, index: int) -> int | None:
        """The status of an attestation: 0 is valid, 1 taken back, 2 suspended; None beyond the end."""
        place, within = divmod(index * self.bits, 8)
        if index < 0 or place >= len(self.array):
            return None
        return (self.array[place] >> within) & ((1 << self.bits) - 1)


class StatusLists:
    """Reads lists as they are needed and keeps them while they are good. Not shared among processes."""

    def __init__(self, *, fetch: Fetch, anchors: Callable[[datetime], Sequence[Anchor]]) -> None:
        self._fetch = fetch
        self._anchors = anchors
        self._lists: dict[str, StatusList] = {}
        self._silent_until: dict[str, datetime] = {}

    def is_revoked(self, *, uri: str, index: int, now: datetime) -> bool | None:
        """True: taken back or suspended. None: no believable list, or none that reaches so far; never raises."""
        found = self._find(uri, now)
        status = found.status_at(index) if found is not None else None
        return None if status is None else status != 0

    def _find(self, uri: str, now: datetime) -> StatusList | None:
        kept = self._lists.get(uri)
        if kept is not None and now < kept.good_until:
            return kept
        if now < self._silent_until.get(uri, now):
            return None
        try:
            demand(uri.startswith("https://"), RefusalCode.STRUCTURE)
            found = read_status_list(self._fetch(uri), uri=uri, anchors=self._anchors(now), now=now)
        except Exception:  # an issuer's server may fail in any way; the profile lets the proof stand
            _put(self._silent_until, uri, now + _SILENCE)
            return None
        _put(self._lists, uri, found)
        return found


def read_status_list(token: bytes, *, uri: str, anchors: Sequence[Anchor], now: datetime) -> StatusList:
    """A list from its token, if it is for `uri`, fresh, and signed by a signer of the trusted list.

    Raises:
        Refused.
    """
    with nothing_else_escapes():
        demand(len(token) <= MAX_TOKEN_BYTES, RefusalCode.TOO_LARGE)
        claims = _read_signed(token.decode("ascii").strip(), anchors, now)
        demand(claims.get("sub") == uri, RefusalCode.AUDIENCE)
        issued_at, good_until = _read_dates(claims, now)
        bits, packed = claims["status_list"]["bits"], claims["status_list"]["lst"]
        demand(type(bits) is int and bits in _BITS, RefusalCode.STRUCTURE)
        return StatusList(_inflate(read_base64url(packed, MAX_TOKEN_BYTES)), bits, issued_at, good_until)


def _read_signed(token: str, anchors: Sequence[Anchor], now: datetime) -> dict[str, Any]:
    parts = token.split(".")
    demand(len(parts) == 3, RefusalCode.JWT)
    header = read_json_object(read_base64url(parts[0]))
    demand(header.get("typ") == "statuslist+jwt", RefusalCode.JWT_TYPE)
    demand(header.get("alg") == "ES256", RefusalCode.ALG)
    demand("crit" not in header, RefusalCode.CRIT)
    chain = read_chain(read_x5c(header), now=now)
    find_anchor(chain, anchors, now=now)
    key = check_signer(chain[0], purposes=_PURPOSES)
    signature = read_base64url(parts[2])
    demand(len(signature) == cose.SIGNATURE_BYTES, RefusalCode.SIG_LENGTH)
    demand(cose.is_signed_by(key, signature, f"{parts[0]}.{parts[1]}".encode("ascii")), RefusalCode.ISSUER_SIGNATURE)
    return read_json_object(read_base64url(parts[1], MAX_TOKEN_BYTES))


def _put(kept: dict[str, _T], uri: str, value: _T) -> None:
    """Remember a value, and forget the oldest of too many."""
    kept.pop(uri, None)
    kept[uri] = value
    while len(kept) > _CACHED_LISTS:
        kept.pop(next(iter(kept)), None)


def read_x5c(header: dict[str, Any]) -> list[bytes]:
    """The certificates of a JOSE header.

    Raises:
        Refused: CHAIN.
    """
    values = header.get("x5c")
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refused(RefusalCode.CHAIN)
    with nothing_else_escapes(RefusalCode.CHAIN):
        return [base64.b64decode(value, validate=True) for value in values]


def _read_dates(claims: dict[str, Any], now: datetime) -> tuple[datetime, datetime]:
    """When the list was made, and until when it may be used: a day, or less if it says so."""
    issued_at = _read_moment(claims["iat"])
    ends = [issued_at + LONGEST_AGE]
    if "exp" in claims:
        ends.append(_read_moment(claims["exp"]))
    demand(issued_at <= now + _SKEW and now < min(ends), RefusalCode.EXPIRED)
    if "ttl" in claims:
        ends.append(now + timedelta(seconds=_read_number(claims["ttl"])))
    return issued_at, min(ends)


def _read_number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Refused(RefusalCode.STRUCTURE)
    return value


def _read_moment(value: object) -> datetime:
    return datetime.fromtimestamp(_read_number(value), UTC)


def _inflate(packed: bytes) -> bytes:
    """The array; a bomb is refused before it grows."""
    stream = zlib.decompressobj()
    array = stream.decompress(packed, MAX_LIST_BYTES)
    demand(stream.eof and not stream.unused_data, RefusalCode.STRUCTURE)
    return array
