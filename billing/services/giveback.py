"""Unspent credit on its way back: by the way it was paid, on a click within fourteen days, and all of it when an account closes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.enums import RefundReason
from billing.models import Refund
from billing.queries.topups import Unspent, list_all_unspent, list_unspent
from billing.services.promos import forfeit_promos
from billing.services.refunds import request_refund
from billing.services.wallets import WalletError, lock_known


class NothingToGiveBack(WalletError):
    code, words = (
        "nothing_to_give_back",
        _("Rien à rembourser de ce rechargement : tout est dépensé, ou les 14 jours sont passés."),
    )


def give_back(*, user: User, payment_public_id: str, now: datetime) -> Refund:
    """Send what is unspent of one top-up of the last fourteen days back. It is kept aside at once, so that it is not spent on its way.
    Neither a pause nor a closed jurisdiction stands in the way: it is the person's own money.

    Raises:
        NothingToGiveBack: nothing is left, it is too late, or it is not theirs.
    """
    with transaction.atomic():
        lock_known([user.pk])
        unspent = list_unspent(user=user, now=now)
        found = next((one for one in unspent if one.payment.public_id == payment_public_id), None)
        if found is None:
            raise NothingToGiveBack
        return _ask(found, user, RefundReason.WITHDRAWAL, now)


def give_back_all(*, user_id: int, now: datetime) -> list[Refund]:
    """For whoever closed their account: all that is unspent goes back, the newest top-up first, and what was given ends. Doing it again
    finds nothing more."""
    with transaction.atomic():
        lock_known([user_id])
        refunds = [_ask(one, None, RefundReason.CANCELLATION, now) for one in list_all_unspent(user_id=user_id)]
    forfeit_promos(user_id=user_id, now=now)
    return refunds


def _ask(unspent: Unspent, by: User | None, reason: RefundReason, now: datetime) -> Refund:
    return request_refund(payment_id=unspent.payment.pk, money=unspent.money, reason=reason, by=by, now=now)
