"""Sealing: what is stored readable by nobody who holds only the main database.

A blob is `0x01 | kid (4) | nonce (12) | AES-256-GCM`. The associated data names table, field and row, so a blob that is moved
elsewhere does not open. Every scope (`user:<id>`, `service`, …) has its own DataKey, wrapped by the KEK of the settings (`core.keyring`).

Nonces are 96 random bits, for which NIST SP 800-38D allows 2**32 blobs under one key. No key is renewed for that: at the pace that one
account may write (15 messages in ten seconds, day and night) its key would be full after ninety years, and the key of the busiest scope
of the house, at ten blobs a second, after thirteen.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from django.db import transaction
from django.utils import timezone

from core import tombstones
from core.keyring import (
    SealingError,
    find_key,
    forget_key,
    forget_keys,
    freeze_key,
    key_for_sealing,
    load_keys,
    mac_key,
    unfreeze_key,
)
from core.models import DataKey
from core.routers import KEYS

__all__ = [
    "KeyFrozen",
    "SealingError",
    "destroy_key",
    "forget_key",
    "forget_keys",
    "freeze_key",
    "has_key",
    "load_keys",
    "mac_key",
    "open_sealed",
    "seal",
    "seal_many",
    "unfreeze_key",
]

_VERSION = b"\x01"
_HEAD = 5
_NONCE = 12
JOURNAL = "keys"
_NEVER = datetime.min.replace(tzinfo=UTC)


class KeyFrozen(Exception):
    """The key must stay: a legal hold names whose it is."""


def seal(scope: str, plaintext: bytes, ad: str) -> bytes:
    """`plaintext` encrypted under the scope's key (made at first use) and bound to `ad` (`app.Model.field:id`)."""
    return _sealed(scope, os.urandom(_NONCE), plaintext, ad)


def seal_many(items: Sequence[tuple[str, bytes, str]]) -> list[bytes]:
    """`seal` for each (scope, plaintext, ad), in their order. The system is asked once for all nonces: each time it is asked, the
    interpreter goes to another thread, and comes back late where that one is busy."""
    nonces = os.urandom(_NONCE * len(items))
    return [_sealed(scope, nonces[at * _NONCE : (at + 1) * _NONCE], plaintext, ad) for at, (scope, plaintext, ad) in enumerate(items)]


def _sealed(scope: str, nonce: bytes, plaintext: bytes, ad: str) -> bytes:
    key = key_for_sealing(scope)
    return _VERSION + key.kid + nonce + key.cipher.encrypt(nonce, plaintext, ad.encode())


def open_sealed(scope: str, blob: bytes, ad: str) -> bytes:
    """The plaintext of a blob made by `seal` with the same scope and `ad`.

    Raises:
        SealingError: damaged, moved to another row, sealed under another key, or the key was destroyed.
    """
    blob = bytes(blob)
    key = find_key(scope)
    if key is None or blob[:1] != _VERSION or blob[1:_HEAD] != key.kid:
        raise SealingError(scope)
    try:
        return key.cipher.decrypt(blob[_HEAD : _HEAD + _NONCE], blob[_HEAD + _NONCE :], ad.encode())
    except (InvalidTag, ValueError) as error:
        raise SealingError(scope) from error


def destroy_key(scope: str) -> None:
    """Make what was sealed under a scope unreadable for good: here at once, in other processes within a minute (`forget_key`), and in
    every backup of the database that holds the blobs. A tombstone is set in the same transaction, so that a restored backup of the key
    store does not bring it back (`destroy_again`). A scope without a key is left as it is.

    Only `privacy` calls it for people, and the services of an app for a thing of its own (superapp.tests.test_architecture).

    Raises:
        KeyFrozen: and the key is there as before. The deletion itself asks, so that a freeze of the same moment holds.
    """
    keys = DataKey.objects.using(KEYS).filter(scope=scope)
    with transaction.atomic(using=KEYS):
        number = keys.values_list("pk", flat=True).first()
        if number is not None:
            if not keys.filter(pk=number, frozen_until=None).delete()[0] and keys.filter(pk=number).exists():
                raise KeyFrozen(scope)
            tombstones.put([tombstones.Entry(JOURNAL, _ref(number, scope), timezone.now(), {})])
    forget_key(scope)


def destroy_again() -> int:
    """Destroy the keys that an older copy of the key store has brought back; how many. For whoever restores one.

    A freeze does not hold them: it was taken off before they were destroyed.
    """
    gone = {entry.ref: entry.at for entry in tombstones.read(journal=JOURNAL)}
    back = [row.pk for row in DataKey.objects.using(KEYS).iterator() if row.created_at <= gone.get(_ref(row.pk, row.scope), _NEVER)]
    done = DataKey.objects.using(KEYS).filter(pk__in=back).delete()[0]
    forget_keys()
    return done


def has_key(scope: str) -> bool:
    """Whether a scope still has its key; asked of the key store, whatever this process remembers."""
    return DataKey.objects.using(KEYS).filter(scope=scope).exists()


def _ref(number: int, scope: str) -> str:
    """Which key it was: its number, which a restored store may give away a second time, and a digest of its scope."""
    return f"{number}:{tombstones.digest(scope)[:16]}"
