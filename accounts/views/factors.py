"""allauth's pages of second factors: one change at a time, and our templates."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.adapter import changing_factors
from accounts.decorators import AuthenticatedRequest, member_required, step_up_required
from accounts.forms import factors as forms
from accounts.models import User
from accounts.queries import list_recovery_codes
from accounts.services.factors import FactorTaken, LastWayIn

# When the recovery codes were on the screen of this session; for as long as a step-up lasts they can be saved as a file too.
_SHOWN = "recovery_codes_shown"


class Guarded:
    """A change in one piece with what follows from it; a race or the loss of the last way in is a sentence, never an error page."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or not isinstance(request.user, User):
            return self._go_on(request, *args, **kwargs)
        try:
            with changing_factors(request):
                return self._go_on(request, *args, **kwargs)
        except FactorTaken:
            messages.info(request, _("C’était déjà fait."))
        except LastWayIn:
            messages.error(request, _("C’est votre seule façon d’entrer. Choisissez d’abord un mot de passe."))
        return redirect("mfa_index")

    def _go_on(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # allauth is untyped
        return answer


class IndexView(base.IndexView):  # type: ignore[misc]  # allauth is untyped
    """What protects the account besides the password."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        own = context["authenticators"]
        left = len(own["recovery_codes"].get_unused_codes()) if "recovery_codes" in own else None
        return context | {"totp": own.get("totp"), "passkeys": own.get("webauthn", []), "codes_left": left}


class AuthenticateView(base.AuthenticateView):  # type: ignore[misc]  # allauth is untyped
    """The second proof at log-in."""

    form_class = forms.AuthenticateForm
    webauthn_form_class = forms.AuthenticatePasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"has_passkey": bool(context["js_data"]["request_options"]["publicKey"].get("allowCredentials"))}


class ReauthenticateView(base.ReauthenticateView):  # type: ignore[misc]  # allauth is untyped
    """A code as the proof that it is still them."""

    form_class = forms.ReauthenticateForm


class ActivateTotpView(Guarded, totp.ActivateTOTPView):  # type: ignore[misc]  # allauth is untyped
    """The secret as a drawing and as text, and a first code as the proof that the application has it."""

    form_class = forms.ActivateTotpForm


class DeactivateTotpView(Guarded, totp.DeactivateTOTPView):  # type: ignore[misc]  # allauth is untyped
    """Asks before it takes the application off."""


class GenerateCodesView(Guarded, codes.GenerateRecoveryCodesView):  # type: ignore[misc]  # allauth is untyped
    """Asks before the old codes die."""


class ViewCodesView(codes.ViewRecoveryCodesView):  # type: ignore[misc]  # allauth is untyped
    """The codes, once; afterwards how many are left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if context["can_view_codes"]:
            self.request.session[_SHOWN] = time.time()
        return context | {"can_save": _just_shown(self.request)}

    def render_to_response(self, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().render_to_response(*args, **kwargs)
        add_never_cache_headers(answer)
        return answer


def _just_shown(request: HttpRequest) -> bool:
    return bool(time.time() - request.session.get(_SHOWN, 0) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


@require_safe
@never_cache
@member_required
@step_up_required
def download_codes(request: AuthenticatedRequest) -> HttpResponse:
    """The codes that this session has just shown, as a file."""
    if not _just_shown(request):
        raise PermissionDenied
    text = "".join(f"{code}\n" for code in list_recovery_codes(user=request.user))
    head = {"Content-Disposition": 'attachment; filename="resaka-codes.txt"'}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=head)


authenticate = AuthenticateView.as_view()
reauthenticate = ReauthenticateView.as_view()
index = IndexView.as_view()
activate_totp = ActivateTotpView.as_view()
deactivate_totp = DeactivateTotpView.as_view()
generate_codes = GenerateCodesView.as_view()
view_codes = ViewCodesView.as_view()
