"""What became of a payment: asked of its provider, judged, and booked in the ledger, all at once or not at all.

Here alone a payment leaves PENDING and UNKNOWN. An event of a provider says that it is time to ask; what stands in it is not believed.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import IntegrityError, transaction

from billing.enums import PaymentState, ProofKind
from billing.ledger import post
from billing.ledger.postings import lines_of_double, lines_of_settlement
from billing.metrics import PAYMENTS_FLAGGED
from billing.models import Payment
from billing.providers.base import NOT_FOUND, Capabilities, ProviderState
from billing.providers.table import NotConfigured, get_provider
from billing.queries.orders import find_vat_of
from billing.services.alarms import Alarm, raise_alarm
from billing.services.locations import note_location
from billing.services.payments.pace import FIRST, UNFOUND_FOR, may_submit_unfound, next_check
from billing.services.payments.proving import list_differences
from billing.services.payments.states import ASKABLE, move, note_step
from billing.services.payments.submitting import SENT_AGAIN, submit_unfound
from billing.services.reach import NotReached, ask, may_call

logger = logging.getLogger("resaka.billing")
_WORDS = frozenset({PaymentState.PENDING, PaymentState.UNKNOWN, PaymentState.SUCCEEDED, PaymentState.FAILED, PaymentState.EXPIRED})
_NOTHING_KNOWN = Capabilities(frozenset(), "NONE", recurring=False, needs_msisdn=False, repeatable=False, finds_by_reference=False)


def settle_payment(*, payment_id: int, now: datetime) -> Payment:
    """Ask the provider how a payment stands, and take it there; the payment as it stands then. Asked any number of times, in any order and
    by several at once, it is booked once. A provider that cannot be asked changes nothing but the time of the next look.

    Raises:
        billing.ledger errors other than those that asking again mends: a fault of ours, and nothing is booked.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.state not in ASKABLE:
        return payment
    found = _fetch(payment, now)
    if found is None:
        Payment.objects.filter(pk=payment_id, state=payment.state, next_check_at__isnull=False).update(
            next_check_at=max(next_check(payment, now=now), now + FIRST)
        )
        return payment
    settled = settle_as_found(payment_id=payment_id, found=found, now=now)
    if found.failure_code == NOT_FOUND and settled.state == PaymentState.UNKNOWN:
        _follow_unfound(settled, now)
    return settled


def _follow_unfound(payment: Payment, now: datetime) -> None:
    """Twice not found, three minutes apart: it never came there, so it is sent once more if the provider's manners allow."""
    told = dict(payment.steps.filter(why__in=(NOT_FOUND, SENT_AGAIN)).order_by("-at").values_list("why", "at"))
    if SENT_AGAIN in told or not may_submit_unfound(payment, now=now):
        return
    if NOT_FOUND not in told:
        with transaction.atomic():
            note_step(payment, before=payment.state, why=NOT_FOUND, now=now)
    elif now - told[NOT_FOUND] >= UNFOUND_FOR:
        submit_unfound(payment=payment, now=now)


def settle_as_found(*, payment_id: int, found: ProviderState, now: datetime) -> Payment:
    """As `settle_payment`, with what was found by asking or in a statement. Never from the body of an event."""
    try:
        with transaction.atomic():
            return _apply(_lock(payment_id), found, now)
    except IntegrityError:
        # Another payment took the same name of the provider between our look and our writing: then it is this one that is wrong.
        with transaction.atomic():
            payment = _lock(payment_id)
            if not _differs(payment, found):
                raise
            return _apply(payment, found, now)


def _fetch(payment: Payment, now: datetime) -> ProviderState | None:
    """None while nobody can be asked: no keys, or no answer. Whether it can be named there is the provider's to say."""
    if not may_call(payment.provider):
        return None
    try:
        provider = get_provider(payment.provider)
        return ask(payment.provider, lambda: provider.fetch(payment, now=now))
    except (NotConfigured, NotReached):
        return None


def _lock(payment_id: int) -> Payment:
    """The payment, locked with those for the same subject, in the order of their ids: of two that succeed in one instant one is second."""
    subject = Payment.objects.values_list("subject_key", flat=True).get(pk=payment_id)
    rows = Payment.objects.select_for_update().filter(subject_key=subject).order_by("pk")
    return next(one for one in rows if one.pk == payment_id)


def _apply(payment: Payment, found: ProviderState, now: datetime) -> Payment:
    if payment.state not in ASKABLE:  # it succeeded meanwhile, or its provider has not answered our telling yet
        return payment
    if found.state == PaymentState.SUCCEEDED:
        _succeed(payment, found, now)
    elif payment.state in (PaymentState.PENDING, PaymentState.UNKNOWN):
        _follow(payment, found, now)
    return payment


def _follow(payment: Payment, found: ProviderState, now: datetime) -> None:
    """Not paid, not yet, or nobody knows. Where the provider's answer fits no table nobody knows, and somebody looks."""
    to = PaymentState(found.state) if found.state in _WORDS else PaymentState.UNKNOWN
    if to == PaymentState.UNKNOWN and found.failure_code not in ("", NOT_FOUND):
        raise_alarm(alarm=Alarm.PAYMENT_FLAGGED, ref=payment.our_reference, once=f"word:{payment.our_reference}", now=now)
    if to in (PaymentState.FAILED, PaymentState.EXPIRED):
        move(payment, to, why=found.failure_code, failure_code=found.failure_code[:48], settled_at=now, now=now)
        return
    payment.checks += 1
    due = next_check(payment, now=now)
    if to == payment.state:
        Payment.objects.filter(pk=payment.pk).update(checks=payment.checks, next_check_at=due)
        payment.next_check_at = due
    else:
        move(payment, to, why=found.failure_code or found.state[:40], checks=payment.checks, next_check_at=due, now=now)


def _succeed(payment: Payment, found: ProviderState, now: datetime) -> None:
    if differences := _differs(payment, found):
        _flag(payment, differences, now)
        return
    is_double = _is_paid_already(payment)
    lines = lines_of_double(payment) if is_double else lines_of_settlement(payment, find_vat_of(subject_key=payment.subject_key))
    post(key=f"payment:{payment.pk}:settle", kind="PAYMENT", lines=lines, now=now)
    note_location(payment=payment, kind=ProofKind.CARD, country=str(found.raw.get("payer_country") or ""), now=now)
    move(
        payment,
        PaymentState.SUCCEEDED,
        settled_at=now,
        provider_ref=payment.provider_ref or found.provider_ref or None,
        settle_ref=found.settle_ref or None,
        failure_code="",
        flag="",
        is_double=is_double,
        now=now,
    )


def _is_paid_already(payment: Payment) -> bool:
    paid = Payment.objects.filter(subject_key=payment.subject_key, state=PaymentState.SUCCEEDED)
    return paid.exclude(pk=payment.pk).exists()


def _differs(payment: Payment, found: ProviderState) -> list[str]:
    try:
        can = get_provider(payment.provider).capabilities()
    except NotConfigured:  # a statement of a provider that this house no longer uses
        can = _NOTHING_KNOWN
    return list_differences(payment, found, can)


def _flag(payment: Payment, differences: list[str], now: datetime) -> None:
    """No credit, the state kept, and somebody of the team is woken; what the provider holds then shows in its statement."""
    flag = ",".join(differences)[:48]
    payment.checks += 1
    due = next_check(payment, now=now) if payment.next_check_at else None
    Payment.objects.filter(pk=payment.pk).update(flag=flag, checks=payment.checks, next_check_at=due)
    if payment.flag != flag:
        note_step(payment, before=payment.state, why=f"differs: {flag}", now=now)
        raise_alarm(alarm=Alarm.PAYMENT_FLAGGED, ref=payment.our_reference, once=f"{payment.our_reference}:{flag}", now=now)
        logger.error("payment differs", extra={"fields": {"payment": payment.our_reference, "what": flag}})
    payment.flag, payment.next_check_at = flag, due
    for code in differences:
        PAYMENTS_FLAGGED.labels(code).inc()
