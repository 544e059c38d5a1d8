"""How a person ends an entry of the three lists: it is settled, refunded, or explained in a note that bears their name."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from billing.enums import GapEnd, LineKind, MatchRule, RefundReason
from billing.models import Gap, Match, Payment, Refund, StatementLine
from billing.services.reconciliation.comparing import compare_line
from billing.services.reconciliation.gaps import LONGEST_NOTE, GapOver, end_gap, sign_gap
from billing.services.reconciliation.recognising import Found
from billing.services.refunds import request_refund
from core.money import Money
from core.text import clean

SHORTEST = 5


class NoteMissing(ValueError):
    """Ended without saying why."""


class PaymentUnknown(LookupError):
    """No payment of this provider has that reference."""


class NotTheSame(ValueError):
    """The payment has another sum or currency, or another line is it already: a line settles only what it pays."""


class StillDiffers(Exception):
    """The provider was asked and our books were looked at again, and they do not agree."""


class NothingToRefund(ValueError):
    """There is no payment of ours behind this entry; money that came from nobody we know goes back by the operator's own tool."""


def note_gap(*, gap: Gap, note: str, by: User, now: datetime) -> None:
    """End an entry by an explanation.

    Raises:
        NoteMissing, GapOver.
    """
    with transaction.atomic():
        end_gap(gap, end=GapEnd.NOTED, note=_note(note), by=by, now=now)


def refund_gap(*, gap: Gap, money: Money, reason: str, note: str, by: User, now: datetime) -> Refund:
    """End an entry by sending money back to the payer of its payment; the refund goes its own way from there, with its second person.

    Raises:
        NoteMissing, NothingToRefund, GapOver; billing.services.refunds: NotRefundable, RefundTooLarge.
    """
    if gap.payment_id is None:
        raise NothingToRefund(gap.public_id)
    with transaction.atomic():
        words = _note(note)
        refund = request_refund(payment_id=gap.payment_id, money=money, reason=RefundReason(reason), by=by, note=words, now=now)
        end_gap(gap, end=GapEnd.REFUNDED, note=f"{refund.public_id}: {words}"[:LONGEST_NOTE], by=by, now=now)
    return refund


def settle_gap(*, gap: Gap, reference: str, note: str, by: User, now: datetime) -> None:
    """End an entry by settling it: a line of theirs is said to be the payment with our `reference`, or is compared with our books again.
    Call it outside of any transaction: it may ask the provider.

    Raises:
        NoteMissing, PaymentUnknown, NotTheSame, StillDiffers, GapOver.
    """
    words = _note(note)
    if not gap.is_open:
        raise GapOver(gap.public_id)
    line = gap.line
    if line is None:  # what is ours alone is settled by the line that comes, not by us
        raise StillDiffers(gap.public_id)
    if gap.payment is None and gap.refund is None:
        compare_line(line, found=Found(MatchRule.PERSON, payment=_find_payment(gap, line, reference.strip().upper())), now=now)
        Match.objects.filter(line=line, rule=MatchRule.PERSON).update(by=by)
    else:
        compare_line(line, now=now)
    with transaction.atomic():
        if not sign_gap(gap, end=GapEnd.SETTLED, note=words, by=by, now=now):
            raise StillDiffers(gap.public_id)


def _find_payment(gap: Gap, line: StatementLine, reference: str) -> Payment:
    payment = Payment.objects.filter(provider=gap.provider, our_reference=reference).first()
    if payment is None or line.kind != LineKind.PAYMENT:
        raise PaymentUnknown(reference)
    if payment.money != line.money or payment.matches.exclude(line=line).exists():
        raise NotTheSame(reference)
    return payment


def _note(words: str) -> str:
    note = clean(words, lines=False)[:LONGEST_NOTE]
    if len(note) < SHORTEST:
        raise NoteMissing
    return note
