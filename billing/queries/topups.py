"""Top-ups: what is on its way into a wallet, what can be paid, and what of it goes back on a click."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from billing.enums import PaymentState, Purpose, RefundState
from billing.models import LedgerAccount, Payment, Refund, TopUp, Wallet
from billing.queries.credits import GIVE_BACK, MONTH, paid_code
from billing.queries.payable import NotPayable, Payable
from core.money import Money

_GIVEN_UP = (PaymentState.FAILED, PaymentState.EXPIRED)
_ENDED = (*_GIVEN_UP, PaymentState.SUCCEEDED)
# A payment may still be made in the last moment of its top-up.
_MARGIN = timedelta(minutes=1)
_MOST = 50


@dataclass(frozen=True, slots=True)
class Unspent:
    """A top-up of the last fourteen days, and what of it can go back now."""

    payment: Payment
    money: Money


def find_payable_topup(user: User, ref: str, now: datetime) -> Payable:
    """The sum that a person has written down, to be paid by the way they choose.

    Raises:
        NotPayable: unknown, another person's, past its time, or paid.
    """
    order = TopUp.objects.filter(public_id=ref, user=user, expires_at__gt=now).first()
    if order is None or Payment.objects.filter(subject_key=order.subject_key, state=PaymentState.SUCCEEDED).exists():
        raise NotPayable(ref)
    title, page = _("Rechargement du porte-monnaie"), reverse("billing:wallet")
    return Payable(Purpose.WALLET_TOPUP, order.subject_key, order.money, title, reverse("billing:topup"), page)


def sums_of_topups(*, wallet: Wallet, now: datetime) -> tuple[int, int]:
    """In minor units: what is on its way into a wallet, and what was paid in within 30 days together with that. What was given up does
    not count; what went back does, so that nobody turns round 150 € again and again."""
    mine = Payment.objects.filter(payer_id=wallet.user_id, purpose=Purpose.WALLET_TOPUP, currency=wallet.currency)
    standing = mine.exclude(state__in=_GIVEN_UP)
    written = TopUp.objects.filter(user_id=wallet.user_id, currency=wallet.currency, expires_at__gt=now - _MARGIN)
    begun = set(standing.filter(created_at__gt=now - MONTH).values_list("subject_key", flat=True))
    drafts = sum(order.amount_minor for order in written if order.subject_key not in begun)
    coming = drafts + _sum(mine.exclude(state__in=_ENDED))
    recent = standing.filter(Q(created_at__gt=now - MONTH) | Q(settled_at__gt=now - MONTH))
    return coming, drafts + _sum(recent)


def list_unspent(*, user: User, now: datetime) -> list[Unspent]:
    """The top-ups of the last fourteen days with what of each can go back now: unspent credit counts for the newest first."""
    return _share(user.pk, Payment.objects.filter(settled_at__gt=now - GIVE_BACK))


def list_all_unspent(*, user_id: int) -> list[Unspent]:
    """The same for all top-ups ever, for whoever closes their account."""
    return _share(user_id, Payment.objects.all())


def _share(user_id: int, among: QuerySet[Payment]) -> list[Unspent]:
    paid = among.filter(payer_id=user_id, purpose=Purpose.WALLET_TOPUP, state=PaymentState.SUCCEEDED).order_by("-settled_at", "-pk")
    free: dict[str, int] = {}
    found = []
    for payment in paid[:_MOST]:
        left = free.setdefault(payment.currency, _free(user_id, payment.currency))
        part = min(left, payment.amount_minor - refunded(payment))
        if part > 0:
            free[payment.currency] = left - part
            found.append(Unspent(payment, Money(part, payment.currency)))
    return found


def refunded(payment: Payment) -> int:
    """What went back of a payment or is on its way back, in minor units."""
    return _sum(Refund.objects.filter(payment=payment).exclude(state=RefundState.FAILED))


def _free(user_id: int, currency: str) -> int:
    row = LedgerAccount.objects.filter(code=paid_code(user_id, currency)).values_list("posted", "held").first()
    return row[0] - row[1] if row else 0


def _sum(rows: QuerySet[Payment] | QuerySet[Refund]) -> int:
    return int(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
