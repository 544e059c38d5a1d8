"""A statement beside our books, line by line; each line in a transaction of its own, any number of times with one effect.

A line that proves a payment of which we knew nothing settles it. What agrees gets a Match. What does not is kept aside in the ledger, so
that the clearing account tells what the provider really holds, and stands on a list until a person has ended it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from billing.enums import GapKind, LineKind, MatchRule, PaymentState, RefundState
from billing.models import Gap, Match, Payment, Refund, Statement, StatementLine
from billing.providers.base import ProviderState
from billing.services.alarms import Alarm, raise_alarm
from billing.services.payments import settle_as_found, settle_payment
from billing.services.reconciliation.booking import book_charge, book_fee, book_payout, book_suspense, unbook_suspense
from billing.services.reconciliation.gaps import close_gaps_of, open_line_gap
from billing.services.reconciliation.lines import has_files, msisdn_of
from billing.services.reconciliation.recognising import Found, recognise
from billing.services.refunds import settle_refund, settle_refund_as_found
from core.money import Money


def reconcile_statement(*, statement_id: int, now: datetime) -> int:
    """Compare every line that has not found its place yet; how many entries of the lists it opened. The team is woken for them once.

    Call it outside of any transaction: it may ask the provider about a payment.
    """
    statement = Statement.objects.get(pk=statement_id)
    opened = sum(compare_line(line, now=now) for line in _list_unsettled(statement))
    with transaction.atomic():
        Statement.objects.filter(pk=statement_id).update(matched_at=now)
        if opened:
            path = reverse("admin:billing_gaps")
            raise_alarm(alarm=Alarm.STATEMENT_GAPS, ref=str(statement), once=statement.public_id, path=path, now=now)
    return opened


def compare_line(line: StatementLine, *, now: datetime, found: Found | None = None) -> bool:
    """Compare one line; whether it opened an entry of the lists. `found`: what a person says that it is."""
    if line.kind in (LineKind.FEE, LineKind.PAYOUT):
        with transaction.atomic():
            (book_charge if line.kind == LineKind.FEE else book_payout)(line, now=now)
            book_fee(line, now=now)
            _match(line, Found(MatchRule.PROVIDER_REF), now)
        return False
    found = found or _known(line) or recognise(line)
    if found is None:
        return _keep_aside(line, now)
    if found.payment is not None:
        return _compare_payment(line, found.payment, found, now)
    if found.refund is not None:
        return _compare_refund(line, found.refund, found, now)
    with transaction.atomic():  # what a dispute does is booked when the provider tells of it
        _match(line, found, now)
        book_fee(line, now=now)
    return False


def _list_unsettled(statement: Statement) -> list[StatementLine]:
    """Lines without a match, and those whose difference is not explained yet."""
    waits = Exists(Gap.objects.filter(line=OuterRef("pk"), open_key__isnull=False))
    return list(statement.lines.filter(Q(match__isnull=True) | waits).order_by("number", "pk"))


def _known(line: StatementLine) -> Found | None:
    match = Match.objects.select_related("payment", "refund__payment", "dispute").filter(line=line).first()
    return Found(MatchRule(match.rule), match.payment, match.refund, match.dispute) if match else None


def _keep_aside(line: StatementLine, now: datetime) -> bool:
    with transaction.atomic():
        book_suspense(line, surplus=line.amount_minor, now=now)
        book_fee(line, now=now)
        return open_line_gap(line, kind=GapKind.THEIRS_ONLY, now=now)


def _compare_payment(line: StatementLine, payment: Payment, found: Found, now: datetime) -> bool:
    differences = _differences(line, payment.money, _is_matched_elsewhere(line, payment=payment))
    if not differences and payment.state != PaymentState.SUCCEEDED:
        payment = _settle(line, payment, now)
    booked = payment.money if payment.state == PaymentState.SUCCEEDED else None
    return _conclude(line, found, payment, differences, booked, now)


def _compare_refund(line: StatementLine, refund: Refund, found: Found, now: datetime) -> bool:
    back = Money(-refund.amount_minor, refund.payment.currency)
    differences = _differences(line, back, _is_matched_elsewhere(line, refund=refund))
    if not differences and refund.state not in (RefundState.SUCCEEDED, RefundState.FAILED):
        refund = _settle_refund(line, refund, now)
    return _conclude(line, found, refund.payment, differences, back if refund.state == RefundState.SUCCEEDED else None, now)


def _conclude(line: StatementLine, found: Found, payment: Payment, differences: list[str], booked: Money | None, now: datetime) -> bool:
    """Match what is the same thing, keep aside what `booked` does not explain, and put on or take off the list; whether it is new there."""
    is_twice = "TWICE" in differences
    if booked is None and not differences:
        differences = ["STATE"]
    if differences and found.rule == MatchRule.PERSON:
        return False  # a person was wrong: nothing is changed, and they may name another
    counted = booked.amount_minor if booked is not None and booked.currency == line.currency and not is_twice else 0
    with transaction.atomic():
        if not is_twice:
            _match(line, found, now)
        book_fee(line, purpose=payment.purpose, now=now)
        if not differences:
            unbook_suspense(line, now=now)
            close_gaps_of(line, payment=found.payment, refund=found.refund, now=now)
            return False
        book_suspense(line, surplus=line.amount_minor - counted, now=now)
        return open_line_gap(line, kind=GapKind.DIFFERENT, differences=differences, payment=payment, refund=found.refund, now=now)


def _settle(line: StatementLine, payment: Payment, now: datetime) -> Payment:
    """An operator's statement proves what its interface cannot tell; the others are asked."""
    if not has_files(line.provider):
        return settle_payment(payment_id=payment.pk, now=now)
    proof = ProviderState(PaymentState.SUCCEEDED.value, settle_ref=line.provider_ref, money=line.money, payer=msisdn_of(line))
    return settle_as_found(payment_id=payment.pk, found=proof, now=now)


def _settle_refund(line: StatementLine, refund: Refund, now: datetime) -> Refund:
    if not has_files(line.provider):
        return settle_refund(refund_id=refund.pk, now=now)
    proof = ProviderState(RefundState.SUCCEEDED.value, money=refund.money)
    return settle_refund_as_found(refund_id=refund.pk, found=proof, now=now)


def _differences(line: StatementLine, ours: Money, is_matched: bool) -> list[str]:
    checks = {
        "TWICE": is_matched,
        "CURRENCY": line.currency != ours.currency,
        "AMOUNT": line.currency == ours.currency and line.amount_minor != ours.amount_minor,
    }
    return [code for code, differs in checks.items() if differs]


def _is_matched_elsewhere(line: StatementLine, **ours: Payment | Refund) -> bool:
    """Another line of the same kind is this one already: the provider booked it twice."""
    return Match.objects.filter(line__kind=line.kind, **ours).exclude(line=line).exists()


def _match(line: StatementLine, found: Found, now: datetime) -> None:
    fixed = {"payment": found.payment, "refund": found.refund, "dispute": found.dispute, "rule": found.rule, "matched_at": now}
    Match.objects.get_or_create(line=line, defaults=fixed)
