"""allauth's forms of second factors in our words, and deaf to passkeys that are not legible."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.base import forms as codes
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as passkeys
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# What the parser of credentials raises of bytes that anybody may send; allauth expects two of these.
_ILLEGIBLE = (ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError, struct.error)
_NAME_LENGTH = 60


def _ask_for_code(form: Any, label: Any, help_text: Any = "") -> None:
    field = form.fields["code"]
    field.label, field.help_text, field.max_length = label, help_text, 20
    field.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "20", "spellcheck": "false"}


class AuthenticateForm(codes.AuthenticateForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask_for_code(self, _("Code"), _("Celui de votre application, ou un de vos codes de secours."))


class ReauthenticateForm(codes.ReauthenticateForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask_for_code(self, _("Code"), _("Celui de votre application, ou un de vos codes de secours."))


class ActivateTotpForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask_for_code(self, _("Code que montre l’application"))


def _name_field() -> forms.CharField:
    return forms.CharField(
        label=_("Nom de la clé"),
        max_length=_NAME_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Pour la reconnaître : « Téléphone », « Clé bleue »."),
    )


@contextmanager
def legible() -> Iterator[None]:
    """One sentence for every passkey that does not fit; which part of it was wrong is nobody's business.

    Raises:
        ValidationError.
    """
    try:
        yield
    except ValidationError as error:
        if error.code != "incorrect_code":
            raise
        raise _incorrect() from error
    except _ILLEGIBLE as error:
        raise _incorrect() from error


def _incorrect() -> ValidationError:
    return ValidationError(_("Cette clé d’accès n’a pas pu être vérifiée. Réessayez."), code="incorrect_passkey")


class _NewPasskey:
    """A key that a browser just made."""

    def clean(self) -> dict[str, Any]:
        with legible():
            data: dict[str, Any] = super().clean()  # type: ignore[misc]  # allauth is untyped
            return data


class _ShownPasskey:
    """A key that a browser answers with."""

    def clean_credential(self) -> Any:
        with legible():
            return super().clean_credential()  # type: ignore[misc]  # allauth is untyped


class AddPasskeyForm(_NewPasskey, passkeys.AddWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    passwordless = None  # every key here can log in by itself
    name = _name_field()


class SignupPasskeyForm(_NewPasskey, passkeys.SignupWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    name = _name_field()


class RenamePasskeyForm(passkeys.EditWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    name = forms.CharField(label=_("Nom de la clé"), max_length=_NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class LoginPasskeyForm(_ShownPasskey, passkeys.LoginWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    remember = forms.BooleanField(label=_("Rester connecté sur cet appareil"), required=False)


class AuthenticatePasskeyForm(_ShownPasskey, passkeys.AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    pass


class ReauthenticatePasskeyForm(_ShownPasskey, passkeys.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    pass
