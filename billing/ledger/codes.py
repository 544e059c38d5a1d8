"""The code of an account says all about it: what it is for, whose it is, its currency, the side on which it grows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from billing.enums import AccountKind, NormalSide
from core.money import EXPONENTS, POINTS

LONGEST, LONGEST_OWNER = 80, 64
_WORD = re.compile(r"[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)*")

# The side on which each kind grows, and whether it may go below nothing. What belongs to somebody never may; what is owed to a partner
# may, because money that was taken back is made good from what they earn next.
_NATURE: dict[AccountKind, tuple[NormalSide, bool]] = {
    AccountKind.WALLET: (NormalSide.CREDIT, False),
    AccountKind.PROMO: (NormalSide.CREDIT, False),
    AccountKind.CLEARING: (NormalSide.DEBIT, True),
    AccountKind.BANK: (NormalSide.DEBIT, True),
    AccountKind.FEES: (NormalSide.DEBIT, True),
    AccountKind.REVENUE: (NormalSide.CREDIT, True),
    AccountKind.VAT: (NormalSide.CREDIT, True),
    AccountKind.PAYABLE: (NormalSide.CREDIT, True),
    AccountKind.PAYABLE_PENDING: (NormalSide.CREDIT, False),
    AccountKind.DISPUTE: (NormalSide.DEBIT, True),
    AccountKind.SUSPENSE: (NormalSide.CREDIT, True),
    AccountKind.EXPENSE: (NormalSide.DEBIT, True),
    AccountKind.PREPAID: (NormalSide.CREDIT, False),
    AccountKind.RECEIVABLE: (NormalSide.DEBIT, True),
    AccountKind.DIRECT: (NormalSide.DEBIT, True),
    AccountKind.DIRECT_CONTRA: (NormalSide.CREDIT, True),
    AccountKind.FX: (NormalSide.CREDIT, True),
    AccountKind.POINTS: (NormalSide.CREDIT, False),
    AccountKind.POINTS_ISSUED: (NormalSide.DEBIT, True),
}
# By its first word, letter for letter: `"ſuspense".upper()` is SUSPENSE too, and would be a second account of the same sort.
_KINDS = {kind.value.lower(): kind for kind in AccountKind}
# Kinds whose middle words name whom the money belongs to or is owed by.
_OWNED = {
    *(AccountKind.WALLET, AccountKind.PROMO, AccountKind.PAYABLE, AccountKind.PAYABLE_PENDING, AccountKind.PREPAID),
    *(AccountKind.RECEIVABLE, AccountKind.DIRECT, AccountKind.DIRECT_CONTRA),
}


class UnknownAccount(LookupError):
    """No account can have this code."""


@dataclass(frozen=True, slots=True)
class Nature:
    """What a code says."""

    code: str
    kind: AccountKind
    currency: str
    normal: NormalSide
    allow_negative: bool
    owner_key: str | None


def read_code(code: str) -> Nature:
    """What `code` says: `wallet:<user>:MGA`, `clearing:MVOLA:MGA`, `fx:EUR`, `points:<programme>:<user>`. A middle may have colons.

    Raises:
        UnknownAccount: an unknown kind or currency, a missing, odd or too long part.
    """
    word, _colon, rest = code.partition(":")
    kind = _KINDS.get(word)
    if kind is None or len(code) > LONGEST or not _WORD.fullmatch(rest):
        raise UnknownAccount(code[:LONGEST])
    if kind in (AccountKind.POINTS, AccountKind.POINTS_ISSUED):
        return _of_points(code, kind, rest)
    middle, _colon, currency = rest.rpartition(":")
    if currency not in EXPONENTS or currency == POINTS or bool(middle) == (kind == AccountKind.FX):
        raise UnknownAccount(code)
    return _nature(code, kind, currency, middle if kind in _OWNED else None)


def _of_points(code: str, kind: AccountKind, rest: str) -> Nature:
    """Points have one currency, so their codes end with a person or with the programme."""
    programme, _colon, user = rest.rpartition(":")
    if bool(programme) != (kind == AccountKind.POINTS):
        raise UnknownAccount(code)
    return _nature(code, kind, POINTS, user if kind == AccountKind.POINTS else None)


def _nature(code: str, kind: AccountKind, currency: str, owner: str | None) -> Nature:
    if owner is not None and len(owner) > LONGEST_OWNER:
        raise UnknownAccount(code)
    normal, allow_negative = _NATURE[kind]
    return Nature(code, kind, currency, normal, allow_negative, owner)
