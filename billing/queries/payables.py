"""What somebody may be about to pay: the one table from the address of the page of methods to the thing itself.

Whoever sells something writes a function `(user, ref, now) -> Payable` that raises `NotPayable` for what is not this person's or is not to
be paid (any more), adds one line to `_DOORS`, and sends the payer to `{% url "billing:pay" kind ref %}`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from accounts.models import User
from billing.models import Payment
from billing.queries.orders import find_payable_order
from billing.queries.payable import NotPayable, Payable
from billing.queries.topups import find_payable_topup

__all__ = ["NotPayable", "Payable", "find_address", "get_payable"]

Door = Callable[[User, str, datetime], Payable]

# kind in the address -> who knows it
_DOORS: dict[str, Door] = {
    "plan": find_payable_order,
    "topup": find_payable_topup,
}
# first word of a subject's key -> kind in the address, for whoever has to pay again
_KINDS = {"plan_order": "plan", "topup": "topup"}


def find_address(payment: Payment) -> tuple[str, str] | None:
    """Where what this payment was for can be paid, as (kind, ref); None where it has no page of methods."""
    word, _colon, ref = payment.subject_key.partition(":")
    kind = _KINDS.get(word, "")
    return (kind, ref) if kind in _DOORS and ref else None


def get_payable(*, user: User, kind: str, ref: str, now: datetime) -> Payable:
    """What is to be paid at `/money/pay/<kind>/<ref>/`.

    Raises:
        NotPayable.
    """
    if kind not in _DOORS:
        raise NotPayable(kind)
    return _DOORS[kind](user, ref, now)
