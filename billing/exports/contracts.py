"""What somebody ordered, asked and was answered: subscriptions, letters, requests, help."""

from __future__ import annotations

from dataclasses import asdict

from billing.exports.naming import CONTRACT, LAW, named
from billing.models import (
    ContractLetter,
    ContractRequest,
    CouponRedemption,
    Entitlement,
    PlanOrder,
    StripeSubscription,
    Subscription,
    SupportRequest,
)
from billing.services.contracts import open_contact
from billing.services.support.asking import open_request
from billing.services.writing import read_letter
from core.exporting import TEXT, Asked, ExportFile, Row, shape
from core.exporttables import table
from core.sealing import SealingError


def _with_contact(_asked: Asked, rows: list[Row]) -> list[Row]:
    found = named(ContractRequest, rows)
    return [row | {"contact": asdict(open_contact(found[row["public_id"]]))} for row in rows if row["public_id"] in found]


def _with_text(_asked: Asked, rows: list[Row]) -> list[Row]:
    found = named(ContractLetter, rows)
    return [row | {"text": _letter(found[row["public_id"]])} for row in rows if row["public_id"] in found]


def _letter(letter: ContractLetter) -> str:
    try:
        return read_letter(letter)
    except SealingError:
        return ""


def _with_words(_asked: Asked, rows: list[Row]) -> list[Row]:
    """The question and its answer; nothing of who answered."""
    found = named(SupportRequest, rows)
    said = {public_id: open_request(asked) for public_id, asked in found.items()}
    return [
        row | {"words": said[row["public_id"]].words, "answer": said[row["public_id"]].answer} for row in rows if row["public_id"] in said
    ]


FILES: tuple[ExportFile, ...] = (
    table(
        "subscriptions",
        code="CONTRACT_PAPER",
        basis=CONTRACT,
        article=15,
        model=Subscription,
        rows=lambda asked: Subscription.objects.filter(user_id=asked.user_id),
        columns=(
            *("public_id", "reference", "plan=price__plan__code", "interval=price__interval", "amount_minor=price__amount_minor"),
            *("currency=price__currency", "next_price=next_price__lookup_key", "provider", "provider_ref", "renews", "state"),
            *("period_start", "period_end", "cancel_at_period_end", "cancel_on", "due_since", "created_at", "canceled_at", "ended_at"),
        ),
        shows=("billing.Subscription.price", "billing.Subscription.next_price"),
    ),
    table(
        "provider_subscriptions",
        code="CONTRACT_PAPER",
        basis=CONTRACT,
        article=15,
        model=StripeSubscription,
        rows=lambda asked: StripeSubscription.objects.filter(user_id=asked.user_id),
        columns=("subscription_ref", "customer_ref", "price_key", "status", "period_end", "cancel_at_period_end", "asked_at"),
    ),
    table(
        "orders",
        code="CONTRACT_PAPER",
        basis=CONTRACT,
        article=15,
        model=PlanOrder,
        rows=lambda asked: PlanOrder.objects.filter(user_id=asked.user_id),
        columns=(
            *("public_id", "reference", "plan=price__plan__code", "interval=price__interval", "kind", "state", "renews", "base_minor"),
            *("credit_minor", "discount_minor", "amount_minor", "currency", "net_minor", "vat_minor", "vat_rate_bp", "vat_country"),
            *("vat_treatment", "coupon=coupon__code", "text_version", "text_sha256", "language", "immediate_at"),
            *("payment=payment__public_id", "subscription=subscription__public_id", "replaced_by=replaced_by__public_id"),
            *("period_start", "period_end", "ordered_at", "prorated_at", "paid_at", "withdrawn_at"),
        ),
        shows=(
            *("billing.PlanOrder.price", "billing.PlanOrder.coupon", "billing.PlanOrder.payment", "billing.PlanOrder.subscription"),
            "billing.PlanOrder.replaced_by",
        ),
    ),
    table(
        "entitlements",
        code="CONTRACT_PAPER",
        basis=CONTRACT,
        article=15,
        model=Entitlement,
        rows=lambda asked: Entitlement.objects.filter(user_id=asked.user_id),
        columns=("code", "value", "source", "source_key", "starts_at", "ends_at"),
    ),
    table(
        "coupons",
        code="INVOICE",
        basis=LAW,
        article=15,
        model=CouponRedemption,
        rows=lambda asked: CouponRedemption.objects.filter(user_id=asked.user_id),
        columns=("coupon=coupon__code", "times", "redeemed_at"),
        shows=("billing.CouponRedemption.coupon",),
    ),
    table(
        "contract_requests",
        code="CONTRACT_PAPER",
        basis="GDPR 6(1)(c); C. consom. L215-1-1, L221-21",
        clock="received_at",
        article=15,
        model=ContractRequest,
        rows=lambda asked: ContractRequest.objects.filter(user_id=asked.user_id),
        columns=(
            *("public_id", "kind", "state", "typed_reference", "wished_on", "language", "subscription=subscription__public_id"),
            *("order=order__public_id", "received_at", "ends_at", "refund_minor", "settled_at", "note"),
        ),
        adds={"contact": shape(dict.fromkeys(("name", "email", "address"), TEXT))},
        shows=("billing.ContractRequest.contact", "billing.ContractRequest.subscription", "billing.ContractRequest.order"),
        finish=_with_contact,
    ),
    table(
        "contract_letters",
        code="CONTRACT_PAPER",
        basis="GDPR 6(1)(c); C. consom. L221-13",
        clock="created_at",
        article=15,
        model=ContractLetter,
        rows=lambda asked: ContractLetter.objects.filter(subscription__user_id=asked.user_id),
        columns=(
            *("public_id", "kind", "subscription=subscription__public_id", "language", "subject", "text_sha256", "created_at", "sent_at"),
            "bounced_at",
        ),
        adds={"text": TEXT},
        shows=("billing.ContractLetter.subscription", "billing.ContractLetter.body"),
        finish=_with_text,
    ),
    table(
        "support",
        code="SUPPORT_REQUEST",
        basis=CONTRACT,
        clock="answered_at",
        article=15,
        model=SupportRequest,
        rows=lambda asked: SupportRequest.objects.filter(user_id=asked.user_id),
        columns=("public_id", "topic", "language", "state", "urgent", "due_at", "created_at", "answered_at"),
        adds={"words": TEXT, "answer": TEXT},
        shows=("billing.SupportRequest.sealed", "billing.SupportRequest.sealed_answer"),
        finish=_with_words,
    ),
)
