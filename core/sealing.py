"""Sealing: what is stored readable by nobody who holds only the main database.

A blob is `0x01 | kid (4) | nonce (12) | AES-256-GCM`. The associated data names table, field and row, so a blob that is moved
elsewhere does not open. Every scope (`user:<id>`, `service`, …) has its own DataKey, wrapped by the KEK of the settings.
Random 96-bit nonces: a key must be renewed before 2**32 blobs (NIST SP 800-38D), out of reach of one person's messages.
"""

from __future__ import annotations

import hmac
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.models import DataKey
from core.routers import KEYS

_VERSION = b"\x01"
_HEAD = 5
_NONCE = 12
_CACHE_SIZE = 4096
_CACHE_SECONDS = 60.0
# A freeze is taken off by whoever put it on, never by a clock: `frozen_until` says that there is one.
_NO_END = datetime(9999, 1, 1, tzinfo=UTC)


class SealingError(Exception):
    """The blob cannot be opened: damaged, moved, foreign, or its key is gone."""


class KeyFrozen(Exception):
    """The key must stay: a legal hold names whose it is."""


@dataclass(frozen=True, slots=True)
class _Key:
    kid: bytes
    cipher: AESGCM
    mac: bytes
    loaded: float


class _KeyCache:
    """The last keys used by this process, at most 60 s old, so that a destroyed key dies everywhere soon."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, _Key] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, scope: str) -> _Key | None:
        with self._lock:
            key = self._keys.get(scope)
            if key is None or time.monotonic() - key.loaded > _CACHE_SECONDS:
                return None
            self._keys.move_to_end(scope)
            return key

    def put(self, scope: str, key: _Key) -> None:
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


def seal(scope: str, plaintext: bytes, ad: str) -> bytes:
    """`plaintext` encrypted under the scope's key (made at first use) and bound to `ad` (`app.Model.field:id`)."""
    key = _key_for_sealing(scope)
    nonce = os.urandom(_NONCE)
    return _VERSION + key.kid + nonce + key.cipher.encrypt(nonce, plaintext, ad.encode())


def open_sealed(scope: str, blob: bytes, ad: str) -> bytes:
    """The plaintext of a blob made by `seal` with the same scope and `ad`.

    Raises:
        SealingError: damaged, moved to another row, sealed under another key, or the key was destroyed.
    """
    blob = bytes(blob)
    key = _find_key(scope)
    if key is None or blob[:1] != _VERSION or blob[1:_HEAD] != key.kid:
        raise SealingError(scope)
    try:
        return key.cipher.decrypt(blob[_HEAD : _HEAD + _NONCE], blob[_HEAD + _NONCE :], ad.encode())
    except (InvalidTag, ValueError) as error:
        raise SealingError(scope) from error


def mac_key(scope: str) -> tuple[int, bytes]:
    """The number and the 32 bytes of the scope's key for MACs (made at first use); it is another one than the key that seals."""
    key = _key_for_sealing(scope)
    return int.from_bytes(key.kid, "big"), key.mac


def load_keys(scopes: Iterable[str]) -> None:
    """Bring the keys of many scopes into the cache with one query, before many blobs are opened."""
    missing = [scope for scope in set(scopes) if _cache.get(scope) is None]
    if missing:
        for row in DataKey.objects.using(KEYS).filter(scope__in=missing):
            _remember(row)


def destroy_key(scope: str) -> None:
    """Make what was sealed under a scope unreadable for good: here at once, in other processes within a minute, and in every backup of
    the database that holds the blobs. A scope without a key is left as it is.

    Raises:
        KeyFrozen: and the key is there as before. The deletion itself asks, so that a freeze of the same moment holds.
    """
    keys = DataKey.objects.using(KEYS).filter(scope=scope)
    if not keys.filter(frozen_until=None).delete()[0] and keys.exists():
        raise KeyFrozen(scope)
    _cache.drop(scope)


def freeze_key(scope: str) -> None:
    """Let nobody destroy the key of a scope before `unfreeze_key`; a scope without a key gets one. Doing it twice changes nothing."""
    _key_for_sealing(scope)
    DataKey.objects.using(KEYS).filter(scope=scope).update(frozen_until=_NO_END)


def unfreeze_key(scope: str) -> None:
    """Take the freeze off a scope's key."""
    DataKey.objects.using(KEYS).filter(scope=scope).update(frozen_until=None)


def forget_keys() -> None:
    """Empty this process's key cache (after a key was destroyed, and between tests)."""
    _cache.clear()


def _find_key(scope: str) -> _Key | None:
    key = _cache.get(scope)
    if key is None:
        row = DataKey.objects.using(KEYS).filter(scope=scope).first()
        key = _remember(row) if row else None
    return key


def _key_for_sealing(scope: str) -> _Key:
    return _find_key(scope) or _make_key(scope)


def _make_key(scope: str) -> _Key:
    wrapped = aes_key_wrap(_kek(), AESGCM.generate_key(256))
    try:
        with transaction.atomic(using=KEYS):
            row = DataKey.objects.using(KEYS).create(scope=scope, wrapped=wrapped, created_at=timezone.now())
    except IntegrityError:  # another process was first
        row = DataKey.objects.using(KEYS).get(scope=scope)
    return _remember(row)


def _remember(row: DataKey) -> _Key:
    try:
        raw = aes_key_unwrap(_kek(), bytes(row.wrapped))
    except InvalidUnwrap as error:
        raise SealingError(f"key of {row.scope} does not unwrap: wrong KEK?") from error
    key = _Key(kid=row.pk.to_bytes(4, "big"), cipher=AESGCM(raw), mac=hmac.digest(raw, b"resaka.mac", "sha256"), loaded=time.monotonic())
    _cache.put(row.scope, key)
    return key


def _kek() -> bytes:
    return bytes.fromhex(settings.RESAKA_KEK)
