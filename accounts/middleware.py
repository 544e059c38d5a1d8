"""Between the session and the page: the person's language, the day of their visit, and texts they have yet to accept."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.decorators import wants_json
from accounts.enums import UserStatus
from accounts.models import User
from accounts.queries import has_agreed
from accounts.services.devices import KEPT
from accounts.services.locks import lock_session
from accounts.services.preferences import note_active
from accounts.services.sessions import forget_session
from accounts.services.shifts import keep_shift
from accounts.services.visits import keep_visit
from core.sessions import is_locked

GetResponse = Callable[[HttpRequest], HttpResponse]

_COOKIE_AGE = 365 * 24 * 3600
DEVICE_COOKIE = "device"
_SAFE = {"GET", "HEAD", "OPTIONS"}
# The session remembers for which date "later, only read" was chosen.
LATER = "agree_later"


def language_of_person(get_response: GetResponse) -> GetResponse:
    """The language of the page: `?lang=`, else the account, else the cookie, else `Accept-Language`, else French."""

    def middleware(request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("lang", "")
        asked = asked if asked in dict(settings.LANGUAGES) else ""
        translation.activate(asked or _language_of(request))
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        response = get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        if asked:
            set_language_cookie(response, asked)
        return response

    return middleware


def set_language_cookie(response: HttpResponseBase, language: str) -> None:
    """Remember a guest's choice of language for a year."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=_COOKIE_AGE,
        secure=bool(settings.LANGUAGE_COOKIE_SECURE),
        samesite="Lax",
    )


def _language_of(request: HttpRequest) -> str:
    user = request.user
    if isinstance(user, User):
        return user.language
    return translation.get_language_from_request(request)


def keep_locked(get_response: GetResponse) -> GetResponse:
    """A session that was left in haste opens the page to return, the texts for everybody, and nothing else."""

    def middleware(request: HttpRequest) -> HttpResponse:
        away = bool(request.COOKIES.get(settings.AWAY_COOKIE))
        if away and isinstance(request.user, User):
            lock_session(user=request.user, session=request.session, now=timezone.now())
        locked = isinstance(request.user, User) and is_locked(request.session)
        response = _answer_locked(request, get_response) if locked else get_response(request)
        if away:
            response.delete_cookie(settings.AWAY_COOKIE, samesite="Lax")
        return response

    return middleware


def _answer_locked(request: HttpRequest, get_response: GetResponse) -> HttpResponse:
    if request.path in (reverse("accounts:unlock"), reverse("accounts:leave"), reverse("account_logout")):
        return get_response(request)
    if request.path.startswith(_HELP_PATHS):
        request.user = AnonymousUser()  # these are for everybody, and show nothing of whose session it is
        return get_response(request)
    if wants_json(request):
        return JsonResponse({"code": "locked"}, status=423)
    return redirect("accounts:unlock")


def note_visit(get_response: GetResponse) -> GetResponse:
    """The day of a person's last visit, for "active today"; one write a day."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            note_active(user=request.user, today=timezone.now().date())
        return get_response(request)

    return middleware


def keep_awake(get_response: GetResponse) -> GetResponse:
    """A page opened or a form sent says that the person is about, so that the proof of age of this visit does not end; what a script
    reads by itself says nothing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User) and not (request.method in _SAFE and wants_json(request)):
            keep_visit(session=request.session, now=timezone.now())
        return get_response(request)

    return middleware


def remember_device(get_response: GetResponse) -> GetResponse:
    """Give the browser its mark when somebody has just logged in with it (`accounts.adapter.note_login` says so by `device_token`)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        token = getattr(request, "device_token", "")
        if token:
            response.set_cookie(
                DEVICE_COOKIE,
                token,
                max_age=int(KEPT.total_seconds()),
                secure=bool(settings.SESSION_COOKIE_SECURE),
                httponly=True,
                samesite="Lax",
            )
        return response

    return middleware


def confine(get_response: GetResponse) -> GetResponse:
    """An account that is barred, or about to close, opens one page of its own and what belongs to it; scripts get a code."""

    def middleware(request: HttpRequest) -> HttpResponse:
        only = _only_page(request.user)
        open_paths = (*map(reverse, _OWN_PAGES), *_JUSTICE_PATHS, *_CONTRACT_PATHS, *_DATA_PATHS, *_HELP_PATHS)
        if not only or request.path.startswith(open_paths):
            return get_response(request)
        if wants_json(request):
            code = "closing" if only == "accounts:closing" else "suspended"
            return JsonResponse({"code": code, "message": _("Votre compte n’ouvre plus que sa page.")}, status=403)
        return redirect(only)

    return middleware


def _only_page(user: object) -> str:
    if not isinstance(user, User):
        return ""
    if user.status == UserStatus.CLOSING:
        return "accounts:closing"
    return "accounts:standing" if user.barred else ""


# What stays open to whoever the house turned out: the decision, leaving, and whatever it takes to be sure that it is them.
_OWN_PAGES = (
    "accounts:standing",
    "accounts:closing",
    "accounts:close",
    "accounts:leave",
    "accounts:unlock",
    "account_logout",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
)
# What was decided against them, the appeal, and the answers to what they reported: pages of a floor above.
_JUSTICE_PATHS = ("/decisions/", "/reports/")
# Ending a contract and withdrawing from one: a right that no measure takes away. Pages of a floor above, too.
_CONTRACT_PATHS = ("/money/cancel/", "/money/withdraw/", "/money/requests/")
# What a person may ask and is told about their own data: no measure takes that away either.
_DATA_PATHS = ("/account/data/",)
_HELP_PATHS = (
    "/legal/",
    "/privacy/",
    "/rules/",
    "/safety/",
    "/help/",
    "/contact/",
    "/moderation/",
    "/learn/",
    "/notice/",
    "/transparency/",
    "/trusted-flaggers/",
    "/static/",
    "/csp-report/",
    "/sw.js",
    "/manifest",
    "/offline/",
    "/unsubscribe/",
    "/favicon.ico",
)


def staff_hours(get_response: GetResponse) -> GetResponse:
    """The team logs in anew after 8 hours, or 30 minutes without a page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not user.is_staff or keep_shift(session=request.session, now=timezone.now()):
            return get_response(request)
        forget_session(user=user, session_key=request.session.session_key or "")
        logout(request)
        if wants_json(request):
            return JsonResponse({"code": "login_required"}, status=401)
        messages.info(request, _("Pour l’équipe, une connexion dure huit heures, et trente minutes sans activité. Reconnectez-vous."))
        return redirect_to_login(request.get_full_path() if request.method in _SAFE else "/")

    return middleware


def require_consent(get_response: GetResponse) -> GetResponse:
    """When a new version of charter or terms must be accepted, the next page asks; until then the person may only read."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or _only_page(user) or _is_open(request) or has_agreed(user=user, now=timezone.now()):
            return get_response(request)
        if request.method in _SAFE and (wants_json(request) or _chose_later(request)):
            return get_response(request)
        if wants_json(request):
            return JsonResponse({"code": "agreement_required"}, status=403)
        back = request.get_full_path() if request.method in _SAFE else "/"
        return redirect(f"{reverse('accounts:agree')}?{urlencode({'next': back})}")

    return middleware


def _chose_later(request: HttpRequest) -> bool:
    return bool(request.session.get(LATER) == timezone.now().date().isoformat())


def _is_open(request: HttpRequest) -> bool:
    """Pages that stay usable: the question itself, the texts, taking a consent back, help and keeping people away, leaving, the
    language, and what browsers fetch by themselves."""
    named = ("accounts:agree", "accounts:consents", "accounts:preferences", "account_logout")
    return request.path.startswith((*map(reverse, named), *_OPEN_PATHS))


_OPEN_PATHS = (
    *("/exit/", "/unlock/", "/people/", "/admin/", "/_allauth/", "/media/", "/report/"),
    *(*_JUSTICE_PATHS, *_CONTRACT_PATHS, *_DATA_PATHS, *_HELP_PATHS),
)
