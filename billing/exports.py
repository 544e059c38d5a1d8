"""What a person may take with them of their money here (`core.exporting`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.enums import WalletAct
from billing.models import (
    BillingDetails,
    ContractLetter,
    ContractRequest,
    CouponRedemption,
    Dispute,
    Entitlement,
    Invoice,
    LedgerEntry,
    LocationProof,
    Payment,
    PaymentStep,
    PlanOrder,
    PromoGrant,
    Refund,
    StripeSubscription,
    Subscription,
    SupportRequest,
    TopUp,
    Wallet,
    WalletSpend,
)
from billing.providers.base import open_text
from billing.queries.credits import paid_code, promo_code
from billing.queries.taxpayers import Details, find_details
from billing.queries.wallet import find_wallet
from billing.services.buyers import read_buyer
from billing.services.contracts import open_contact
from billing.services.support.asking import open_request
from billing.services.writing import read_letter
from core.exporting import DAY, TEXT, WHOLE, Asked, ExportFile, Row, list_of, maybe, shape
from core.exporttables import table
from core.sealing import SealingError

_LAW = "GDPR 6(1)(c); C. com. L123-22"
_CONTRACT = "GDPR 6(1)(b)"
_DETAILS = ("name", "street", "postal_code", "town", "vat_number", "registration")
_LINE = ("position", "text", "from_date", "to_date", "quantity", "net_minor", "rate_bp")


def _named(model: Any, rows: Iterable[Row]) -> dict[str, Any]:
    """The objects of a page by their outward ids, for what a list of columns cannot give."""
    return {one.public_id: one for one in model.objects.filter(public_id__in=[row["public_id"] for row in rows])}


def _with_telephone(asked: Asked, rows: list[Row]) -> list[Row]:
    """The number that somebody paid from: it is their own."""
    found = _named(Payment, rows)
    return [row | {"telephone": _telephone(found[row["public_id"]], asked)} for row in rows if row["public_id"] in found]


def _telephone(payment: Payment, asked: Asked) -> str:
    try:
        return "" if asked.is_over("PAYMENT_NUMBER", payment.created_at) else open_text(payment, "payer_msisdn")
    except SealingError:
        return ""


def _with_lines(_asked: Asked, rows: list[Row]) -> list[Row]:
    found = {one.public_id: one for one in _invoices(rows)}
    return [row | _content(found[row["public_id"]]) for row in rows if row["public_id"] in found]


def _invoices(rows: list[Row]) -> QuerySet[Invoice]:
    return Invoice.objects.filter(public_id__in=[row["public_id"] for row in rows]).prefetch_related("lines")


def _content(invoice: Invoice) -> Row:
    lines = [{name: getattr(line, name) for name in _LINE} for line in invoice.lines.all()]
    for line in lines:
        line["from_date"], line["to_date"] = (line[name] and line[name].isoformat() for name in ("from_date", "to_date"))
    return {"buyer": asdict(read_buyer(invoice=invoice)), "lines": lines}


def _with_details(asked: Asked, rows: list[Row]) -> list[Row]:
    told = find_details(user=User.objects.get(pk=asked.user_id)) or Details()
    return [row | {name: getattr(told, name) for name in _DETAILS} for row in rows]


def _with_contact(_asked: Asked, rows: list[Row]) -> list[Row]:
    found = _named(ContractRequest, rows)
    return [row | {"contact": asdict(open_contact(found[row["public_id"]]))} for row in rows if row["public_id"] in found]


def _with_text(_asked: Asked, rows: list[Row]) -> list[Row]:
    found = _named(ContractLetter, rows)
    return [row | {"text": _letter(found[row["public_id"]])} for row in rows if row["public_id"] in found]


def _letter(letter: ContractLetter) -> str:
    try:
        return read_letter(letter)
    except SealingError:
        return ""


def _with_words(_asked: Asked, rows: list[Row]) -> list[Row]:
    """The question and its answer; nothing of who answered."""
    found = _named(SupportRequest, rows)
    said = {public_id: open_request(asked) for public_id, asked in found.items()}
    return [
        row | {"words": said[row["public_id"]].words, "answer": said[row["public_id"]].answer} for row in rows if row["public_id"] in said
    ]


def _entries(asked: Asked) -> QuerySet[LedgerEntry]:
    """By the codes of both purses, in the currency that the person's wallet has or would have."""
    currency = find_wallet(user=User.objects.get(pk=asked.user_id)).currency
    codes = [paid_code(asked.user_id, currency), promo_code(asked.user_id, currency)]
    return LedgerEntry.objects.filter(account__code__in=codes)


def _with_purse(_asked: Asked, rows: list[Row]) -> list[Row]:
    """Which of the two purses moved, and by which deed; the codes of the ledger itself hold inward numbers."""
    return [_movement(row, row.pop("code"), row.pop("kind")) for row in rows]


def _movement(row: Row, code: str, kind: str) -> Row:
    act = kind if kind in WalletAct.values else "TOPUP" if row["amount_minor"] > 0 else "REFUND"
    return row | {"purse": "GIVEN" if code.startswith("promo:") else "PAID", "act": act}


FILES: tuple[ExportFile, ...] = (
    table(
        "payments",
        code="PAYMENT",
        basis="GDPR 6(1)(c); décret 2021-1362, art. 4",
        article=15,
        model=Payment,
        rows=lambda asked: Payment.objects.filter(payer_id=asked.user_id),
        columns=(
            *("public_id", "purpose", "subject_key", "amount_minor", "currency", "provider", "state", "our_reference", "attempt"),
            *("provider_ref", "settle_ref", "created_at", "submitted_at", "settled_at", "expires_at", "failure_code"),
        ),
        adds={"telephone": TEXT},
        shows=("billing.Payment.payer_msisdn",),
        finish=_with_telephone,
    ),
    table(
        "payment_steps",
        code="PAYMENT",
        basis="GDPR 6(1)(c); décret 2021-1362, art. 4",
        article=15,
        model=PaymentStep,
        rows=lambda asked: PaymentStep.objects.filter(payment__payer_id=asked.user_id),
        columns=("payment=payment__public_id", "refund=refund__public_id", "from_state", "to_state", "why", "at"),
        shows=("billing.PaymentStep.payment", "billing.PaymentStep.refund"),
    ),
    table(
        "refunds",
        code="PAYMENT",
        basis="GDPR 6(1)(c); décret 2021-1362, art. 4",
        article=15,
        model=Refund,
        rows=lambda asked: Refund.objects.filter(payment__payer_id=asked.user_id),
        columns=(
            *("public_id", "payment=payment__public_id", "amount_minor", "reason", "channel", "state", "provider_ref", "created_at"),
            *("submitted_at", "settled_at", "failure_code"),
        ),
        shows=("billing.Refund.payment",),
    ),
    table(
        "disputes",
        code="PROVIDER_EVENT",
        basis="GDPR 6(1)(f)",
        article=15,
        model=Dispute,
        rows=lambda asked: Dispute.objects.filter(payment__payer_id=asked.user_id),
        columns=("payment=payment__public_id", "amount_minor", "status", "opened_at", "closed_at", "funds_withdrawn"),
        shows=("billing.Dispute.payment",),
    ),
    table(
        "locations",
        code="INVOICE",
        basis="GDPR 6(1)(c); CGI, 259 D",
        article=15,
        model=LocationProof,
        rows=lambda asked: LocationProof.objects.filter(payment__payer_id=asked.user_id),
        columns=("payment=payment__public_id", "kind", "country", "noted_at"),
        shows=("billing.LocationProof.payment",),
    ),
    table(
        "subscriptions",
        code="CONTRACT_PAPER",
        basis=_CONTRACT,
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
        basis=_CONTRACT,
        article=15,
        model=StripeSubscription,
        rows=lambda asked: StripeSubscription.objects.filter(user_id=asked.user_id),
        columns=("subscription_ref", "customer_ref", "price_key", "status", "period_end", "cancel_at_period_end", "asked_at"),
    ),
    table(
        "orders",
        code="CONTRACT_PAPER",
        basis=_CONTRACT,
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
        basis=_CONTRACT,
        article=15,
        model=Entitlement,
        rows=lambda asked: Entitlement.objects.filter(user_id=asked.user_id),
        columns=("code", "value", "source", "source_key", "starts_at", "ends_at"),
    ),
    table(
        "coupons",
        code="INVOICE",
        basis=_LAW,
        article=15,
        model=CouponRedemption,
        rows=lambda asked: CouponRedemption.objects.filter(user_id=asked.user_id),
        columns=("coupon=coupon__code", "times", "redeemed_at"),
        shows=("billing.CouponRedemption.coupon",),
    ),
    table(
        "wallet",
        title=_("Mouvements du porte-monnaie"),
        code="INVOICE",
        basis=_LAW,
        article=15,
        model=LedgerEntry,
        rows=_entries,
        columns=("at=transaction__created_at", "amount_minor=amount", "after_minor=balance_after", "currency=account__currency"),
        needs=("code=account__code", "kind=transaction__kind"),
        adds={"purse": {"enum": ["PAID", "GIVEN"]}, "act": TEXT},
        shows=(
            "billing.LedgerEntry.account",
            "billing.LedgerEntry.transaction",
            "billing.LedgerTransaction.kind",
            "billing.LedgerAccount.code",
        ),
        finish=_with_purse,
    ),
    table(
        "wallet_limits",
        code="INVOICE",
        basis=_CONTRACT,
        article=15,
        model=Wallet,
        rows=lambda asked: Wallet.objects.filter(user_id=asked.user_id),
        columns=("currency", "daily_limit_minor", "next_limit_minor", "next_limit_at", "paused_until", "opened_at"),
    ),
    table(
        "credits",
        code="INVOICE",
        basis=_LAW,
        article=15,
        model=PromoGrant,
        rows=lambda asked: PromoGrant.objects.filter(user_id=asked.user_id),
        columns=("currency", "source", "amount_minor", "left_minor", "given_at", "expires_at"),
    ),
    table(
        "topups",
        code="TOP_UP_DRAFT",
        basis=_LAW,
        article=15,
        model=TopUp,
        rows=lambda asked: TopUp.objects.filter(user_id=asked.user_id),
        columns=("public_id", "amount_minor", "currency", "created_at", "expires_at"),
    ),
    table(
        "spends",
        code="INVOICE",
        basis=_LAW,
        article=15,
        model=WalletSpend,
        rows=lambda asked: WalletSpend.objects.filter(user_id=asked.user_id),
        columns=("public_id", "act", "subject_key", "amount_minor", "promo_minor", "currency", "spent_at", "returned_at"),
    ),
    table(
        "billing_details",
        code="INVOICE",
        basis=_LAW,
        article=20,
        model=BillingDetails,
        rows=lambda asked: BillingDetails.objects.filter(user_id=asked.user_id),
        columns=("country", "is_business", "vat_state", "vat_checked_at", "vat_consultation", "updated_at"),
        adds=dict.fromkeys(_DETAILS, TEXT),
        shows=("billing.BillingDetails.details",),
        finish=_with_details,
    ),
    table(
        "invoices",
        code="INVOICE",
        basis=_LAW,
        clock="issued_at",
        article=15,
        model=Invoice,
        rows=lambda asked: Invoice.objects.filter(payer_id=asked.user_id),
        columns=(
            *("public_id", "kind", "number", "payment=payment__public_id", "refund=refund__public_id", "corrects=corrects__number"),
            *("issued_at", "issue_date", "language", "seller", "buyer_country", "is_business", "currency", "net_minor", "vat_minor"),
            *("gross_minor", "treatment", "vat_country", "mentions", "location_agrees", "pdf_sha256"),
        ),
        adds={
            "buyer": shape({**dict.fromkeys((*_DETAILS, "country"), TEXT), "is_business": {"type": "boolean"}}),
            "lines": list_of(
                shape(
                    {
                        "position": WHOLE,
                        "text": TEXT,
                        "from_date": maybe(DAY),
                        "to_date": maybe(DAY),
                        "quantity": WHOLE,
                        "net_minor": WHOLE,
                        "rate_bp": WHOLE,
                    }
                )
            ),
        },
        shows=(
            *("billing.Invoice.payment", "billing.Invoice.refund", "billing.Invoice.corrects", "billing.Invoice.buyer"),
            *(f"billing.InvoiceLine.{name}" for name in _LINE),
        ),
        finish=_with_lines,
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
        basis=_CONTRACT,
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
