"""allauth's pages of passkeys; every key here can log in by itself."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.mfa.webauthn import views as passkeys
from allauth.mfa.webauthn.internal import auth
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views.decorators.http import require_safe
from django.views.generic.edit import FormView

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.forms import factors as forms
from accounts.views.factors import Guarded


class AddPasskeyView(Guarded, passkeys.AddWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    """A key that stays in the device and asks for finger, face or code, so that it can log in alone."""

    form_class = forms.AddPasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = FormView.get_context_data(self, **kwargs)
        return context | {"js_data": {"creation_options": auth.begin_registration(self.request.user, passwordless=True)}}


class RemovePasskeyView(Guarded, passkeys.RemoveWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    """Asks before a key is taken off."""

    success_url: ClassVar[Any] = reverse_lazy("mfa_index")


class RenamePasskeyView(passkeys.EditWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    """Another name for a key."""

    form_class = forms.RenamePasskeyForm
    success_url: ClassVar[Any] = reverse_lazy("mfa_index")


class ReauthenticatePasskeyView(passkeys.ReauthenticateWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    """A key that does not fit is said on the same page."""

    form_class = forms.ReauthenticatePasskeyForm

    def form_invalid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | kwargs


class LoginPasskeyView(passkeys.LoginWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    """Log-in with a key alone. A page of its own, so that the log-in page needs no script."""

    form_class = forms.LoginPasskeyForm
    template_name = "mfa/webauthn/login_form.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._render(self.get_form())

    def form_valid(self, form: Any) -> HttpResponse:
        self.request.session.set_expiry(settings.SESSION_COOKIE_AGE if form.cleaned_data["remember"] else 0)
        answer: HttpResponse = super().form_valid(form)
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        return self._render(form)

    def _render(self, form: Any) -> HttpResponse:
        options = auth.begin_authentication(user=None)
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form, js_data={"request_options": options}))
        return answer


class SignupPasskeyView(passkeys.SignupWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    """The key in the place of a password, once the address is confirmed."""

    form_class = forms.SignupPasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | kwargs


add = AddPasskeyView.as_view()
remove = RemovePasskeyView.as_view()
rename = RenamePasskeyView.as_view()
reauthenticate = ReauthenticatePasskeyView.as_view()
log_in = LoginPasskeyView.as_view()
sign_up = SignupPasskeyView.as_view()


@require_safe
@member_required
def show_list(request: AuthenticatedRequest) -> HttpResponse:
    """allauth's own list; ours is part of the overview."""
    return redirect("mfa_index")
