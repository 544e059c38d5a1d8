"""Second factors: what happens around every change of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.utils import decrypt
from django.db import IntegrityError, transaction

from accounts.enums import MfaChange
from accounts.events import MfaChanged
from accounts.models import User
from accounts.services.sessions import end_all_sessions
from core import outbox

_ADDED = {Authenticator.Type.TOTP: MfaChange.TOTP_ADDED, Authenticator.Type.WEBAUTHN: MfaChange.PASSKEY_ADDED}
_REMOVED = {Authenticator.Type.TOTP: MfaChange.TOTP_REMOVED, Authenticator.Type.WEBAUTHN: MfaChange.PASSKEY_REMOVED}


class FactorTaken(Exception):
    """Another request added the same factor a moment before."""


class LastWayIn(Exception):
    """Without this key nobody could log in any more: the account has no password."""


@dataclass(slots=True)
class Watch:
    """What a block of `change_factors` did; empty until it ends, and when it changed nothing."""

    changes: tuple[MfaChange, ...] = ()


@contextmanager
def change_factors(*, user: User) -> Iterator[Watch]:
    """Around allauth's own work: one change at a time for a person, in one transaction with the end of all their sessions and the event.

    The caller may let the session at hand live on (`changes` tells whether it has to).

    Raises:
        FactorTaken, LastWayIn: nothing was changed.
    """
    watch = Watch()
    try:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)
            before = _factors(user)
            yield watch
            after = _factors(user)
            watch.changes = _changes(before, after)
            if MfaChange.PASSKEY_REMOVED in watch.changes and not user.has_usable_password() and not _has_passkey(after):
                raise LastWayIn
            for change in watch.changes:
                outbox.publish(MfaChanged(user_id=user.pk, change=change))
            if watch.changes:
                end_all_sessions(user=user)
    except IntegrityError as error:
        raise FactorTaken from error


def ensure_totp(*, user: User) -> str:
    """The secret of the account's application, made now where there is none: for the demo and the tests, whose people hold no phone."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if row is None:
        row = TOTP.activate(user, generate_totp_secret()).instance
    return str(decrypt(row.data["secret"]))


def _factors(user: User) -> set[tuple[int, str]]:
    return set(Authenticator.objects.filter(user=user).values_list("pk", "type"))


def _has_passkey(factors: set[tuple[int, str]]) -> bool:
    return any(kind == Authenticator.Type.WEBAUTHN for _pk, kind in factors)


def _changes(before: set[tuple[int, str]], after: set[tuple[int, str]]) -> tuple[MfaChange, ...]:
    """Recovery codes come and go with the factors they stand in for; they are a change of their own only when they are renewed."""
    changes = [_REMOVED[kind] for _pk, kind in before - after if kind in _REMOVED] + [
        _ADDED[kind] for _pk, kind in after - before if kind in _ADDED
    ]
    if not changes and after - before:
        changes = [MfaChange.CODES_MADE]
    return tuple(changes)
