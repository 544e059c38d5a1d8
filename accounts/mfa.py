"""allauth.mfa's single way into this app: how secrets lie, what a code reader is told, and the QR code of the application."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.sealing import open_sealed, seal

# allauth's hooks name neither person nor row, so these secrets share a scope.
_SCOPE = "second-factor"
_AD = "mfa.Authenticator.data"


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Second factors as this house keeps them."""

    error_messages: ClassVar[dict[str, Any]] = {
        "add_email_blocked": _("Retirez d’abord la double protection pour ajouter une adresse."),
        "cannot_delete_authenticator": _("Cette protection ne peut pas être retirée."),
        "cannot_generate_recovery_codes": _("Ajoutez d’abord une application ou une clé d’accès."),
        "incorrect_code": _("Ce code n’est pas le bon."),
        "unverified_email": _("Confirmez d’abord toutes vos adresses électroniques, ou retirez celles qui ne le sont pas."),
    }

    def encrypt(self, text: str) -> str:
        """Sealed: the database alone opens no account."""
        return base64.b64encode(seal(_SCOPE, text.encode(), _AD)).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Raises core.sealing.SealingError when the secret was changed or its key is gone."""
        return open_sealed(_SCOPE, base64.b64decode(encrypted_text), _AD).decode()

    def build_totp_svg(self, url: str) -> str:
        """Inline, for a policy that refuses data: addresses; without a style attribute, which it refuses too."""
        return str(segno.make(url, error="m", micro=False).svg_inline(scale=4, border=4, light="#fff", omitsize=True))

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002  (allauth's word)
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Clé d’accès {number}").format(number=number)

    def get_public_key_credential_user_entity(self, user: AbstractBaseUser) -> dict[str, Any]:
        """What the person's own device shows beside the key."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        assert isinstance(user, User)
        return entity | {"display_name": user.profile.pseudonym}

    def _get_site_name(self) -> str:
        return str(settings.SITE_NAME)
