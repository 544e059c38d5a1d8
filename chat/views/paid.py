"""What is paid in rooms from a wallet: thanking an owner of a group, and the paid place of the directory.

Each is a form, then a page with the sum and what is left after it, then a click: nothing is paid by the first touch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.decorators import AuthenticatedRequest, member_required
from accounts.models import User
from accounts.queries import hidden_actor_ids
from billing.queries.credits import is_wallet_open
from billing.queries.wallet import find_wallet, view_wallet
from billing.services.wallets import WalletError
from chat.access import RoomNotFound, Seat, get_moderator_seat, get_seat
from chat.enums import BoostSpan
from chat.forms import BoostForm, TipForm
from chat.queries import paid
from chat.queries.rooms import get_room_line
from chat.services import boosts, tips
from chat.services.errors import ChatError
from chat.views.cards import build_card, build_my_rooms, reader_of
from chat.views.discretion import discreetly
from chat.views.refusals import answers_refusals
from core.ids import new_client_id
from core.money import Money


@dataclass(frozen=True, slots=True)
class Preview:
    """A spend before it is made: the sum, what may be spent now, and what is left after."""

    money: Money
    before: Money
    after: Money

    @property
    def is_enough(self) -> bool:
        return self.after.amount_minor >= 0


@require_http_methods(["GET", "POST"])
@never_cache
@member_required
@answers_refusals
def tip(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Thank who answers for a group."""
    now, me = timezone.now(), request.user
    seat = get_seat(user=me, session=request.session, slug=slug, now=now)
    people = paid.list_thankable(room=seat.room, user=me, hidden=hidden_actor_ids(user=me))
    if not people:
        raise tips.NobodyToThank
    form = TipForm(request.POST or None, people=people, currency=find_wallet(user=me).currency)
    context: dict[str, Any] = {"form": form, "tips": paid.list_own_tips(user=me, now=now)}
    if request.method == "POST" and form.is_valid():
        if not form.cleaned_data["sure"]:
            name = next(person.name for person in people if person.public_id == form.cleaned_data["owner"])
            preview = _preview(me, form.cleaned_data["amount"], given=False)
            return _page(request, seat, "chat/tip_sure.html", context | {"preview": preview, "name": name})
        if _give(request, slug, form):
            return redirect("chat:thanks")
    return _page(request, seat, "chat/tip.html", context, status=422 if form.errors else 200)


def _give(request: AuthenticatedRequest, slug: str, form: TipForm) -> bool:
    try:
        tips.give_tip(
            user=request.user,
            session=request.session,
            slug=slug,
            owner_public_id=form.cleaned_data["owner"],
            money=form.cleaned_data["amount"],
            client_key=form.cleaned_data["cid"],
            now=timezone.now(),
        )
    except (WalletError, ChatError) as error:
        form.add_error(None, str(error.words))
        return False
    notices.success(request, _("Merci transmis. Vous pouvez le reprendre pendant 14 jours, tant qu’il n’est pas utilisé."))
    return True


@require_GET
@never_cache
@member_required
def thanks(request: AuthenticatedRequest) -> HttpResponse:
    """What one gave, for oneself alone."""
    context = {"tips": paid.list_own_tips(user=request.user, now=timezone.now()), "my_rooms": build_my_rooms(reader_of(request))}
    return render(request, "chat/thanks.html", context)


@require_POST
@member_required
def take_back(request: AuthenticatedRequest, public_id: str) -> HttpResponse:
    """Take a thank-you back."""
    try:
        tips.take_back_tip(user=request.user, public_id=public_id, now=timezone.now())
        notices.success(request, _("Vous avez repris ce remerciement. Le crédit est de nouveau dans votre porte-monnaie."))
    except RoomNotFound:
        return render(request, "404.html", status=404)
    except ChatError as error:
        notices.error(request, str(error.words))
    return redirect("chat:thanks")


@require_http_methods(["GET", "POST"])
@never_cache
@member_required
@answers_refusals
def boost(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    """Pay for the paid place of the directory."""
    now, me = timezone.now(), request.user
    seat = get_moderator_seat(user=me, session=request.session, slug=slug, now=now)
    if not is_wallet_open(me):
        raise RoomNotFound(slug)
    currency = find_wallet(user=me).currency
    prices = {span: boosts.price_of(span=span, currency=currency) for span in BoostSpan}
    form = BoostForm(request.POST or None, prices=prices)
    if request.method == "POST" and form.is_valid():
        span = BoostSpan(form.cleaned_data["span"])
        if not form.cleaned_data["sure"]:
            context = {"form": form, "preview": _preview(me, prices[span], given=True), "span": span}
            return _page(request, seat, "chat/boost_sure.html", context)
        if _boost(request, slug, form, span):
            return redirect("chat:boost", slug)
    context = {"form": form, "boosts": paid.list_boosts(room=seat.room, now=now), "can": boosts.may_be_boosted(seat.room)}
    return _page(request, seat, "chat/boost.html", context, status=422 if form.errors else 200)


def _boost(request: AuthenticatedRequest, slug: str, form: BoostForm, span: BoostSpan) -> bool:
    now, key = timezone.now(), form.cleaned_data["cid"]
    try:
        boosts.boost_room(user=request.user, session=request.session, slug=slug, span=span, client_key=key, now=now)
    except (WalletError, ChatError) as error:
        form.add_error(None, str(error.words))
        return False
    notices.success(request, _("Le salon est mis en avant."))
    return True


def _preview(user: User, money: Money, *, given: bool) -> Preview:
    """Before and after; `given` whether credit that was given may pay it too."""
    wallet = view_wallet(user=user, now=timezone.now())
    before = wallet.total if given else wallet.free
    return Preview(money, before, before - money)


def _page(request: AuthenticatedRequest, seat: Seat, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    card = build_card(get_room_line(seat.room, seat.membership, reader=reader_of(request)))
    frame = {"room": card, "my_rooms": build_my_rooms(reader_of(request)), "cid": new_client_id(int(timezone.now().timestamp() * 1000))}
    return discreetly(seat.room, render(request, template, context | frame, status=status))
