"""What somebody may be about to pay: the one table from the address of the page of methods to the thing itself.

Whoever sells something writes a function `(user, ref, now) -> Payable` that raises `NotPayable` for what is not this person's or is not to
be paid (any more), adds one line to `_DOORS`, and sends the payer to `{% url "billing:pay" kind ref %}`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from core.money import Money


class NotPayable(LookupError):
    """Nothing that this person can pay now: unknown, another's, paid, or past its time."""


@dataclass(frozen=True, slots=True)
class Payable:
    """One thing at its price, as the page of methods shows it. `subject_key` names it among all that is sold; it is paid once. `back` is
    the page from which the payer came, `done` the one they want to see when it is paid."""

    purpose: str
    subject_key: str
    money: Money
    title: str
    back: str
    done: str


Door = Callable[[User, str, datetime], Payable]

# kind in the address -> who knows it
_DOORS: dict[str, Door] = {}


def get_payable(*, user: User, kind: str, ref: str, now: datetime) -> Payable:
    """What is to be paid at `/money/pay/<kind>/<ref>/`.

    Raises:
        NotPayable.
    """
    if kind not in _DOORS:
        raise NotPayable(kind)
    return _DOORS[kind](user, ref, now)
