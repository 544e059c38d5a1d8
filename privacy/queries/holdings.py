"""What the house holds about a person, by kind and in plain words, and what would become of it if they had it erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from billing.queries.credits import is_wallet_open
from billing.queries.invoices import count_receipts
from billing.queries.subscriptions import find_subscription
from billing.queries.wallet import find_wallet, posted_total
from core.money import Money
from moderation.queries.team import count_claimed
from privacy.enums import Clock, RequestKind
from privacy.models import RetentionRule
from privacy.queries.requests import find_open_request
from privacy.queries.rules import say_basis, say_rule

# Kinds of the matrix that are not about somebody who has an account, or say nothing of anybody.
_NOBODYS = frozenset({"OUTBOX", "AUDIT", "DELETION_LOG", "RULE_HIT", "LEGAL_REQUEST", "BREACH", "UNCONFIRMED", "CHILD_ABUSE_EVIDENCE"})


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of data: how it is called, how long it is kept, on which ground, whether it goes when its person asks, and, where that
    can be told now, until which day it would be kept after an erasure."""

    code: str
    label: str
    words: str
    basis: str
    erasable: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What an erasure asked now would do, and what stands in its way or goes with it."""

    gone: list[Holding]
    kept: list[Holding]
    exporting: bool
    cases: int
    receipts: int
    subscribed: bool
    credit: Money | None


def list_holdings(*, user: User, now: datetime) -> list[Holding]:
    """All kinds of data about people, under the law of this one, in the order of their names; one query."""
    rules: dict[str, RetentionRule] = {}
    for row in RetentionRule.objects.filter(jurisdiction__in=("", user.jurisdiction)).exclude(code__in=_NOBODYS).order_by("jurisdiction"):
        rules[row.code] = row  # the one of their own law comes last and stays
    return sorted((_holding(row, now) for row in rules.values()), key=lambda one: one.label)


def summarize_erasure(*, user: User, now: datetime) -> Summary:
    """What its person reads before they confirm; four queries, two more with a wallet and one for somebody of the team."""
    holdings = list_holdings(user=user, now=now)
    wallet = find_wallet(user=user) if is_wallet_open(user) else None
    left = posted_total(wallet) if wallet is not None else 0
    return Summary(
        gone=[one for one in holdings if one.erasable],
        kept=[one for one in holdings if not one.erasable],
        exporting=find_open_request(user=user, kind=RequestKind.EXPORT) is not None,
        cases=count_claimed(user=user, now=now) if user.is_staff else 0,
        receipts=count_receipts(user=user),
        subscribed=find_subscription(user=user) is not None,
        credit=Money(left, wallet.currency) if wallet is not None and left else None,
    )


def _holding(row: RetentionRule, now: datetime) -> Holding:
    ends_with_account = row.clock in (Clock.ENDED, Clock.OVER)
    return Holding(
        code=row.code,
        label=row.kind_label,
        words=say_rule(row),
        basis=say_basis(row.basis),
        erasable=row.erasable,
        until=now + row.keep if ends_with_account and not row.erasable else None,
    )
