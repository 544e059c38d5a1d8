"""A document as it is printed and shown: every word and figure ready, in the document's own language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.enums import VatTreatment
from billing.models import Invoice, InvoiceLine
from billing.queries.countries import name_country
from billing.queries.taxpayers import Details
from core.money import Money, format_money


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what, for which days, how many, at which rate, without VAT."""

    text: str
    period: str
    quantity: str
    rate: str
    net: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole document. Pairs are a label and its value."""

    heading: str
    number: str
    language: str
    day: date
    seller: list[str]
    buyer: list[str]
    facts: list[tuple[str, str]]
    rows: list[Row]
    totals: list[tuple[str, str]]
    total: tuple[str, str]
    mentions: list[str]
    footer: list[str]


def make_paper(*, invoice: Invoice, buyer: Details) -> Paper:
    """A document with everything that stands on it. One query for its lines."""
    with override(invoice.language):
        return Paper(
            heading=_("Avoir") if invoice.is_credit_note else _("Facture"),
            number=invoice.number,
            language=invoice.language,
            day=invoice.issue_date,
            seller=say_seller(invoice.seller),
            buyer=_buyer_lines(buyer),
            facts=_facts(invoice, buyer),
            rows=[_row(invoice, line) for line in invoice.lines.all()],
            totals=_totals(invoice),
            total=(_("Total TTC") if invoice.vat_minor else _("Total"), _say(invoice.gross, invoice)),
            mentions=list(invoice.mentions),
            footer=say_seller_small(invoice.seller),
        )


def say_rate(rate_bp: int) -> str:
    """A rate as people write it: 20 %, 5,5 %."""
    whole, rest = divmod(rate_bp, 100)
    decimals = f"{rest:02}".rstrip("0")
    return f"{whole}{get_format('DECIMAL_SEPARATOR') + decimals if decimals else ''}\u00a0%"


def _say(money: Money, invoice: Invoice) -> str:
    return format_money(money, invoice.language)


def say_seller(seller: dict[str, Any]) -> list[str]:
    """Who sells and where, line by line."""
    parts = [seller["name"], seller["legal_form"], *seller["address"], name_country(seller["country"])]
    return [part for part in parts if part]


def _buyer_lines(buyer: Details) -> list[str]:
    town = f"{buyer.postal_code} {buyer.town}".strip()
    return [part for part in (buyer.name, buyer.street, town, name_country(buyer.country)) if part]


def _facts(invoice: Invoice, buyer: Details) -> list[tuple[str, str]]:
    found = [(_("Date"), date_format(invoice.issue_date, "j F Y"))]
    if invoice.corrects:
        found.append((_("Facture corrigée"), invoice.corrects.number))
    if buyer.vat_number:
        found.append((_("N° de TVA du client"), buyer.vat_number))
    if buyer.registration:
        found.append((_("Immatriculation du client"), buyer.registration))
    return found


def _row(invoice: Invoice, line: InvoiceLine) -> Row:
    period = ""
    if line.from_date and line.to_date:
        days = {"start": date_format(line.from_date, "j F Y"), "end": date_format(line.to_date, "j F Y")}
        period = _("Du %(start)s au %(end)s") % days
    return Row(line.text, period, str(line.quantity), say_rate(line.rate_bp), _say(Money(line.net_minor, invoice.currency), invoice))


def _totals(invoice: Invoice) -> list[tuple[str, str]]:
    """The net sum, and the VAT by its rate; neither where there is no VAT, for then the total says it all."""
    if not invoice.vat_minor and invoice.treatment in (VatTreatment.FRANCHISE, VatTreatment.OUT_OF_SCOPE):
        return []
    rate = max((line.rate_bp for line in invoice.lines.all()), default=0)
    tax = _("TVA %(rate)s (%(country)s)") % {"rate": say_rate(rate), "country": name_country(invoice.vat_country)}
    return [(_("Total HT"), _say(invoice.net, invoice)), (tax, _say(invoice.vat, invoice))]


def say_seller_small(seller: dict[str, Any]) -> list[str]:
    """Under which numbers the seller is known."""
    number = _("TVA %(number)s") % {"number": seller["vat_number"]} if seller["vat_number"] else ""
    return [part for part in (seller["name"], seller["registration"], number) if part]
