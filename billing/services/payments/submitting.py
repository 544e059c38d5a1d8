"""A payment is sent to its provider: the row says so before anything is said, and the call holds no transaction.

Twice told is once done: who finds the payment in another state than CREATED does nothing. A worker that dies during the call leaves
SUBMITTED behind, and the janitor sees to it.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from billing.enums import PaymentState
from billing.models import Payment
from billing.providers.base import PushSent, Redirect, Refused, Unclear, seal_text
from billing.providers.table import NotConfigured, get_provider
from billing.services.alarms import Alarm, raise_alarm
from billing.services.payments.pace import FIRST, MANNERS, STUCK_AFTER, Again, may_submit_again, next_check
from billing.services.payments.states import move, note_step
from billing.services.reach import NotReached, ask, may_call

logger = logging.getLogger("resaka.billing")
Answer = Redirect | PushSent | Refused | Unclear
# What the story of a payment says then.
SENT_AGAIN = "sent again"


def submit_payment(*, payment_id: int, now: datetime) -> Payment:
    """Tell the provider of a payment, if nobody has; the payment as it stands then. While the provider is silent nothing is sent, and the
    payment waits in CREATED until it may be or its time is over."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.state != PaymentState.CREATED or now >= payment.expires_at or not may_call(payment.provider):
        return payment
    with transaction.atomic(durable=True):
        sent = move(payment, PaymentState.SUBMITTED, submitted_at=now, next_check_at=now + STUCK_AFTER, now=now)
    if sent:
        _tell(payment, now)
    return Payment.objects.get(pk=payment_id)


def submit_again(*, payment: Payment, now: datetime) -> None:
    """Tell the provider once more of a payment of which it is not known whether it heard the first time, as far as its manners allow;
    else from now on nobody knows. `payment` is SUBMITTED and its time to answer is over; the caller claimed it."""
    if not may_submit_again(payment, now=now):
        with transaction.atomic():
            move(payment, PaymentState.UNKNOWN, why="no answer", next_check_at=next_check(payment, now=now), now=now)
        return
    if not may_call(payment.provider):
        return
    with transaction.atomic(durable=True):
        again = {"attempt": F("attempt") + 1} if MANNERS[payment.provider].again == Again.NEW_ATTEMPT else {"checks": F("checks") + 1}
        Payment.objects.filter(pk=payment.pk, state=PaymentState.SUBMITTED).update(**again)
        payment.refresh_from_db()
        note_step(payment, before=payment.state, why=SENT_AGAIN, now=now)
    _tell(payment, now)


def submit_unfound(*, payment: Payment, now: datetime) -> None:
    """Tell once more, under the same name, a provider that says that it knows nothing of the payment (Airtel)."""
    with transaction.atomic(durable=True):
        note_step(payment, before=payment.state, why=SENT_AGAIN, now=now)
    answer = _start(payment, now)
    if isinstance(answer, Redirect | PushSent):
        with transaction.atomic():
            _keep_names(payment, answer, now)


def _tell(payment: Payment, now: datetime) -> None:
    answer = _start(payment, now)
    try:
        with transaction.atomic():
            _note(payment, answer, now)
    except IntegrityError:  # the provider gave a name that another payment bears
        with transaction.atomic():
            payment.refresh_from_db()
            move(payment, PaymentState.UNKNOWN, why="name taken", flag="REFERENCE", next_check_at=next_check(payment, now=now), now=now)
            raise_alarm(alarm=Alarm.PAYMENT_FLAGGED, ref=payment.our_reference, now=now)


def _start(payment: Payment, now: datetime) -> Answer:
    """What the provider answers. Whatever goes wrong in between leaves it unclear whether it heard."""
    try:
        provider = get_provider(payment.provider)
    except NotConfigured:
        return Refused("NOT_CONFIGURED", alert=True)
    try:
        return ask(payment.provider, lambda: provider.start(payment, now=now))
    except NotReached as error:
        return Unclear(str(error))
    except Exception:
        logger.exception("provider failed", extra={"fields": {"payment": payment.our_reference}})
        return Unclear("fault of ours")


def _note(payment: Payment, answer: Answer, now: datetime) -> None:
    if isinstance(answer, Refused):
        _note_refusal(payment, answer, now)
    elif isinstance(answer, Unclear):
        _note_unclear(payment, answer, now)
    else:
        payment.checks = 0
        due = next_check(payment, now=now)
        if not move(payment, PaymentState.PENDING, now=now, checks=0, next_check_at=due, **_names_of(payment, answer)):
            _keep_names(payment, answer, now)


def _note_refusal(payment: Payment, answer: Refused, now: datetime) -> None:
    """A refusal proves that nothing was processed, unless the same was sent before and may have been."""
    is_proof = payment.checks == 0 or MANNERS[payment.provider].again == Again.NEW_ATTEMPT
    if is_proof:
        move(payment, PaymentState.FAILED, why=answer.code, failure_code=answer.code[:48], now=now)
    else:
        move(payment, PaymentState.UNKNOWN, why=answer.code, next_check_at=next_check(payment, now=now), now=now)
    if answer.alert:
        raise_alarm(alarm=Alarm.PROVIDER_DOWN, ref=payment.provider, once=f"{payment.provider}:{answer.code}:{now:%Y-%m-%d}", now=now)


def _note_unclear(payment: Payment, answer: Unclear, now: datetime) -> None:
    if may_submit_again(payment, now=now):
        due = now + FIRST * (1 << min(payment.checks + payment.attempt - 1, 6))
        Payment.objects.filter(pk=payment.pk, state=PaymentState.SUBMITTED).update(next_check_at=due)
        note_step(payment, before=payment.state, why=f"unclear: {answer.why}", now=now)
    else:
        payment.checks = 0
        due = next_check(payment, now=now)
        move(payment, PaymentState.UNKNOWN, why=f"unclear: {answer.why}", checks=0, next_check_at=due, now=now)


def _names_of(payment: Payment, answer: Redirect | PushSent) -> dict[str, Any]:
    """What the provider gave, in the columns where it is kept."""
    url = answer.url if isinstance(answer, Redirect) else ""
    return {
        "provider_ref": answer.provider_ref or payment.provider_ref,
        "redirect_url": seal_text(payment, "redirect_url", url),
        "provider_secret": seal_text(payment, "provider_secret", answer.secret) or payment.provider_secret,
    }


def _keep_names(payment: Payment, answer: Redirect | PushSent, now: datetime) -> None:
    """The answer came after the payment had been given up as unclear: with its name it can be asked for."""
    late = Payment.objects.filter(pk=payment.pk, state=PaymentState.UNKNOWN, provider_ref__isnull=True)
    late.update(**{**_names_of(payment, answer), "next_check_at": now})
