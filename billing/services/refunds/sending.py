"""A refund is sent by its provider and watched: committed before the call, asked for afterwards, never sent where it would go out twice."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from billing.enums import RefundChannel, RefundState
from billing.models import Refund
from billing.providers.base import Manual, ProviderState, Refunded, RefundPending, Refused, Unclear
from billing.providers.table import NotConfigured, get_provider
from billing.queries.ledger import is_money_stopped
from billing.services.alarms import Alarm, raise_alarm
from billing.services.payments.pace import FIRST, LONGEST, MANNERS, STUCK_AFTER
from billing.services.reach import NotReached, ask, may_call
from billing.services.refunds.approving import lock_refund
from billing.services.refunds.booking import fail_refund, succeed_refund
from billing.services.refunds.states import WrongRefundState, move_refund

logger = logging.getLogger("resaka.billing")
Answer = Refunded | RefundPending | Refused | Unclear | Manual
_ASKABLE = (RefundState.PENDING, RefundState.UNKNOWN)


def submit_refund(*, refund_id: int, now: datetime) -> Refund:
    """Have the provider send an approved refund, if nobody has. While the books are wrong nothing new is sent, and it waits."""
    refund = _get(refund_id)
    if refund.state != RefundState.APPROVED or refund.channel != RefundChannel.PROVIDER or is_money_stopped():
        return refund
    if may_call(refund.payment.provider) and _claim(refund, now):
        _note(refund, _send(refund, now), now)
    return _get(refund_id)


def submit_refund_again(*, refund_id: int, now: datetime) -> Refund:
    """Send a refund that was sent and never answered once more, under the same key where the provider knows the key; else from now on
    nobody knows. Its time to answer is over and the caller claimed it: one that is being sent at this moment is none of these."""
    refund = _get(refund_id)
    if refund.state != RefundState.SUBMITTED:
        return refund
    if not _may_repeat(refund, now):
        _note(refund, Unclear("no answer"), now)
    elif may_call(refund.payment.provider):
        _note(refund, _send(refund, now), now)
    return _get(refund_id)


def settle_refund(*, refund_id: int, now: datetime) -> Refund:
    """Ask the provider what became of a refund, and take it there."""
    refund = _get(refund_id)
    if refund.state not in _ASKABLE or not may_call(refund.payment.provider):
        return refund
    try:
        provider = get_provider(refund.payment.provider)
        found = ask(provider.name, lambda: provider.fetch_refund(refund, now=now))
    except (NotReached, NotConfigured):
        _later(refund, now)
        return refund
    return settle_refund_as_found(refund_id=refund_id, found=found, now=now)


def settle_refund_as_found(*, refund_id: int, found: ProviderState, now: datetime) -> Refund:
    """As `settle_refund`, with what was found by asking or in a statement."""
    with transaction.atomic():
        refund = lock_refund(refund_id)
        if refund.state not in _ASKABLE:
            return refund
        if found.state == RefundState.SUCCEEDED and found.money not in (None, refund.money):
            raise_alarm(alarm=Alarm.PAYMENT_FLAGGED, ref=refund.payment.our_reference, once=f"refund:{refund.public_id}", now=now)
            _later(refund, now)
        elif found.state == RefundState.SUCCEEDED:
            succeed_refund(refund, provider_ref=found.provider_ref or refund.provider_ref, now=now)
        elif found.state == RefundState.FAILED:
            fail_refund(refund, code=found.failure_code or "FAILED", now=now)
        else:
            _stay(refund, found, now)
    return refund


def _get(refund_id: int) -> Refund:
    return Refund.objects.select_related("payment").get(pk=refund_id)


def _may_repeat(refund: Refund, now: datetime) -> bool:
    """Whether the provider still knows the key under which it was sent first."""
    life = MANNERS[refund.payment.provider].life
    try:
        knows_keys = get_provider(refund.payment.provider).capabilities().repeatable
    except NotConfigured:
        return False
    return knows_keys and refund.submitted_at is not None and now - refund.submitted_at < life


def _claim(refund: Refund, now: datetime) -> bool:
    """Say that it is being sent, committed before anything is said to the provider; False when another was faster."""
    with transaction.atomic(durable=True):
        try:
            move_refund(refund, RefundState.SUBMITTED, submitted_at=now, next_check_at=now + STUCK_AFTER, now=now)
        except WrongRefundState:
            return False
        return True


def _send(refund: Refund, now: datetime) -> Answer:
    try:
        provider = get_provider(refund.payment.provider)
    except NotConfigured:
        return Manual()
    try:
        return ask(provider.name, lambda: provider.refund(refund, now=now))
    except NotReached as error:
        return Unclear(str(error))
    except Exception:
        logger.exception("provider failed", extra={"fields": {"refund": refund.public_id}})
        return Unclear("fault of ours")


def _note(refund: Refund, answer: Answer, now: datetime) -> None:
    with transaction.atomic():
        refund = lock_refund(refund.pk)
        if refund.state != RefundState.SUBMITTED:
            return
        if isinstance(answer, Refunded):
            succeed_refund(refund, provider_ref=answer.provider_ref or None, now=now)
        elif isinstance(answer, RefundPending):
            move_refund(refund, RefundState.PENDING, provider_ref=answer.provider_ref or None, next_check_at=now + FIRST, now=now)
        elif isinstance(answer, Manual):
            move_refund(
                refund, RefundState.REQUESTED, channel=RefundChannel.MANUAL, next_check_at=None, why="by hand", approved_by=None, now=now
            )
        elif isinstance(answer, Refused) and refund.checks == 0:
            fail_refund(refund, code=answer.code, now=now)
        else:
            _note_unclear(refund, answer.code if isinstance(answer, Refused) else answer.why, now)


def _note_unclear(refund: Refund, why: str, now: datetime) -> None:
    """It may have gone out: sent once more under the same key while the provider knows it, else nobody knows. A refusal of what was sent
    before proves nothing either."""
    if _may_repeat(refund, now):
        _later(refund, now)
    else:
        move_refund(refund, RefundState.UNKNOWN, why=f"unclear: {why}", next_check_at=now + FIRST, now=now)


def _stay(refund: Refund, found: ProviderState, now: datetime) -> None:
    to = RefundState.PENDING if found.state == RefundState.PENDING else RefundState.UNKNOWN
    if to != refund.state:
        move_refund(refund, to, why=found.failure_code, provider_ref=refund.provider_ref or found.provider_ref or None, now=now)
    _later(refund, now)


def _later(refund: Refund, now: datetime) -> None:
    due = now + min(LONGEST, FIRST * (1 << min(refund.checks, 12)))
    Refund.objects.filter(pk=refund.pk, state=refund.state).update(checks=refund.checks + 1, next_check_at=due)
