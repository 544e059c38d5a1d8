"""allauth's pages where this house does more than allauth."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import views as base
from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.adapter import keep_session
from accounts.forms.auth import AddEmailForm, ChangePasswordForm, ResetPasswordKeyForm, SetPasswordForm
from accounts.forms.messages import pseudonym_sentence
from accounts.forms.signup import SignupForm
from accounts.models import User
from accounts.queries.helplines import list_help_for_minors
from accounts.services.pseudonyms import PseudonymTaken

REFUSAL_COOKIE = "signup_pause"
REFUSAL_SECONDS = 24 * 3600
_SALT = "accounts.signup.refusal"


class SignupView(base.SignupView):  # type: ignore[misc]  # allauth is untyped
    """Sign-up; a person who says they are a minor is refused kindly, and for a day by the same browser."""

    form_class: ClassVar[Any] = SignupForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if was_refused(request):
            return refusal_page(request)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def form_valid(self, form: SignupForm) -> HttpResponse:
        # Without a "stay connected" box the session ends with the browser.
        self.request.session.set_expiry(0)
        if form.resumes:
            messages.info(self.request, _("Votre compte existe déjà. Écrivez le code reçu, ou connectez-vous pour en recevoir un autre."))
        try:
            answer: HttpResponse = super().form_valid(form)
        except PseudonymTaken as error:
            form.add_error("username", pseudonym_sentence(error))
            return self.form_invalid(form)
        return answer

    def form_invalid(self, form: SignupForm) -> HttpResponse:
        if form.refused:
            answer = refusal_page(self.request)
            remember_refusal(answer)
            return answer
        invalid: HttpResponse = super().form_invalid(form)
        return invalid

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"documents": context["form"].documents}


def refusal_page(request: HttpRequest) -> HttpResponse:
    """The kind, neutral answer to a minor. It says nothing that helps to answer otherwise."""
    return render(request, "account/signup_refused.html", {"helplines": list_help_for_minors(language=get_language() or "")})


def remember_refusal(response: HttpResponse) -> None:
    """Keep the form shut in this browser for a day; the signed cookie is all that remains of the answer."""
    response.set_signed_cookie(
        REFUSAL_COOKIE,
        "1",
        salt=_SALT,
        max_age=REFUSAL_SECONDS,
        path=reverse("account_signup"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def was_refused(request: HttpRequest) -> bool:
    """Whether this browser was refused less than a day ago; a cookie that was made up counts for nothing."""
    try:
        return request.get_signed_cookie(REFUSAL_COOKIE, salt=_SALT, max_age=REFUSAL_SECONDS) == "1"
    except (KeyError, signing.BadSignature):
        return False


class SignupByPasskeyView(SignupView):
    """The same form without a password; the key is made after the address is confirmed."""

    template_name = "account/signup_by_passkey.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()
        return kwargs | {"by_passkey": True}


class KeepsSession:
    """A new password ends all sessions but this one."""

    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]  # allauth is untyped
        user = self.request.user
        assert isinstance(user, User)
        keep_session(self.request, user)
        return answer


@method_decorator(transaction.atomic, name="dispatch")
class EmailView(base.EmailView):  # type: ignore[misc]  # allauth is untyped
    """Another principal address and the event of it in one transaction."""

    form_class = AddEmailForm


@method_decorator(reauthentication_required(app="allauth.account"), name="dispatch")
class PasswordSetView(KeepsSession, base.PasswordSetView):  # type: ignore[misc]  # allauth is untyped
    """A first password for an account that had only a passkey; with no password to ask for, it asks for the key."""

    form_class = SetPasswordForm

    def get_default_success_url(self) -> str:
        return reverse("accounts:home")


class PasswordChangeView(KeepsSession, base.PasswordChangeView):  # type: ignore[misc]  # allauth is untyped
    """Asks for the present password in the same form, which is the step-up."""

    form_class = ChangePasswordForm

    def get_default_success_url(self) -> str:
        return reverse("accounts:home")


class PasswordResetFromKeyView(base.PasswordResetFromKeyView):  # type: ignore[misc]  # allauth is untyped
    """A reset password ends all sessions, also the one of this browser."""

    form_class = ResetPasswordKeyForm

    def form_valid(self, form: Any) -> HttpResponse:
        if self.request.user.is_authenticated:
            self.logout()
        answer: HttpResponse = super().form_valid(form)
        return answer


signup = SignupView.as_view()
signup_by_passkey = SignupByPasskeyView.as_view()
email = EmailView.as_view()
password_set = PasswordSetView.as_view()
password_change = PasswordChangeView.as_view()
password_reset_from_key = PasswordResetFromKeyView.as_view()
