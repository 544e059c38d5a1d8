"""The data keys of this house: found, made, kept for a minute, frozen, wrapped anew. `core.sealing` seals with them and destroys them."""

from __future__ import annotations

import hmac
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from django.db import IntegrityError, transaction
from django.utils import timezone

from core import kek
from core.models import DataKey
from core.routers import KEYS

_CACHE_SIZE = 4096
_CACHE_SECONDS = 60.0
# A freeze is taken off by whoever put it on, never by a clock: `frozen_until` says that there is one.
_NO_END = datetime(9999, 1, 1, tzinfo=UTC)


class SealingError(Exception):
    """The blob cannot be opened: damaged, moved, foreign, or its key is gone."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key in the memory of this process. `mac` is another key than the one that seals."""

    kid: bytes
    cipher: AESGCM
    mac: bytes
    loaded: float


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """One batch: how many keys lie under the present KEK now, the scopes whose KEK nobody knows, and where the next batch goes on (0: it
    was the last)."""

    done: int
    closed: tuple[str, ...]
    after: int


class _KeyCache:
    """The last keys used by this process, at most 60 s old, so that a destroyed key dies everywhere soon."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, Key] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, scope: str) -> Key | None:
        with self._lock:
            key = self._keys.get(scope)
            if key is None or time.monotonic() - key.loaded > _CACHE_SECONDS:
                return None
            self._keys.move_to_end(scope)
            return key

    def put(self, scope: str, key: Key) -> None:
        with self._lock:
            self._keys[scope] = key
            self._keys.move_to_end(scope)
            while len(self._keys) > _CACHE_SIZE:
                self._keys.popitem(last=False)

    def drop(self, scope: str) -> None:
        with self._lock:
            self._keys.pop(scope, None)

    def clear(self) -> None:
        with self._lock:
            self._keys.clear()


_cache = _KeyCache()


def find_key(scope: str) -> Key | None:
    """The key of a scope, or None where it has none.

    Raises:
        SealingError: it does not unwrap.
    """
    key = _cache.get(scope)
    if key is None:
        row = DataKey.objects.using(KEYS).filter(scope=scope).first()
        key = _remember(row) if row else None
    return key


def key_for_sealing(scope: str) -> Key:
    """The key of a scope, made at its first use.

    Raises:
        SealingError: it does not unwrap.
    """
    return find_key(scope) or _make_key(scope)


def mac_key(scope: str) -> tuple[int, bytes]:
    """The number and the 32 bytes of the scope's key for MACs (made at first use); it is another one than the key that seals."""
    key = key_for_sealing(scope)
    return int.from_bytes(key.kid, "big"), key.mac


def load_keys(scopes: Iterable[str]) -> None:
    """Bring the keys of many scopes into the cache with one query, before many blobs are opened."""
    missing = [scope for scope in set(scopes) if _cache.get(scope) is None]
    if missing:
        for row in DataKey.objects.using(KEYS).filter(scope__in=missing):
            _remember(row)


def freeze_key(scope: str) -> None:
    """Let nobody destroy the key of a scope before `unfreeze_key`; a scope without a key gets one. Doing it twice changes nothing."""
    key_for_sealing(scope)
    DataKey.objects.using(KEYS).filter(scope=scope).update(frozen_until=_NO_END)


def unfreeze_key(scope: str) -> None:
    """Take the freeze off a scope's key."""
    DataKey.objects.using(KEYS).filter(scope=scope).update(frozen_until=None)


def forget_key(scope: str) -> None:
    """Drop one key from this process's cache: another process destroyed it."""
    _cache.drop(scope)


def forget_keys() -> None:
    """Empty this process's key cache (after keys were destroyed, and between tests)."""
    _cache.clear()


def rewrap_keys(*, after: int = 0, limit: int = 500) -> Rewrapped:
    """Wrap keys anew that lie under another KEK than the present, in the order of their numbers; `after`: the last number of the batch
    before. What they open stays as it is. Killed in the middle, it begins anew and finds what is left.
    """
    rows = list(DataKey.objects.using(KEYS).exclude(kek_id=kek.present_id()).filter(pk__gt=after).order_by("pk")[:limit])
    closed = []
    with transaction.atomic(using=KEYS):
        for row in rows:
            try:
                _rewrap(row)
            except SealingError:
                closed.append(row.scope)
    return Rewrapped(len(rows) - len(closed), tuple(closed), rows[-1].pk if len(rows) == limit else 0)


def unwrap(row: DataKey) -> bytes:
    """The 32 bytes of a key.

    Raises:
        SealingError: the settings know no KEK that opens it.
    """
    known = kek.by_id()
    for key in [known[row.kek_id]] if row.kek_id in known else known.values():
        try:
            return aes_key_unwrap(key, bytes(row.wrapped))
        except InvalidUnwrap:
            continue
    raise SealingError(f"key of {row.scope} does not unwrap: wrong KEK?")


def _rewrap(row: DataKey) -> None:
    """Only if the row is still what was read: a key that was destroyed meanwhile does not come back."""
    same = DataKey.objects.using(KEYS).filter(pk=row.pk, wrapped=bytes(row.wrapped))
    same.update(wrapped=aes_key_wrap(kek.present(), unwrap(row)), kek_id=kek.present_id())


def _make_key(scope: str) -> Key:
    wrapped = aes_key_wrap(kek.present(), AESGCM.generate_key(256))
    try:
        with transaction.atomic(using=KEYS):
            made = {"wrapped": wrapped, "kek_id": kek.present_id(), "created_at": timezone.now()}
            row = DataKey.objects.using(KEYS).create(scope=scope, **made)
    except IntegrityError:  # another process was first
        row = DataKey.objects.using(KEYS).get(scope=scope)
    return _remember(row)


def _remember(row: DataKey) -> Key:
    raw = unwrap(row)
    key = Key(kid=row.pk.to_bytes(4, "big"), cipher=AESGCM(raw), mac=hmac.digest(raw, b"resaka.mac", "sha256"), loaded=time.monotonic())
    _cache.put(row.scope, key)
    return key
