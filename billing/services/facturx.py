"""The data of an invoice inside its file: Factur-X 1.08 in the profile EN 16931, so that the buyer's programs read what people see.

The package writes the XML from the terms of the European norm (BT-1 and so on), checks it against the schema, and puts it into the PDF.
It never leaves this house: the package's check by a server elsewhere (schematron) stays off.
"""

from __future__ import annotations

from typing import Any

from billing.enums import VatTreatment
from billing.models import Invoice
from billing.queries.taxpayers import Details
from core.money import Money

_LEVEL = "en16931"
_INVOICE, _CREDIT_NOTE = "380", "381"  # UNTDID 1001
_UNIT, _PAID = "C62", "ZZZ"  # a piece (UN/ECE 20), mutually agreed (UNTDID 4461)
_SIREN = "0002"  # ISO 6523
# How the norm calls the treatments (UNTDID 5305), and the reason where there is no tax (VATEX).
_CATEGORIES = {
    VatTreatment.DOMESTIC: ("S", ""),
    VatTreatment.DESTINATION: ("S", ""),
    VatTreatment.REVERSE_CHARGE: ("AE", "VATEX-EU-AE"),
    VatTreatment.OUT_OF_SCOPE: ("O", "VATEX-EU-O"),
    VatTreatment.FRANCHISE: ("E", "VATEX-FR-FRANCHISE"),
}


def embed_data(*, pdf: bytes, invoice: Invoice, buyer: Details) -> bytes:
    """A PDF/A-3 with the data of its invoice inside."""
    from facturx import generate_from_binary  # brings half a second of imports, which no web page should pay for

    return bytes(
        generate_from_binary(
            pdf,
            make_xml(invoice=invoice, buyer=buyer),
            flavor="factur-x",
            level=_LEVEL,
            check_xsd=False,  # make_xml has just done it
            lang=invoice.language,
            afrelationship="data",
            pdf_metadata=_metadata(invoice),
        )
    )


def make_xml(*, invoice: Invoice, buyer: Details) -> bytes:
    """The data of a document as XML, checked against the schema of Factur-X."""
    from facturx.generate_xml import generate_xml

    return bytes(generate_xml(_terms(invoice, buyer), flavor="factur-x", level=_LEVEL, check_xsd=True, check_schematron=False))


def _terms(invoice: Invoice, buyer: Details) -> dict[str, Any]:
    """The terms of EN 16931. An amount is text with the decimals of its currency; that of a credit note is positive too (BT-3 says it)."""
    net, vat, gross = (money.plain for money in (invoice.net, invoice.vat, invoice.gross))
    line = invoice.lines.get(position=1)
    terms: dict[str, Any] = {
        "BT-1": invoice.number,
        "BT-2": invoice.issue_date,
        "BT-3": _CREDIT_NOTE if invoice.is_credit_note else _INVOICE,
        "BT-5": invoice.currency,
        "BG-1": [{"BT-22": text} for text in invoice.mentions],
        "BG-4": _seller(invoice),
        "BG-7": _buyer(buyer),
        "BT-72": line.from_date or invoice.issue_date,
        "BT-73": line.from_date,
        "BT-74": line.to_date,
        "BT-81": _PAID,
        "BG-23": [_tax(invoice, line.rate_bp)],
        "BG-25": [_line(invoice, line.text, line.rate_bp)],
        "BT-106": net,
        "BT-109": net,
        "BT-110": vat,
        "BT-112": gross,
        "BT-113": gross,
        "BT-115": Money(0, invoice.currency).plain,
    }
    if invoice.corrects:
        terms["BG-3"] = [{"BT-25": invoice.corrects.number, "BT-26": invoice.corrects.issue_date}]
    return {key: value for key, value in terms.items() if value}


def _tax(invoice: Invoice, rate_bp: int) -> dict[str, Any]:
    category, reason = _CATEGORIES[VatTreatment(invoice.treatment)]
    tax = {"BT-116": invoice.net.plain, "BT-117": invoice.vat.plain, "BT-118": category, "BT-119": _percent(rate_bp)}
    if category == "O":  # outside of the tax there is no rate, not even nought (rule BR-O-05)
        del tax["BT-119"]
    return {**tax, "BT-120": invoice.mentions[0], "BT-121": reason} if reason else tax


def _line(invoice: Invoice, text: str, rate_bp: int) -> dict[str, Any]:
    category, _reason = _CATEGORIES[VatTreatment(invoice.treatment)]
    line = {
        "BT-126": "1",
        "BT-129": "1",
        "BT-130": _UNIT,
        "BT-131": invoice.net.plain,
        "BT-146": invoice.net.plain,
        "BT-151": category,
        "BT-152": _percent(rate_bp),
        "BT-153": text,
    }
    if category == "O":
        del line["BT-152"]
    return line


def _percent(rate_bp: int) -> str:
    return f"{rate_bp // 100}.{rate_bp % 100:02}"


def _seller(invoice: Invoice) -> dict[str, Any]:
    seller = invoice.seller
    lines = [*seller["address"], "", ""]
    found = {
        "name": seller["name"],
        "legal_info": seller["legal_form"],
        "vat_identifier": seller["vat_number"],
        "legal_identifier": seller["siren"] or seller["registration"],
        "legal_identifier_schemeid": _SIREN if seller["siren"] else "",
        "country_code": seller["country"],
        "addr_l1": lines[0],
        "addr_l2": lines[1],
        "addr_l3": ", ".join(part for part in lines[2:] if part),
    }
    return {key: value for key, value in found.items() if value}


def _buyer(buyer: Details) -> dict[str, Any]:
    found = {
        "name": buyer.name,
        "vat_identifier": buyer.vat_number,
        "legal_identifier": buyer.registration,
        "country_code": buyer.country,
        "postcode": buyer.postal_code,
        "city": buyer.town,
        "addr_l1": buyer.street,
    }
    return {key: value for key, value in found.items() if value}


def _metadata(invoice: Invoice) -> dict[str, str]:
    title = f"{invoice.seller['name']}: {invoice.number}"
    return {"author": invoice.seller["name"], "keywords": "Factur-X", "title": title, "subject": f"{title}, {invoice.issue_date}"}
