"""Payments as they stand in our books, and the files in which operators tell of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import User
from billing.enums import PaymentState, Provider, Purpose, RefundChannel, RefundReason, RefundState
from billing.ledger import get_balance, post
from billing.ledger.postings import lines_of_settlement
from billing.models import Payment, Refund, Statement
from billing.providers.base import seal_text
from billing.services.reconciliation.comparing import reconcile_statement
from billing.services.reconciliation.importing import confirm_statement, upload_file
from core.clock import to_wire
from core.ids import new_public_id

DAY = date(2026, 11, 24)
TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LATER = TEN + timedelta(days=2)
MSISDN = "+261340000003"
HEAD = "Date;Transaction;Reference;Type;Msisdn;Amount;Fee;Currency"


def make_payment(
    payer: User,
    *,
    state: str = PaymentState.UNKNOWN,
    provider: str = Provider.MVOLA,
    amount: int = 5000,
    currency: str = "MGA",
    msisdn: str = MSISDN,
    at: datetime = TEN,
    **fields: Any,
) -> Payment:
    """A payment of that state, told to its provider at `at`; one that succeeded stands in the ledger."""
    payment = Payment(
        payer=payer,
        purpose=Purpose.WALLET_TOPUP,
        subject_key=f"topup:{new_public_id()}",
        amount_minor=amount,
        currency=currency,
        provider=provider,
        state=state,
        client_key=uuid.uuid4(),
        created_at=at,
        submitted_at=None if state == PaymentState.CREATED else at,
        settled_at=at + timedelta(minutes=1) if state == PaymentState.SUCCEEDED else None,
        expires_at=at + timedelta(minutes=15),
        **fields,
    )
    payment.payer_msisdn = seal_text(payment, "payer_msisdn", msisdn)
    payment.save(force_insert=True)
    if state == PaymentState.SUCCEEDED:
        post(key=f"payment:{payment.pk}:settle", kind="PAYMENT", lines=lines_of_settlement(payment, None), now=at + timedelta(minutes=1))
    return payment


def make_refund(payment: Payment, *, amount: int, state: str = RefundState.SUCCEEDED, **fields: Any) -> Refund:
    """A refund of that state; one that succeeded stands in the ledger."""
    refund = Refund.objects.create(
        payment=payment,
        amount_minor=amount,
        reason=RefundReason.GOODWILL,
        channel=RefundChannel.PROVIDER,
        state=state,
        created_at=TEN,
        submitted_at=TEN,
        settled_at=TEN if state == RefundState.SUCCEEDED else None,
        **fields,
    )
    if state == RefundState.SUCCEEDED:
        wallet, clearing = f"wallet:{payment.payer_id}:{payment.currency}", f"clearing:{payment.provider}:{payment.currency}"
        post(key=f"refund:{refund.pk}:settle", kind="REFUND", lines=[(wallet, -amount), (clearing, amount)], now=TEN)
    return refund


def line(
    transaction: str,
    amount: int | str = 5000,
    *,
    kind: str = "PAYMENT",
    at: datetime = TEN,
    ref: str = "",
    msisdn: str = "0340000003",
    fee: int | str = 0,
    currency: str = "MGA",
) -> str:
    """One line of an operator's file."""
    return f"{to_wire(at)};{transaction};{ref};{kind};{msisdn};{amount};{fee};{currency}"


def file_of(lines: Iterable[str], head: str = HEAD) -> bytes:
    """The file."""
    return "\r\n".join([head, *lines, ""]).encode()


def bring(naly: User, hery: User, *lines: str, day: date = DAY, provider: str = Provider.MVOLA, now: datetime = LATER) -> Statement:
    """A file of these lines, brought by one, confirmed by another, and compared."""
    statement = upload_file(provider=provider, day=day, data=file_of(lines), by=naly, now=now)
    confirm_statement(statement=statement, by=hery, now=now)
    reconcile_statement(statement_id=statement.pk, now=now)
    statement.refresh_from_db()
    return statement


def balances(*codes: str) -> tuple[int, ...]:
    """What these accounts have, as each counts it."""
    return tuple(get_balance(code).posted.amount_minor for code in codes)


def holds() -> int:
    """What MVola holds for us in our books."""
    return balances("clearing:MVOLA:MGA")[0]


def suspended() -> int:
    """What of it nobody has explained."""
    return balances("suspense:MVOLA:MGA")[0]
