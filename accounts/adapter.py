"""django-allauth's single way into this app: what it asks of a house is answered here, the rest by its settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.internal.httpkit import is_headless_request
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import AGREEMENTS, ConnectionKind
from accounts.events import EmailChanged, NewLogin, PasswordChanged
from accounts.middleware import DEVICE_COOKIE
from accounts.models import User
from accounts.queries import list_agreements
from accounts.services.addresses import seal_former_address
from accounts.services.bans import look_for_evasion
from accounts.services.closure import resume_account
from accounts.services.devices import is_token, mark_device, new_token
from accounts.services.factors import change_factors
from accounts.services.recorder import record_connection
from accounts.services.registration import activate_person
from accounts.services.sessions import device_of, end_all_sessions, forget_session, record_login
from core import outbox
from core.peers import peer_of_request

PASSWORD_LENGTH = 128


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Log-in by e-mail and password; see settings for limits and codes."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("Ce compte est fermé ou en pause."),
        "cannot_remove_primary_email": _("L’adresse principale ne peut pas être retirée."),
        "duplicate_email": _("Cette adresse est déjà celle de ce compte."),
        "email_password_mismatch": _("L’adresse ou le mot de passe ne correspondent pas."),
        "email_taken": _("Cette adresse ne peut pas être utilisée."),
        "enter_current_password": _("Écrivez votre mot de passe actuel."),
        "incorrect_code": _("Ce code n’est pas le bon."),
        "incorrect_password": _("Ce mot de passe n’est pas le bon."),
        "invalid_or_expired_key": _("Ce lien n’est plus valable."),
        "invalid_login": _("L’adresse ou le mot de passe ne correspondent pas."),
        "invalid_password_reset": _("Ce lien n’est plus valable."),
        "max_email_addresses": _("Pas plus de %d adresses par compte."),
        "too_many_login_attempts": _("Trop d’essais. Réessayez dans quelques minutes."),
        "unknown_email": _("Cette adresse ne correspond à aucun compte."),
        "unverified_primary_email": _("L’adresse principale doit être confirmée."),
        "same_as_current": _("La nouvelle valeur est la même que l’ancienne."),
        "rate_limited": _("Trop d’essais. Réessayez dans un moment."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody can join before there is a charter and terms to accept."""
        return len(list_agreements(language=translation.get_language() or "", now=timezone.now())) == len(AGREEMENTS)

    def clean_password(self, password: str, user: AbstractBaseUser | None = None) -> str:
        """The validators of the settings, and no more characters than the hasher should be given."""
        if len(password) > PASSWORD_LENGTH:
            raise ValidationError(_("Pas plus de 128 caractères."), code="password_too_long")
        return str(super().clean_password(password, user))

    def format_email_subject(self, subject: str) -> str:
        return str(subject)

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Every way in ends here, so this is where an account with a confirmed address becomes active and the log-in is noted."""
        assert isinstance(user, User)
        first = user.last_login is None
        super().login(request, user)
        if not user.is_member and EmailAddress.objects.filter(user=user, verified=True).exists():
            activate_person(user=user)
        if resume_account(user=user, now=timezone.now()):
            messages.success(request, gettext("Bon retour. Votre compte n’est plus en pause."))
        record_connection(user_id=user.pk, kind=ConnectionKind.LOGIN, peer=peer_of_request(request), now=timezone.now())
        if is_headless_request(request) != "app" and "_session_expiry" not in request.session:
            request.session.set_expiry(0)  # who was not asked whether to stay does not; an application keeps its token
        if not note_login(request, user) and not first:
            with transaction.atomic():
                outbox.publish(NewLogin(user_id=user.pk, agent=device_of(request.headers.get("User-Agent", ""))))
        look_for_evasion(user=user, now=timezone.now())

    def save_user(self, *args: Any, **kwargs: Any) -> NoReturn:
        """There is one form that makes people (accounts.forms.signup). What comes here is another one of allauth's, without our rules."""
        raise PermissionDenied("sign-up around the form")

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User) and request.session.session_key:
            forget_session(user=request.user, session_key=request.session.session_key)
        super().logout(request)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """False, with a message, also when another account confirmed the same address a moment before."""
        try:
            with transaction.atomic():
                confirmed = bool(super().confirm_email(request, email_address))
        except IntegrityError:
            self.add_message(request, messages.ERROR, message=gettext("Cette adresse ne peut pas être utilisée."))
            return False
        if confirmed:
            activate_person(user=email_address.user)
            look_for_evasion(user=email_address.user, now=timezone.now())
        return confirmed

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """The third step of the way in: showing one's age."""
        return reverse("accounts:age")

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """A new password, chosen or reset, ends every session and closes every socket."""
        assert isinstance(user, User)
        with transaction.atomic():
            user.set_password(password)
            user.save(update_fields=["password"])  # allauth would write the whole row back, and undo what was decided meanwhile
            end_all_sessions(user=user)
            outbox.publish(PasswordChanged(user_id=user.pk))

    def get_reauthentication_methods(self, user: AbstractBaseUser) -> list[dict[str, Any]]:
        """allauth's, in our words."""
        words = {
            "reauthenticate": gettext("Avec le mot de passe"),
            "mfa_reauthenticate": gettext("Avec un code"),
            "mfa_reauthenticate:webauthn": gettext("Avec une clé d’accès"),
        }
        return [one | {"description": words[one["id"]]} for one in super().get_reauthentication_methods(user)]

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, email: str | None = None, **kwargs: Any) -> None:
        """Of what is published the handlers tell the person; of the rest allauth's mails. Here alone one learns of a new address."""
        if template_prefix == "account/email/email_changed":
            former = seal_former_address(user=user, address=email or "").hex()
            with transaction.atomic():
                outbox.publish(EmailChanged(user_id=user.pk, former=former))
        elif not template_prefix.startswith(("mfa/", "account/email/password_")):
            super().send_notification_mail(template_prefix, user, *args, email=email, **kwargs)

    def get_http_user_agent(self, request: HttpRequest) -> str:
        """Nothing: mails and logs need no browser."""
        return ""


def note_login(request: HttpRequest, user: User) -> bool:
    """Put the session at hand on the person's list of log-ins; whether they had used this browser before."""
    if not request.session.session_key:
        request.session.save()
    record_login(
        user=user,
        session_key=request.session.session_key or "",
        user_agent=request.headers.get("User-Agent", ""),
        now=timezone.now(),
    )
    return mark_browser(request, user)


def mark_browser(request: HttpRequest, user: User) -> bool:
    """Note the browser of a log-in; whether this account had used it before. `accounts.middleware.remember_device` sets the cookie."""
    cookie = request.COOKIES.get(DEVICE_COOKIE, "")
    token = cookie if is_token(cookie) else new_token()
    request.device_token = token  # type: ignore[attr-defined]  # read by the middleware on the way out
    return mark_device(user=user, token=token, now=timezone.now())


def keep_session(request: HttpRequest, user: User) -> None:
    """Let the session at hand live on after all of them were ended, under a new key."""
    update_session_auth_hash(request, user)
    note_login(request, user)


@contextmanager
def changing_factors(request: HttpRequest) -> Iterator[None]:
    """`change_factors` for the person of the request; what changed a factor ends their other sessions.

    Raises:
        FactorTaken.
    """
    user = request.user
    assert isinstance(user, User)
    with change_factors(user=user) as watch:
        yield
    if watch.changes:
        keep_session(request, user)
