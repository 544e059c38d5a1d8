"""A person's own pages: overview, profile, preferences, log-ins."""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.adapter import AccountAdapter, keep_session
from accounts.decorators import AuthenticatedRequest, member_required
from accounts.forms.messages import PersonError, explain
from accounts.forms.preferences import PreferencesForm
from accounts.forms.profile import ProfileForm
from accounts.middleware import set_language_cookie
from accounts.models import Profile, User
from accounts.queries import find_profile, get_age_band, get_person_ref, list_sessions, name_of_region
from accounts.services.places import open_postal_code
from accounts.services.preferences import preferences_of, set_preferences
from accounts.services.profiles import change_profile, place_free_at, pseudonym_free_at
from accounts.services.sessions import SessionNotFound, end_all_sessions, end_session
from accounts.views.back import go_back
from core.sealing import SealingError

_YEAR = 365 * 24 * 3600


@require_safe
@member_required
def home(request: AuthenticatedRequest) -> HttpResponse:
    """The overview of one's account."""
    profile = find_profile(user=request.user)
    sessions = list_sessions(user=request.user, current_key=request.session.session_key or "", now=timezone.now())
    me = get_person_ref(user=request.user) if profile else None
    return render(request, "accounts/home.html", {"me": me, "profile": profile, "sessions_count": len(sessions)})


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def profile(request: AuthenticatedRequest) -> HttpResponse:
    """What one tells about oneself."""
    own = find_profile(user=request.user)
    if own is None:
        raise Http404
    form = ProfileForm(request.POST if request.method == "POST" else None, profile=own, own_postal_code=_own_code(own))
    if form.is_valid() and _save_profile(request, form):
        messages.success(request, _("Profil enregistré."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", _profile_context(request, own, form), status=422 if form.errors else 200)


def _save_profile(request: AuthenticatedRequest, form: ProfileForm) -> bool:
    try:
        change_profile(
            user=request.user,
            pseudonym=form.cleaned_data["pseudonym"],
            details=form.details(),
            place=form.place(),
            now=timezone.now(),
        )
    except PersonError as error:
        field, sentence = explain(error)
        form.needs_region = form.needs_region or field in {"postal_code", "region"}
        form.add_error(field, sentence)
        return False
    return True


def _profile_context(request: AuthenticatedRequest, own: Profile, form: ProfileForm) -> dict[str, object]:
    now = timezone.now()
    return {
        "form": form,
        "me": get_person_ref(user=request.user),
        "pseudonym_free_at": pseudonym_free_at(profile=own, now=now),
        "place_free_at": place_free_at(profile=own, now=now),
        "region_name": name_of_region(code=own.region_code),
        "age_band": get_age_band(user=request.user, now=now),
    }


def _own_code(own: Profile) -> str:
    try:
        return open_postal_code(profile=own)
    except SealingError:
        return ""


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Language, look and habits; guests keep theirs in cookies."""
    user = request.user if isinstance(request.user, User) else None
    initial = _preferences_of(request, user)
    form = PreferencesForm(request.POST if request.method == "POST" else None, initial=initial, guest=user is None)
    if not form.is_valid():
        context = {"form": form, "is_guest": user is None}
        return render(request, "accounts/preferences.html", context, status=422 if form.errors else 200)
    if user is not None:
        set_preferences(user=user, preferences=form.preferences())
    language = form.cleaned_data["language"]
    translation.activate(language)
    messages.success(request, _("Préférences enregistrées."))
    response = go_back(request, "accounts:preferences")
    set_language_cookie(response, language)
    _set_look(response, theme=form.cleaned_data["theme"], saver=form.cleaned_data["data_saver"])
    return response


def _preferences_of(request: HttpRequest, user: User | None) -> dict[str, object]:
    if user is not None:
        return asdict(preferences_of(user))
    return {
        "language": translation.get_language(),
        "theme": request.COOKIES.get("theme", ""),
        "data_saver": request.COOKIES.get("saver") == "1",
    }


def _set_look(response: HttpResponseBase, *, theme: str, saver: bool) -> None:
    for name, value in (("theme", theme), ("saver", "1" if saver else "")):
        if value:
            response.set_cookie(name, value, max_age=_YEAR, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax")
        else:
            response.delete_cookie(name, samesite="Lax")


@require_safe
@member_required
def sessions(request: AuthenticatedRequest) -> HttpResponse:
    """Where one is logged in."""
    lines = list_sessions(user=request.user, current_key=request.session.session_key or "", now=timezone.now())
    return render(request, "accounts/sessions.html", {"sessions": lines})


@require_POST
@member_required
def end_one_session(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Log one other browser out."""
    try:
        end_session(user=request.user, public_id=public_id)
    except SessionNotFound as error:
        raise Http404 from error
    messages.success(request, _("Cette connexion est terminée."))
    return redirect("accounts:sessions")


@require_POST
@member_required
def end_sessions(request: AuthenticatedRequest) -> HttpResponse:
    """Log out everywhere; this browser too when asked."""
    user = request.user
    end_all_sessions(user=user)
    if request.POST.get("including_this"):
        AccountAdapter(request).logout(request)
        return redirect("home")
    keep_session(request, user)
    messages.success(request, _("Vous êtes déconnecté partout ailleurs."))
    return redirect("accounts:sessions")
