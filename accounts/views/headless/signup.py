"""Sign-up through the API: the form of the page itself reads what was sent, so every rule of it holds."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from allauth.headless.account import views as account
from allauth.headless.internal.restkit.inputs import Input
from allauth.headless.mfa import views as mfa
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from accounts.forms.factors import SignupPasskeyForm
from accounts.forms.messages import pseudonym_sentence
from accounts.forms.signup import SignupForm
from accounts.services.pseudonyms import PseudonymTaken
from accounts.views.auth import remember_refusal, was_refused
from accounts.views.headless.answers import refuse


class SignupInput(SignupForm, Input):  # type: ignore[misc]  # allauth is untyped
    """The form of the page; `password` is called so here. Lists and objects in the place of a word are no words."""

    def __init__(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        words = {name: value if isinstance(value, bool) else str(value) for name, value in data.items() if _is_word(value)}
        super().__init__(data=words | ({"password1": words["password"]} if "password" in words else {}), **kwargs)


class PasskeySignupInput(SignupInput):
    """The same without a password; the key comes after the address is confirmed."""

    def __init__(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(data, by_passkey=True, **kwargs)


def _is_word(value: object) -> bool:
    return isinstance(value, bool | int | float | str)


class Guarded:
    """Refuses minors as the page does, and says of a lost race what the page says."""

    request: HttpRequest

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and was_refused(request):
            return _refusal()
        try:
            answer: HttpResponseBase = super().handle(request, *args, **kwargs)  # type: ignore[misc]  # allauth is untyped
        except PseudonymTaken as error:
            return refuse(HTTPStatus.BAD_REQUEST, "invalid", str(pseudonym_sentence(error)), param="username")
        return answer

    def handle_invalid_input(self, sent: Any) -> HttpResponseBase:
        if getattr(sent, "refused", False):
            answer = _refusal()
            remember_refusal(answer)
            return answer
        if "password1" in sent.errors:
            sent.errors["password"] = sent.errors.pop("password1")
        invalid: HttpResponseBase = super().handle_invalid_input(sent)  # type: ignore[misc]  # allauth is untyped
        return invalid


class SignupView(Guarded, account.SignupView):  # type: ignore[misc]  # allauth is untyped
    input_class = {"POST": SignupInput}


class CreatePasskeyInput(SignupPasskeyForm, Input):  # type: ignore[misc]  # allauth is untyped
    pass


class SignupPasskeyView(Guarded, mfa.SignupWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    input_class = {"POST": PasskeySignupInput, "PUT": CreatePasskeyInput}

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # allauth looks for the stage after it has read the form, which asks whose it is
        too_early: HttpResponseBase | None = self._require_stage() if request.method == "PUT" else None
        return too_early or super().handle(request, *args, **kwargs)


def _refusal() -> JsonResponse:
    return refuse(HTTPStatus.FORBIDDEN, "signup_refused", "")
