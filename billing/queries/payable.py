"""One thing that somebody may be about to pay. Its doors are in billing.queries.payables."""

from __future__ import annotations

from dataclasses import dataclass

from core.money import Money


class NotPayable(LookupError):
    """Nothing that this person can pay now: unknown, another's, paid, or past its time."""


@dataclass(frozen=True, slots=True)
class Payable:
    """One thing at its price, as the page of methods shows it. `subject_key` names it among all that is sold; it is paid once. `back` is
    the page from which the payer came, `done` the one they want to see when it is paid. `only` names the providers among which it can be
    paid; empty: all of them. `kept_card`: a card that the provider keeps is asked at once, no page of theirs comes before."""

    purpose: str
    subject_key: str
    money: Money
    title: str
    back: str
    done: str
    only: tuple[str, ...] = ()
    kept_card: bool = False
