"""What protects an account besides its password."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from accounts.models import User

_SECOND = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(*, user: User) -> bool:
    """Whether the account has an application of codes or a passkey; recovery codes alone do not count. One query."""
    return bool(Authenticator.objects.filter(user=user, type__in=_SECOND).exists())


def has_passkey(*, user: User) -> bool:
    """Whether the account has a passkey; every one can log in alone. One query."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists())


def list_recovery_codes(*, user: User) -> list[str]:
    """The unused recovery codes of the account; none when it has no set of them."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return list(row.wrap().get_unused_codes()) if row else []
