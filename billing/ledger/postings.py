"""What money does in the ledger, as lines: (account, minor units; credit positive, debit negative). The names of accounts are made here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from billing.enums import Purpose
from billing.models import Payment
from billing.queries.credits import paid_code
from core.money import Money

Line = tuple[str, int]
# Which revenue a purpose is. An order and a booking are somebody else's money: they come with the merchants.
_REVENUE = {Purpose.SUBSCRIPTION: "subscription", Purpose.PARTNER_PLAN: "partner_plan", Purpose.AD_CAMPAIGN: "ads"}


class Vat(Protocol):
    """The tax within a price, as it was frozen when the price was agreed."""

    @property
    def vat(self) -> Money: ...

    @property
    def country(self) -> str: ...


class WithoutPayer(ValueError):
    """A wallet is filled for somebody, and this payment's payer is gone."""


def is_bookable(purpose: str) -> bool:
    """Whether a payment of this purpose has its lines."""
    return purpose in _REVENUE or purpose == Purpose.WALLET_TOPUP


def clearing_of(provider: str, currency: str) -> str:
    """The account of what a provider holds for us."""
    return f"clearing:{provider}:{currency}"


def wallet_of(payment: Payment) -> str:
    """The account of the payer's wallet.

    Raises:
        WithoutPayer.
    """
    if payment.payer_id is None:
        raise WithoutPayer(payment.our_reference)
    return paid_code(payment.payer_id, payment.currency)


def lines_of_double(payment: Payment) -> list[Line]:
    """The provider holds a sum that is to go back: the same had been paid before."""
    whole, held = payment.amount_minor, f"suspense:{payment.provider}:{payment.currency}"
    return [(clearing_of(payment.provider, payment.currency), -whole), (held, whole)]


def lines_of_settlement(payment: Payment, vat: Vat | None) -> list[Line]:
    """The provider holds the whole sum for us; of it the tax is the state's, and the rest the wallet's or ours.

    Raises:
        WithoutPayer.
    """
    whole = payment.amount_minor
    lines = [(clearing_of(payment.provider, payment.currency), -whole)]
    if payment.purpose == Purpose.WALLET_TOPUP:
        return [*lines, (wallet_of(payment), whole)]
    tax = vat.vat.amount_minor if vat else 0
    lines.append((f"revenue:{_REVENUE[Purpose(payment.purpose)]}:{payment.currency}", whole - tax))
    if vat and tax:
        lines.append((f"vat:{vat.country}:{payment.currency}", tax))
    return [line for line in lines if line[1]]


def lines_of_refund(settled: Sequence[Line], *, before: int, amount: int) -> list[Line]:
    """The lines of a settlement turned round in proportion, when `before` had gone back already and `amount` goes now.

    Parts are rounded half up over the sum of all refunds so far, the first credited account takes the rest: when all has gone back, each
    account stands where it stood.
    """
    (clearing, whole), credited = settled[0], settled[1:]
    taken = [(code, _share(part, before + amount, -whole) - _share(part, before, -whole)) for code, part in credited[1:]]
    rest = amount - sum(part for _code, part in taken)
    lines = [(clearing, amount), (credited[0][0], -rest), *((code, -part) for code, part in taken)]
    return [line for line in lines if line[1]]


def _share(part: int, of: int, whole: int) -> int:
    return (2 * part * of + whole) // (2 * whole)


def lines_of_dispute(*, provider: str, money: Money, step: str) -> list[Line]:
    """The bank takes the money (`withdrawn`), gives it back (`won`), or it is lost (`lost`)."""
    disputed, amount = f"dispute:{provider}:{money.currency}", money.amount_minor
    clearing = clearing_of(provider, money.currency)
    return {
        "withdrawn": [(disputed, -amount), (clearing, amount)],
        "won": [(disputed, amount), (clearing, -amount)],
        "lost": [(f"expense:dispute:{money.currency}", -amount), (disputed, amount)],
    }[step]
