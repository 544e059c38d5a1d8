"""Entering, leaving, and what moderators do, by plain forms."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import AuthenticatedRequest, member_required
from chat.access import get_moderator_seat
from chat.enums import Role
from chat.forms import BanForm, GroupForm, ProposalForm, RoleForm, SettingsForm
from chat.models import Room
from chat.queries.rooms import get_room_line, list_proposals
from chat.services import memberships, rooms
from chat.services.errors import ChatError
from chat.services.screens import Nudge
from chat.views.cards import build_card, build_my_rooms, reader_of
from chat.views.refusals import answers_refusals


@require_POST
@member_required
@answers_refusals
def join(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Enter a room."""
    code = request.POST.get("code", "")
    try:
        memberships.join_room(
            user=request.user, session=request.session, slug=slug, now=timezone.now(), invite_code=code, agrees=_agrees(request)
        )
    except ChatError as error:  # back to the door: the room's own page is not open yet
        notices.error(request, str(error.words))
        return redirect(reverse("chat:about", args=[slug]) + (f"?{urlencode({'code': code})}" if code else ""))
    return redirect("chat:room", slug)


def _agrees(request: AuthenticatedRequest) -> str:
    """The language of the box that was ticked; empty without a tick."""
    return (get_language() or "")[:2] if request.POST.get("art9") == "on" else ""


@require_POST
@member_required
@answers_refusals
def leave(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Leave a room."""
    memberships.leave_room(user=request.user, slug=slug, now=timezone.now())
    notices.success(request, _("Vous avez quitté le salon."))
    return redirect("chat:rooms")


@require_POST
@member_required
@answers_refusals
def kick(request: AuthenticatedRequest, slug: str, person: str) -> HttpResponse:
    """Send a member out."""
    memberships.kick_member(user=request.user, session=request.session, slug=slug, member_public_id=person, now=timezone.now())
    notices.success(request, _("La personne est sortie du salon. Elle peut revenir."))
    return redirect("chat:about", slug)


@require_POST
@member_required
@answers_refusals
def ban(request: AuthenticatedRequest, slug: str, person: str) -> HttpResponse:
    """Ban a member, with a reason, for a time or without end."""
    form = BanForm(request.POST)
    if form.is_valid():
        reason, lasts = form.cleaned_data["reason"], form.lasts()
        memberships.ban_member(
            user=request.user, session=request.session, slug=slug, member_public_id=person, reason=reason, lasts=lasts, now=timezone.now()
        )
        notices.success(request, _with_undo(_("La personne est exclue de ce salon."), person))
    else:  # a length that cannot be read must not become a ban without end
        notices.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("chat:about", slug)


def _with_undo(words: str, person: str) -> str:
    """A notice with a button that sends the form of the same deed further down on the page of the room."""
    return format_html('{} <button class="notice-undo" type="submit" form="unban-{}">{}</button>', words, person, _("Lever l’exclusion"))


@require_POST
@member_required
@answers_refusals
def unban(request: AuthenticatedRequest, slug: str, person: str) -> HttpResponse:
    """Lift a ban."""
    memberships.unban_member(user=request.user, session=request.session, slug=slug, member_public_id=person, now=timezone.now())
    notices.success(request, _("L’exclusion est levée. La personne peut revenir."))
    return redirect("chat:about", slug)


@require_POST
@member_required
@answers_refusals
def role(request: AuthenticatedRequest, slug: str, person: str) -> HttpResponse:
    """Give a role."""
    form = RoleForm(request.POST)
    if form.is_valid():
        memberships.set_role(
            user=request.user,
            session=request.session,
            slug=slug,
            member_public_id=person,
            role=Role(form.cleaned_data["role"]),
            now=timezone.now(),
        )
    return redirect("chat:about", slug)


@require_POST
@member_required
@answers_refusals
def renew_invitation(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Make a new invitation link; the old one stops working."""
    rooms.renew_invitation(user=request.user, session=request.session, slug=slug, now=timezone.now())
    return redirect("chat:about", slug)


@require_http_methods(["GET", "POST"])
@member_required
def new_group(request: AuthenticatedRequest) -> HttpResponse:
    """Open a group."""
    form = GroupForm(request.POST or None, initial={"languages": [request.user.language]})
    if request.method == "POST" and form.is_valid():
        try:
            room = rooms.open_group(user=request.user, now=timezone.now(), **form.cleaned_data)
            return redirect("chat:room", room.slug)
        except Nudge as question:
            form.ask(question.words)
        except ChatError as error:
            form.add_error(None, error.words)
    context = {"form": form, "my_rooms": build_my_rooms(reader_of(request))}
    return render(request, "chat/new.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member_required
def propose(request: AuthenticatedRequest) -> HttpResponse:
    """Propose a theme room."""
    form = ProposalForm(request.POST or None, initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        try:
            rooms.propose_room(user=request.user, now=timezone.now(), **form.cleaned_data)
            notices.success(request, _("Merci. Votre proposition sera lue par l’équipe."))
            return redirect("chat:propose")
        except Nudge as question:
            form.ask(question.words)
        except ChatError as error:
            form.add_error(None, error.words)
    context = {"form": form, "my_rooms": build_my_rooms(reader_of(request)), "proposals": list_proposals(user=request.user)}
    return render(request, "chat/propose.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member_required
@answers_refusals
def settings(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Change settings of a room."""
    seat = get_moderator_seat(user=request.user, session=request.session, slug=slug, now=timezone.now())
    form = SettingsForm(request.POST or None, initial=_initial(seat.room))
    if request.method == "POST" and form.is_valid():
        try:
            sure = form.cleaned_data["sure"]
            changed = rooms.change_room(
                user=request.user, session=request.session, slug=slug, changes=form.cleaned_data, now=timezone.now(), sure=sure
            )
            notices.success(request, _("Réglages enregistrés."))
            return redirect("chat:rooms") if changed.state == "CLOSED" else redirect("chat:about", slug)
        except Nudge as question:
            form.ask(question.words)
        except ChatError as error:
            form.add_error(None, error.words)
    card = build_card(get_room_line(seat.room, seat.membership, reader=reader_of(request)))
    context = {"form": form, "my_rooms": build_my_rooms(reader_of(request)), "room": card}
    return render(request, "chat/settings.html", context, status=400 if form.errors else 200)


def _initial(room: Room) -> dict[str, Any]:
    names = ("title", "description", "rules", "slow_mode_s", "visible_hours", "history", "state")
    return {name: getattr(room, name) for name in names} | {"languages": room.language_list}
