"""A person's wallet as its owner sees it: balance, limits, given credit, and everything that moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from accounts.models import User
from billing.enums import WalletAct
from billing.models import LedgerAccount, LedgerEntry, PromoGrant, Wallet
from billing.queries.credits import DAY, LIMITS, currency_of, paid_code, promo_code
from core.money import Money

PAGE = 25
_EXPORT_PAGE = 500
SPENDS = (WalletAct.SPEND, WalletAct.TIP)
# What the history can be narrowed to.
FILTERS = ("in", "out", "given")


@dataclass(frozen=True, slots=True)
class WalletView:
    """A wallet now. `free` is what may be spent of the paid credit, `held` what is kept aside of it, `given` what was given and has not
    ended; `left` is what may still be spent within the 24 hours that run."""

    wallet: Wallet
    free: Money
    held: Money
    given: Money
    grants: list[PromoGrant]
    limit: Money
    left: Money
    is_paused: bool
    # A higher limit that will hold later.
    raised: Money | None

    @property
    def total(self) -> Money:
        """All that may be spent."""
        return self.free + self.given


@dataclass(frozen=True, slots=True)
class Line:
    """One movement. `after` is the balance of its own account; `subject` what was paid (`room:<id>`), `act` a word of WalletAct, TOPUP
    or REFUND."""

    pk: int
    at: datetime
    act: str
    money: Money
    after: Money
    is_given: bool
    key: str

    @property
    def is_in(self) -> bool:
        """Whether it made the wallet fuller."""
        return self.money.amount_minor > 0

    @property
    def is_spend(self) -> bool:
        """Whether its owner paid something by it."""
        return self.act in SPENDS and not self.is_in


@dataclass(frozen=True, slots=True)
class History:
    """A page of movements, newest first; `before` names the next one (None: the list ends here)."""

    lines: list[Line]
    before: int | None


def find_wallet(*, user: User) -> Wallet:
    """The wallet of a person, or the one that would be opened for them, which is not stored yet."""
    found = Wallet.objects.filter(user=user).first()
    return found or Wallet(user=user, currency=currency_of(user))


def view_wallet(*, user: User, now: datetime) -> WalletView:
    """A wallet as its page shows it. Five queries."""
    wallet = find_wallet(user=user)
    rows = {row.code: row for row in _accounts(wallet)}
    paid = rows.get(paid_code(wallet.user_id, wallet.currency))
    lots = PromoGrant.objects.filter(user=user, currency=wallet.currency, left_minor__gt=0, expires_at__gt=now)
    grants = list(lots.order_by("expires_at", "pk")[:100])
    limit = daily_limit(wallet, now)
    spent = spent_since([row.pk for row in rows.values()], now - DAY)
    return WalletView(
        wallet=wallet,
        free=_money(paid.posted - paid.held if paid else 0, wallet),
        held=_money(paid.held if paid else 0, wallet),
        given=_money(sum(lot.left_minor for lot in grants), wallet),
        grants=grants,
        limit=limit,
        left=_money(max(0, limit.amount_minor - spent), wallet),
        is_paused=wallet.is_paused(now),
        raised=_raised(wallet, now),
    )


def daily_limit(wallet: Wallet, now: datetime) -> Money:
    """What this person may spend in 24 hours, as it holds now."""
    own = wallet.limit_at(now)
    return LIMITS[wallet.currency].day if own is None else Money(own, wallet.currency)


def spent_since(accounts: list[int], since: datetime, acts: tuple[WalletAct, ...] = SPENDS) -> int:
    """What left these accounts by spending after a moment, in minor units; what came back since does not make room again."""
    rows = LedgerEntry.objects.filter(account_id__in=accounts, amount__lt=0, transaction__kind__in=acts)
    return -int(rows.filter(transaction__created_at__gt=since).aggregate(sum=Sum("amount"))["sum"] or 0)


def list_history(*, user: User, only: str = "", before: int | None = None) -> History:
    """What moved in a wallet, newest first, 25 lines; `only` is one of FILTERS, `before` the number after which to go on."""
    rows = list(_entries(find_wallet(user=user), only, before)[: PAGE + 1])
    return History([_line(row) for row in rows[:PAGE]], rows[PAGE - 1].pk if len(rows) > PAGE else None)


def read_history(*, user: User, only: str = "") -> Iterator[Line]:
    """Everything that moved in a wallet, newest first, read a piece at a time however long it is."""
    wallet, before = find_wallet(user=user), None
    while rows := list(_entries(wallet, only, before)[:_EXPORT_PAGE]):
        yield from (_line(row) for row in rows)
        before = rows[-1].pk


def account_ids(wallet: Wallet) -> list[int]:
    """The ledger accounts of a wallet that exist already."""
    return [row.pk for row in _accounts(wallet)]


def free_paid(wallet: Wallet) -> int:
    """What of the paid credit is neither spent nor held, in minor units."""
    code = paid_code(wallet.user_id, wallet.currency)
    return sum(row.posted - row.held for row in _accounts(wallet) if row.code == code)


def posted_total(wallet: Wallet) -> int:
    """Everything that lies in a wallet, held and given credit included, in minor units."""
    return sum(row.posted for row in _accounts(wallet))


def _accounts(wallet: Wallet) -> list[LedgerAccount]:
    codes = [paid_code(wallet.user_id, wallet.currency), promo_code(wallet.user_id, wallet.currency)]
    return list(LedgerAccount.objects.filter(code__in=codes))


def _entries(wallet: Wallet, only: str, before: int | None) -> QuerySet[LedgerEntry]:
    """By number, which is the order of writing: a page stays where it is when something moves meanwhile."""
    accounts = {row.pk: row for row in _accounts(wallet)}
    given = [pk for pk, row in accounts.items() if row.code == promo_code(wallet.user_id, wallet.currency)]
    rows = LedgerEntry.objects.filter(account_id__in=given if only == "given" else list(accounts))
    if only in ("in", "out"):
        rows = rows.filter(Q(amount__gt=0) if only == "in" else Q(amount__lt=0))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return rows.select_related("transaction", "account").order_by("-pk")


def _line(row: LedgerEntry) -> Line:
    currency, kind = row.account.currency, row.transaction.kind
    act = kind if kind in WalletAct.values else "TOPUP" if row.amount > 0 else "REFUND"
    return Line(
        pk=row.pk,
        at=row.transaction.created_at,
        act=act,
        money=Money(row.amount, currency),
        after=Money(row.balance_after, currency),
        is_given=row.account.code.startswith("promo:"),
        key=row.transaction.key,
    )


def _raised(wallet: Wallet, now: datetime) -> Money | None:
    if wallet.next_limit_at is None or wallet.next_limit_minor is None or wallet.next_limit_at <= now:
        return None
    return _money(wallet.next_limit_minor, wallet)


def _money(amount_minor: int, wallet: Wallet) -> Money:
    return Money(amount_minor, wallet.currency)
