"""The page of a room's owners for the words that it watches."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import AuthenticatedRequest, member_required
from chat.access import AccessRefused, NotAllowed, RoomNotFound, Seat, get_owner_seat
from moderation.enums import RuleOutcome
from moderation.forms.roomwords import RoomWordForm
from moderation.queries.roomwords import find_in_last_day, list_room_words
from moderation.services.roomwords import MOST_WORDS, WordRefused, add_word, drop_word

View = Callable[[AuthenticatedRequest, str], HttpResponse]
PAGE = "moderation:room_words"


def for_owners(view: View) -> View:
    """The refusals of the door: no such room, not an owner; whatever else is in the way the page about the room says."""

    @wraps(view)
    def wrapper(request: AuthenticatedRequest, slug: str) -> HttpResponse:
        try:
            return view(request, slug)
        except RoomNotFound as error:
            raise Http404 from error
        except NotAllowed:
            reason = _("Seuls les responsables du salon choisissent les mots qu’il surveille.")
            return render(request, "403.html", {"reason": reason}, status=403)
        except AccessRefused:
            return redirect("chat:about", slug)

    return wrapper


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@for_owners
def words(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """The list with what each word would have found in the last day; a new word is tried on that day, or added."""
    seat = get_owner_seat(user=request.user, session=request.session, slug=slug, now=timezone.now())
    form = RoomWordForm(request.POST if request.method == "POST" else None)
    tried = form.cleaned_data["word"] if form.is_valid() and request.POST.get("deed") == "try" else ""
    done = _add(request, slug, form) if form.is_valid() and not tried else None
    return done or _page(request, seat, form, tried)


@require_POST
@member_required
@for_owners
def drop(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Watch a word no longer."""
    try:
        drop_word(user=request.user, session=request.session, slug=slug, word=request.POST.get("word", ""), now=timezone.now())
        messages.success(request, _("Mot retiré. Le journal du salon le dit."))
    except WordRefused as error:
        messages.error(request, str(error.words))
    return redirect(PAGE, slug)


def _add(request: AuthenticatedRequest, slug: str, form: RoomWordForm) -> HttpResponse | None:
    """Where to go on; None when the word was refused and the form says why."""
    said = form.cleaned_data
    outcome = RuleOutcome(said["outcome"])
    try:
        add_word(
            user=request.user,
            session=request.session,
            slug=slug,
            word=said["word"],
            outcome=outcome,
            reason=said["reason"],
            now=timezone.now(),
        )
    except WordRefused as error:
        form.add_error("word", error.words)
        return None
    messages.success(request, _("Le salon surveille ce mot. Son journal le dit."))
    return redirect(PAGE, slug)


def _page(request: AuthenticatedRequest, seat: Seat, form: RoomWordForm, tried: str) -> HttpResponse:
    watched = list_room_words(room_id=seat.room.pk)
    looked_for = [*(one.word for one in watched), *([tried] if tried else [])]
    day = find_in_last_day(user=request.user, seat=seat, words=looked_for, now=timezone.now())
    context: dict[str, Any] = {
        "room": seat.room,
        "form": form,
        "rows": [(one, len(day.found.get(one.word, ()))) for one in watched],
        "resting": any(one.resting for one in watched),
        "left": MOST_WORDS - len(watched),
        "read": day.read,
        "tried": tried,
        "found": day.found.get(tried, []),
    }
    return render(request, "moderation/room_words.html", context, status=422 if form.errors else 200)
