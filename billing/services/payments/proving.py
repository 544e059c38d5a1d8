"""What a provider says of a success, compared with what was asked: any difference, and nothing is credited."""

from __future__ import annotations

from billing.enums import Purpose
from billing.models import Payment
from billing.providers.base import Capabilities, ProviderState, open_text

_NATIONAL = 9  # digits by which two spellings of one Malagasy number are the same


def list_differences(payment: Payment, found: ProviderState, can: Capabilities) -> list[str]:
    """The codes of what does not agree, in a fixed order; empty: it is this payment, whole, to us, by its payer, and not booked before."""
    sums = found.money
    checks = {
        # Airtel says no sum: the name under which it was asked is ours, and it names the settlement
        "AMOUNT": not found.settle_ref if sums is None else sums.amount_minor != payment.amount_minor,
        "CURRENCY": sums is not None and sums.currency != payment.currency,
        "PAYEE": bool(can.payee and found.payee) and not _is_same(found.payee, can.payee),
        "PAYER": bool(found.payer and payment.payer_msisdn) and not _is_same(found.payer, open_text(payment, "payer_msisdn")),
        "REFERENCE": bool(found.provider_ref) and _is_anothers(payment, found.provider_ref),
        # whose wallet would it fill?
        "NO_PAYER": payment.purpose == Purpose.WALLET_TOPUP and payment.payer_id is None,
        "SETTLE_REF": bool(found.settle_ref) and _is_used(payment, settle_ref=found.settle_ref),
    }
    return [code for code, differs in checks.items() if differs]


def _is_same(one: str, other: str) -> bool:
    """The same account; two telephone numbers may be spelled with and without their country."""
    if one == other:
        return True
    digits = ["".join(sign for sign in text if sign.isdigit())[-_NATIONAL:] for text in (one, other)]
    return digits[0] == digits[1] and len(digits[0]) == _NATIONAL and not any(sign.isalpha() for sign in one + other)


def _is_anothers(payment: Payment, provider_ref: str) -> bool:
    if payment.provider_ref is not None:
        return provider_ref != payment.provider_ref
    return _is_used(payment, provider_ref=provider_ref)


def _is_used(payment: Payment, **name: str) -> bool:
    return Payment.objects.filter(provider=payment.provider, **name).exclude(pk=payment.pk).exists()
