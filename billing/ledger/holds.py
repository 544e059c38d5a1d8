"""Holds, in two phases: money is kept aside, and later taken (whole or in part), set free, or free by itself when its time is over.

Money kept aside stays in `posted` and is counted in `held`; what may be spent is the difference. A hold that nobody resolved keeps its
money until the job of the minute expires it, so a capture that comes a little late still finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from billing.enums import HoldState
from billing.ledger.accounts import LockedAccount, again_on_deadlock, lock_accounts, open_accounts, write
from billing.ledger.codes import Nature, read_code
from billing.ledger.errors import AccountClosed, AlreadyResolved, InsufficientFunds, KeyConflict, NotCovered, UnknownHold
from billing.ledger.orders import Line, Order, is_key, make_order, on_side
from billing.ledger.posting import Posting, write_order
from billing.models import Hold
from core.money import LARGEST, MixedCurrencies, Money

CAPTURE = "CAPTURE"
_BATCH = 500


def place_hold(*, key: str, code: str, money: Money, expires_at: datetime, now: datetime) -> Hold:
    """Keep `money` of the account `code` aside until `expires_at`, once: the same key, account and amount give the first hold.

    Raises:
        UnknownAccount, AccountClosed.
        InsufficientFunds: the account may not be negative, and less than that is free in it.
        KeyConflict: the key holds something else.
        MixedCurrencies: the account has another currency.
        ValueError: an amount of nothing, an end that is over, or a key that is empty or too long.
    """
    nature = read_code(code)
    if nature.currency != money.currency:
        raise MixedCurrencies(f"{code} and {money.currency}")
    if not 0 < money.amount_minor <= LARGEST or expires_at <= now or not is_key(key):
        raise ValueError(f"no hold of {money} under {key!r} until {expires_at}")
    return again_on_deadlock(lambda: _place(key, nature, money, expires_at, now))


def capture_hold(*, key: str, lines: Sequence[Line], now: datetime, events: Sequence[Any] = ()) -> Posting:
    """Take held money: write `lines` (as `post` does) and set free all that was held, also what a partial capture leaves.

    The posting has the key `hold:<id>:capture`.

    Raises:
        UnknownHold, AlreadyResolved.
        NotCovered: the lines take nothing from the account of the hold, or more than was held.
        Unbalanced, UnknownAccount, AccountClosed, InsufficientFunds: as `post`.
    """
    hold = _get(key)
    order = make_order(key=f"hold:{hold.pk}:capture", kind=CAPTURE, lines=lines, now=now, events=events)
    return again_on_deadlock(lambda: _capture(hold, order))


def void_hold(*, key: str, now: datetime) -> Hold:
    """Set held money free.

    Raises:
        UnknownHold, AlreadyResolved.
    """
    hold = _get(key)
    return again_on_deadlock(lambda: _free(hold, HoldState.VOIDED))


def expire_holds(*, now: datetime) -> int:
    """Set free what was held until a time that is over, at most 500 holds; how many were."""
    expired = 0
    for hold in Hold.objects.filter(state=HoldState.PENDING, expires_at__lte=now).select_related("account").order_by("expires_at")[:_BATCH]:
        try:
            again_on_deadlock(partial(_free, hold, HoldState.EXPIRED))
        except AlreadyResolved:  # captured or voided since we looked
            continue
        expired += 1
    return expired


def _place(key: str, nature: Nature, money: Money, expires_at: datetime, now: datetime) -> Hold:
    ids = open_accounts([nature])
    try:
        with transaction.atomic():
            # before the row of the hold: its foreign key alone takes a lock on the account, which two could share and neither widen
            account = lock_accounts(ids)[nature.code]
            if Hold.objects.filter(key=key).exists():  # asked under the lock: who placed it first has committed
                return _answer_again(key, nature, money)
            _keep_aside(account, money)
            return Hold.objects.create(
                key=key, account_id=account.pk, amount_minor=money.amount_minor, expires_at=expires_at, created_at=now
            )
    except IntegrityError:
        if not Hold.objects.filter(key=key).exists():
            raise
        return _answer_again(key, nature, money)


def _keep_aside(account: LockedAccount, money: Money) -> None:
    free = account.posted - account.held
    if account.closed_at is not None:
        raise AccountClosed(account.code)
    if not account.allow_negative and free < money.amount_minor:
        raise InsufficientFunds(account.code, Money(free, account.currency))
    account.held += money.amount_minor
    write([account], [])


def _answer_again(key: str, nature: Nature, money: Money) -> Hold:
    hold = _get(key)
    if (hold.account.code, hold.amount_minor) != (nature.code, money.amount_minor):
        raise KeyConflict(key)
    return hold


def _capture(hold: Hold, order: Order) -> Posting:
    ids = open_accounts(order.natures.values())
    with transaction.atomic():
        _claim(hold)
        taken = -sum(on_side(amount, hold.account.normal) for code, amount in order.lines if code == hold.account.code)
        if not 0 < taken <= hold.amount_minor:
            raise NotCovered(f"{taken} of {hold.amount_minor} held under {hold.key}")
        row = write_order(order, ids, release=(hold.account.code, hold.amount_minor))
        _resolve(hold, HoldState.POSTED, resolved_by=row)
    return Posting(row, is_new=True)


def _free(hold: Hold, state: HoldState) -> Hold:
    with transaction.atomic():
        _claim(hold)
        account = lock_accounts({hold.account.code: hold.account_id})[hold.account.code]
        account.held -= hold.amount_minor
        write([account], [])
        _resolve(hold, state)
    return hold


def _get(key: str) -> Hold:
    try:
        return Hold.objects.select_related("account").get(key=key)
    except Hold.DoesNotExist as error:
        raise UnknownHold(key) from error


def _claim(hold: Hold) -> None:
    """Lock a hold that is pending; whoever comes second waits here and finds it resolved."""
    state = Hold.objects.select_for_update().values_list("state", flat=True).get(pk=hold.pk)
    if state != HoldState.PENDING:
        raise AlreadyResolved(hold.key, HoldState(state))


def _resolve(hold: Hold, state: HoldState, **change: Any) -> None:
    """The state of a hold changes once; the row count says so, whatever was locked."""
    if not Hold.objects.filter(pk=hold.pk, state=HoldState.PENDING).update(state=state, **change):
        raise AlreadyResolved(hold.key, HoldState(Hold.objects.get(pk=hold.pk).state))
    hold.state = state
    hold.resolved_by = change.get("resolved_by")
