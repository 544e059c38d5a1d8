"""What a line of a statement is in our books: by the provider's name of it, by ours, or because nothing else can be meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from billing.enums import LineKind, MatchRule, PaymentState
from billing.models import Dispute, Payment, Refund, StatementLine
from billing.providers.base import open_text
from billing.services.reconciliation.lines import msisdn_of
from core.sealing import SealingError

# How far the operator's moment may be from our telling it.
AROUND = timedelta(minutes=30)
_GIVEN_UP = (PaymentState.FAILED, PaymentState.EXPIRED)
_NATIONAL = 9  # digits by which two spellings of one Malagasy number are the same


@dataclass(frozen=True, slots=True)
class Found:
    """One of the three, and by which rule."""

    rule: MatchRule
    payment: Payment | None = None
    refund: Refund | None = None
    dispute: Dispute | None = None


def recognise(line: StatementLine) -> Found | None:
    """What the line is; None when no rule tells, or when more than one thing could be meant: then a person looks."""
    if line.kind == LineKind.PAYMENT:
        return _recognise_payment(line)
    if line.kind == LineKind.REFUND:
        return _recognise_refund(line)
    dispute = Dispute.objects.filter(provider_ref=line.provider_ref).first() if line.kind == LineKind.DISPUTE else None
    return Found(MatchRule.PROVIDER_REF, dispute=dispute) if dispute else None


def _recognise_payment(line: StatementLine) -> Found | None:
    ours = Payment.objects.filter(provider=line.provider)
    named = ours.filter(Q(settle_ref=line.provider_ref) | Q(provider_ref=line.provider_ref))[:2]
    if len(named) == 1:
        return Found(MatchRule.PROVIDER_REF, payment=named[0])
    said = ours.filter(our_reference=line.our_ref).first() if line.our_ref else None
    if said is not None:
        return Found(MatchRule.OUR_REF, payment=said)
    candidates = _list_candidates(line, ours)
    return Found(MatchRule.CANDIDATE, payment=candidates[0]) if len(candidates) == 1 else None


def _list_candidates(line: StatementLine, ours: QuerySet[Payment]) -> list[Payment]:
    """Payments that nothing was recognised for yet, of the same sum, by the same telephone, at about that time; those that were given up
    count only where no other is."""
    msisdn = _digits(msisdn_of(line))
    if len(msisdn) < _NATIONAL:
        return []
    near = ours.filter(submitted_at__gte=line.at - AROUND, submitted_at__lte=line.at + AROUND)
    alike = near.filter(amount_minor=line.amount_minor, currency=line.currency, payer_msisdn__isnull=False, settle_ref__isnull=True)
    found = [payment for payment in alike.exclude(matches__isnull=False).order_by("pk")[:50] if _msisdn_of_payer(payment) == msisdn]
    return [payment for payment in found if payment.state not in _GIVEN_UP] or found


def _recognise_refund(line: StatementLine) -> Found | None:
    ours = Refund.objects.filter(payment__provider=line.provider).select_related("payment")
    named = ours.filter(Q(provider_ref=line.provider_ref) | Q(operator_reference=line.provider_ref)).first()
    if named is not None:
        return Found(MatchRule.PROVIDER_REF, refund=named)
    # Some operators name a refund by the payment that it gives back.
    of = Q(payment__settle_ref=line.provider_ref) | Q(payment__provider_ref=line.provider_ref)
    if line.our_ref:
        of |= Q(payment__our_reference=line.our_ref)
    alike = list(ours.filter(of, amount_minor=-line.amount_minor, matches__isnull=True)[:2])
    return Found(MatchRule.OUR_REF, refund=alike[0]) if len(alike) == 1 else None


def _msisdn_of_payer(payment: Payment) -> str:
    try:
        return _digits(open_text(payment, "payer_msisdn"))
    except SealingError:
        return ""


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign in "0123456789")[-_NATIONAL:]
