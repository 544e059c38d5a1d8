"""Thanking who answers for a group, with credit from one's wallet. Nobody is shown who gave, and nothing is asked for it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import is_blocked
from billing.queries.credits import GIVE_BACK, are_tips_open
from billing.services.wallet import CannotReturn, return_spend, spend
from billing.services.wallets import FormReused
from chat.access import Seat, get_own_tip, get_seat
from chat.enums import MemberState, Role, RoomKind
from chat.models import Membership, RoomTip
from chat.services.errors import ChatError
from core.money import Money


class TipsClosed(ChatError):
    code, words = "tips_closed", _("Les remerciements ne sont pas ouverts dans votre pays.")


class NobodyToThank(ChatError):
    """Whatever the reason is, the giver learns none: it may be a block, an age, or a full wallet."""

    code, words = "nobody_to_thank", _("Cette personne ne peut pas recevoir de remerciement pour l’instant.")


class TipTooOld(ChatError):
    code, words = "tip_too_old", _("Un remerciement se reprend pendant 14 jours.")


class TipUsed(ChatError):
    code, words = "tip_used", _("Ce remerciement a déjà été utilisé : il ne peut plus être repris.")


def give_tip(
    *,
    user: User,
    session: SessionBase | None = None,
    slug: str,
    owner_public_id: str,
    money: Money,
    client_key: uuid.UUID,
    now: datetime,
) -> RoomTip:
    """Thank an owner of a group that one is in. The same form again is the first thank-you.

    Raises:
        AccessRefused: no seat there.
        TipsClosed, NobodyToThank; WalletError: the wallet refuses, or the form served another wish. Nothing has moved then.
    """
    seat = get_seat(user=user, session=session, slug=slug, now=now)
    if not are_tips_open(user):
        raise TipsClosed
    owner = find_thankable(seat=seat, user=user, owner_public_id=owner_public_id)
    try:
        with transaction.atomic():
            tip = RoomTip.objects.create(
                room=seat.room,
                giver=user,
                owner=owner,
                amount_minor=money.amount_minor,
                currency=money.currency,
                client_key=client_key,
                given_at=now,
            )
            payee, subject = f"promo:{owner.pk}", f"room:{seat.room.public_id}"
            spend(payer=user, payee_key=payee, subject_key=subject, money=money, key=tip.spend_key, now=now)
    except IntegrityError:
        before = RoomTip.objects.filter(giver=user, client_key=client_key).first()
        if before is None:  # another clash: a fault of ours
            raise
        if (before.owner_id, before.amount_minor, before.currency) != (owner.pk, money.amount_minor, money.currency):
            raise FormReused from None
        return before
    return tip


def find_thankable(*, seat: Seat, user: User, owner_public_id: str) -> User:
    """The owner of that outward id in the group of a seat, if they can be thanked.

    Raises:
        NobodyToThank.
    """
    owners = Membership.objects.filter(room=seat.room, role=Role.OWNER, state=MemberState.JOINED, room__kind=RoomKind.GROUP)
    found = owners.select_related("user").filter(user__public_id=owner_public_id).exclude(user=user).first()
    if found is None or not are_tips_open(found.user) or is_blocked(a_id=user.pk, b_id=found.user_id):
        raise NobodyToThank
    return found.user


def take_back_tip(*, user: User, public_id: str, now: datetime) -> RoomTip:
    """Take a thank-you back within 14 days, while its owner has spent none of it; twice changes nothing.

    Raises:
        RoomNotFound: not theirs.
        TipTooOld, TipUsed.
    """
    tip = get_own_tip(user=user, public_id=public_id)
    if tip.returned_at is not None:
        return tip
    if now > tip.given_at + GIVE_BACK:
        raise TipTooOld
    try:
        with transaction.atomic():
            return_spend(key=tip.spend_key, now=now)
            RoomTip.objects.filter(pk=tip.pk, returned_at=None).update(returned_at=now)
    except CannotReturn as error:
        raise TipUsed from error
    tip.refresh_from_db(fields=["returned_at"])
    return tip
