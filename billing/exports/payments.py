"""What somebody paid, what came back of it, and the documents of it."""

from __future__ import annotations

from dataclasses import asdict

from django.db.models import QuerySet

from accounts.models import User
from billing.exports.naming import LAW, named
from billing.models import (
    BillingDetails,
    Dispute,
    Invoice,
    LocationProof,
    Payment,
    PaymentStep,
    Refund,
)
from billing.providers.base import open_text
from billing.queries.taxpayers import Details, find_details
from billing.services.buyers import read_buyer
from core.exporting import DAY, TEXT, WHOLE, Asked, ExportFile, Row, list_of, maybe, shape
from core.exporttables import table
from core.sealing import SealingError

_DETAILS = ("name", "street", "postal_code", "town", "vat_number", "registration")
_LINE = ("position", "text", "from_date", "to_date", "quantity", "net_minor", "rate_bp")


def _with_telephone(asked: Asked, rows: list[Row]) -> list[Row]:
    """The number that somebody paid from: it is their own."""
    found = named(Payment, rows)
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
        "billing_details",
        code="INVOICE",
        basis=LAW,
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
        basis=LAW,
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
)
