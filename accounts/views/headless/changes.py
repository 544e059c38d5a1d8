"""Changes of the way in through the API: what follows from them on the pages follows here."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.headless.account import views as account
from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.constants import Client
from allauth.headless.internal.restkit.inputs import Input
from allauth.headless.mfa import views as mfa
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.decorators import method_decorator

from accounts.adapter import changing_factors, keep_session
from accounts.forms.factors import AddPasskeyForm
from accounts.models import User
from accounts.services.factors import FactorTaken, LastWayIn
from accounts.views.headless.answers import refuse


class ChangesFactors:
    """One change at a time; the other sessions end, and an application learns the new token of its own."""

    request: HttpRequest
    client: Client

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "GET" or not isinstance(request.user, User):
            return self._go_on(request, *args, **kwargs)
        try:
            with changing_factors(request):
                answer = self._go_on(request, *args, **kwargs)
        except FactorTaken:
            return refuse(HTTPStatus.CONFLICT, "already_done", "")
        except LastWayIn:
            return refuse(HTTPStatus.CONFLICT, "last_way_in", "")
        return self._with_token(answer)

    def _go_on(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # allauth is untyped
        return answer

    def _with_token(self, answer: HttpResponseBase) -> HttpResponseBase:
        """The answer was written before the session got its new key."""
        token = self.request.session.session_key
        if self.client == Client.APP and isinstance(answer, JsonResponse) and token != self.request.headers.get("X-Session-Token"):
            said = json.loads(answer.content)
            answer.content = json.dumps(said | {"meta": said.get("meta", {}) | {"session_token": token}}).encode()
        return answer


class AddPasskeyInput(AddPasskeyForm, Input):  # type: ignore[misc]  # allauth is untyped
    pass


class TotpView(ChangesFactors, mfa.ManageTOTPView):  # type: ignore[misc]  # allauth is untyped
    pass


class CodesView(ChangesFactors, mfa.ManageRecoveryCodesView):  # type: ignore[misc]  # allauth is untyped
    pass


class PasskeysView(ChangesFactors, mfa.ManageWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    input_class = mfa.ManageWebAuthnView.input_class | {"POST": AddPasskeyInput}


class PasswordView(account.ChangePasswordView):  # type: ignore[misc]  # allauth is untyped
    """Who has no password yet shows in another way that it is them."""

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if isinstance(request.user, User) and not request.user.has_usable_password():
            raise_if_reauthentication_required(request, app="allauth.account")
        answer: HttpResponseBase = super().handle(request, *args, **kwargs)
        return answer

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        super().post(request, *args, **kwargs)
        user = request.user
        assert isinstance(user, User)
        keep_session(request, user)
        answer: HttpResponse = AuthenticationResponse(request)
        return answer


@method_decorator(transaction.atomic, name="dispatch")
class EmailView(account.ManageEmailView):  # type: ignore[misc]  # allauth is untyped
    """Another principal address and the event of it in one transaction."""
