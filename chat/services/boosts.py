"""The one paid place of the directory: bought by who moderates a room, drawn at random among those who paid, lost when the team acts.

The order of the list itself is never sold.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgeGate
from accounts.models import User
from billing.queries.wallet import find_wallet
from billing.services.wallet import return_spend, spend
from billing.services.wallets import FormReused
from chat.access import get_moderator_seat
from chat.enums import BoostSpan, RoomKind, RoomState
from chat.models import Room, RoomBoost
from chat.services.errors import ChatError
from chat.services.log import lock_room
from core.money import Money


class CannotBoost(ChatError):
    code, words = (
        "cannot_boost",
        _("Ce salon ne peut pas être mis en avant : seul un salon ouvert à tous, sans signalement, le peut."),
    )


class BoostRunning(ChatError):
    code, words = "boost_running", _("Ce salon est déjà mis en avant.")


class NotForSale(ChatError):
    code, words = "not_for_sale", _("La mise en avant n’a pas de prix dans votre monnaie.")


def price_of(*, span: BoostSpan, currency: str) -> Money:
    """What a boost costs.

    Raises:
        NotForSale: the house has no price in this currency.
    """
    try:
        return Money(settings.BOOST_PRICES[currency][span.value], currency)
    except KeyError as error:
        raise NotForSale from error


def may_be_boosted(room: Room) -> bool:
    """Whether a room may stand in the paid place: open to every adult, at work, and not waiting for a decision of the team."""
    is_open = room.kind == RoomKind.OPEN and room.state == RoomState.ACTIVE and room.age_gate == AgeGate.GENERAL
    return is_open and room.case_open_at is None


def boost_room(
    *, user: User, session: SessionBase | None = None, slug: str, span: BoostSpan, client_key: uuid.UUID, now: datetime
) -> RoomBoost:
    """Pay for the place from now on. The same form again is the first boost.

    Raises:
        AccessRefused: they do not moderate it.
        CannotBoost, BoostRunning, NotForSale; WalletError: the wallet refuses, or the form served another wish. Nothing has moved then.
    """
    seat = get_moderator_seat(user=user, session=session, slug=slug, now=now)
    money = price_of(span=span, currency=find_wallet(user=user).currency)
    with transaction.atomic():
        room = lock_room(seat.room.pk)
        if (before := RoomBoost.objects.filter(buyer=user, client_key=client_key).first()) is not None:
            return _same(before, room, span)
        if not may_be_boosted(room):
            raise CannotBoost
        if any(boost.is_running(now) for boost in RoomBoost.objects.filter(room=room, refunded_at=None)):
            raise BoostRunning
        boost = RoomBoost.objects.create(
            room=room,
            buyer=user,
            span=span,
            amount_minor=money.amount_minor,
            currency=money.currency,
            client_key=client_key,
            starts_at=now,
            ends_at=now + span.lasts,
        )
        subject = f"room:{room.public_id}"
        spend(payer=user, payee_key="revenue:ads", subject_key=subject, money=money, key=boost.spend_key, now=now)
    return boost


def _same(before: RoomBoost, room: Room, span: BoostSpan) -> RoomBoost:
    if (before.room_id, before.span) != (room.pk, span):
        raise FormReused
    return before


def end_boosts(*, room: Room, now: datetime) -> int:
    """The team restricts a room: it loses the place at once, and whoever paid has their credit back, whole. How many there were.

    Called in the transaction of the measure, with the room locked.
    """
    running = [boost for boost in RoomBoost.objects.filter(room=room, refunded_at=None) if boost.is_running(now)]
    for boost in running:
        RoomBoost.objects.filter(pk=boost.pk).update(refunded_at=now)
        return_spend(key=boost.spend_key, now=now)
    return len(running)


def note_case(*, room_public_id: str, is_open: bool, now: datetime) -> None:
    """The team has, or no longer has, to decide on a report of a room. Meanwhile it stands in no paid place, and its paid time stands
    still: whoever reports a room out of spite takes nothing from it."""
    with transaction.atomic():
        room = Room.objects.select_for_update().filter(public_id=room_public_id).first()
        if room is None or (room.case_open_at is not None) == is_open:
            return
        Room.objects.filter(pk=room.pk).update(case_open_at=now if is_open else None)
        boosts = RoomBoost.objects.filter(room=room, refunded_at=None)
        if is_open:
            boosts.filter(paused_at=None, ends_at__gt=now).update(paused_at=now)
            return
        for boost in boosts.filter(paused_at__isnull=False):
            waited = now - (boost.paused_at or now)
            RoomBoost.objects.filter(pk=boost.pk).update(paused_at=None, ends_at=boost.ends_at + waited)
