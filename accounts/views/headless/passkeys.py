"""Passkeys shown through the API: what is not legible is refused as on the pages."""

from __future__ import annotations

from allauth.headless.internal.restkit.inputs import Input
from allauth.headless.mfa import views as mfa

from accounts.forms import factors as forms


class LoginPasskeyInput(forms.LoginPasskeyForm, Input):  # type: ignore[misc]  # allauth is untyped
    pass


class AuthenticatePasskeyInput(forms.AuthenticatePasskeyForm, Input):  # type: ignore[misc]  # allauth is untyped
    pass


class ReauthenticatePasskeyInput(forms.ReauthenticatePasskeyForm, Input):  # type: ignore[misc]  # allauth is untyped
    pass


class LoginPasskeyView(mfa.LoginWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    input_class = {"POST": LoginPasskeyInput}


class AuthenticatePasskeyView(mfa.AuthenticateWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    input_class = {"POST": AuthenticatePasskeyInput}


class ReauthenticatePasskeyView(mfa.ReauthenticateWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    input_class = {"POST": ReauthenticatePasskeyInput}
