"""Other people: their page, and hiding them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonNotFound, get_person_for_member, get_person_to_release
from accounts.decorators import AuthenticatedRequest, member_required
from accounts.enums import Tip
from accounts.queries import find_person, list_blocked
from accounts.queries.tips import list_tips
from accounts.services.relations import NotOneself, block_person, mute_person, unblock_person, unmute_person
from accounts.views.back import go_back


@require_safe
@member_required
def person(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """What a person lets members read."""
    page = find_person(viewer=request.user, public_id=public_id, now=timezone.now())
    if page is None:
        raise Http404
    tips = [] if page.is_me else list_tips(user=request.user, among=(Tip.FIRST_PROFILE,))
    return render(request, "accounts/person.html", {"page": page, "tips": tips})


@require_safe
@member_required
def blocks(request: AuthenticatedRequest) -> HttpResponse:
    """Whom one blocked or muted."""
    return render(request, "accounts/blocks.html", {"people": list_blocked(user=request.user)})


@require_POST
@member_required
def block(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Stop seeing and being seen."""
    _hide(request, public_id, block_person)
    messages.success(request, _("Vous ne vous voyez plus. La personne n’en est pas avertie."))
    return go_back(request, "accounts:blocks")


@require_POST
@member_required
def mute(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Stop seeing what somebody writes."""
    _hide(request, public_id, mute_person)
    messages.success(request, _("Vous ne verrez plus ses messages. La personne n’en est pas avertie."))
    return go_back(request, "accounts:blocks")


@require_POST
@member_required
def unblock(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Take a block back."""
    return _release(request, public_id, unblock_person)


@require_POST
@member_required
def unmute(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """See somebody's messages again."""
    return _release(request, public_id, unmute_person)


def _hide(request: AuthenticatedRequest, public_id: str, deed: Callable[..., None]) -> None:
    try:
        target = get_person_for_member(user=request.user, public_id=public_id)
        deed(user=request.user, person=target, now=timezone.now())
    except (PersonNotFound, NotOneself) as error:
        raise Http404 from error


def _release(request: AuthenticatedRequest, public_id: str, deed: Callable[..., None]) -> HttpResponse:
    """Back to the list, also when nothing was set on them (any more): the same form may come twice, and strangers look the same."""
    with suppress(PersonNotFound):
        deed(user=request.user, person=get_person_to_release(user=request.user, public_id=public_id))
    return go_back(request, "accounts:blocks")
