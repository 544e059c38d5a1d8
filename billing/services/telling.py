"""What the payer is told of their money, and the team of what needs a person."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from billing.enums import PaymentState, RefundState
from billing.models import Payment, Refund
from billing.services.alarms import Alarm, raise_alarm
from notifications.enums import NoticeKind
from notifications.services.notices import Subject, notify


def tell_unknown(*, payment_id: int, now: datetime) -> None:
    """Nobody knows yet whether it was paid: do not pay again. Told once for each payment, and not of what is decided meanwhile."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.state == PaymentState.UNKNOWN:
        _tell(payment, NoticeKind.PAYMENT_UNKNOWN, {"ref": payment.our_reference}, now)


def tell_decided(*, payment_id: int, now: datetime) -> None:
    """What came of a payment that was unknown for a while; of the others the page has said it."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.steps.filter(to_state=PaymentState.UNKNOWN).exists():
        paid = payment.state == PaymentState.SUCCEEDED
        _tell(payment, NoticeKind.PAYMENT_DECIDED, {"ref": payment.our_reference, "paid": paid}, now)


def tell_refund(*, refund_id: int, now: datetime) -> None:
    """The payer hears of money that went back, the team of money that did not."""
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state == RefundState.SUCCEEDED:
        args = {"ref": refund.payment.our_reference, "amount": refund.amount_minor, "currency": refund.payment.currency}
        _tell(refund.payment, NoticeKind.REFUND_SENT, args, now, once=refund.public_id)
    elif refund.failure_code != "REJECTED":
        path = reverse("admin:billing_payment", args=[refund.payment.public_id])
        raise_alarm(alarm=Alarm.REFUND_FAILED, ref=refund.payment.our_reference, once=refund.public_id, path=path, now=now)


def _tell(payment: Payment, kind: NoticeKind, args: dict[str, object], now: datetime, *, once: str = "") -> None:
    if payment.payer_id is None:
        return
    notify(
        user_id=payment.payer_id,
        kind=kind,
        subject=Subject("billing", "PAYMENT", payment.public_id),
        dedupe_key=f"{kind}:{once or payment.public_id}",
        group_key=f"billing:{payment.public_id}",
        args=args,
        path=reverse("billing:payment", args=[payment.public_id]),
        now=now,
    )
