"""What a member wants to be told of a room, by plain forms on its page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.decorators import AuthenticatedRequest, member_required
from chat.access import get_own_place
from chat.forms import HearingBackForm, HearingForm
from chat.models import Membership
from chat.services.hushing import Hearing, hearing_of, restore_hearing, set_hearing
from chat.views.refusals import answers_refusals


def hearing_context(membership: Membership) -> dict[str, Any]:
    """What the page of a room shows a member of this."""
    hearing = hearing_of(membership, now=timezone.now())
    return {"hearing": hearing, "hearing_form": HearingForm(hearing=hearing)}


@require_POST
@member_required
@answers_refusals
def hear(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Choose; what held before comes back with one button. The door comes before what was typed: to others the room answers nothing."""
    now = timezone.now()
    get_own_place(user=request.user, slug=slug, now=now)
    form = HearingForm(request.POST)
    if form.is_valid():
        level, hush = form.asks()
        before = set_hearing(user=request.user, slug=slug, level=level, hush=hush, now=now)
        notices.success(request, _with_undo(before))
    else:
        notices.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect(reverse("chat:about", args=[slug]) + "#hearing")


@require_POST
@member_required
@answers_refusals
def hear_again(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Take the last change back."""
    now = timezone.now()
    get_own_place(user=request.user, slug=slug, now=now)
    form = HearingBackForm(request.POST)
    if form.is_valid():
        restore_hearing(user=request.user, slug=slug, hearing=form.cleaned_data["back"], now=now)
        notices.success(request, _("Vos notifications de ce salon sont comme avant."))
    else:
        notices.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect(reverse("chat:about", args=[slug]) + "#hearing")


def _with_undo(before: Hearing) -> str:
    """A notice with a button that sends the hidden form of the page back with what held before."""
    until = f" {before.hushed_until.isoformat()}" if before.hushed_until else ""
    return format_html(
        '{} <button class="notice-undo" type="submit" form="hear-again" name="back" value="{}">{}</button>',
        _("C’est réglé pour ce salon."),
        f"{before.level.value}{until}",
        _("Annuler"),
    )
