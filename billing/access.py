"""The door of money: the only way from an outside id to a row."""

from __future__ import annotations

from accounts.models import User
from billing.models import Payment


class PaymentNotFound(LookupError):
    """No such payment, or not this person's."""


def get_payment_for_payer(user: User, public_id: str) -> Payment:
    """A payment of this person.

    Raises:
        PaymentNotFound.
    """
    payment = Payment.objects.filter(payer=user, public_id=public_id).first()
    if payment is None:
        raise PaymentNotFound(public_id)
    return payment
