"""Making the file of a document: PDF/A-3 by typst, and for companies with the same in data inside of it (Factur-X).

typst is a wheel without anything of the system beside it: fonts come with it, and nothing is read from the disk but our template.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from datetime import UTC
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import Invoice
from billing.queries.papers import Paper, make_paper
from billing.queries.taxpayers import Details
from billing.services.facturx import embed_data

if TYPE_CHECKING:
    from typst import Compiler

_TEMPLATE = Path(__file__).parents[1] / "data" / "invoice.typ"
# A compiler serves one document at a time.
_turn = threading.Lock()


def make_pdf(*, invoice: Invoice, buyer: Details) -> bytes:
    """The file of a document. The same document gives the same bytes, but for the data of companies, which carries its own time."""
    paper = make_paper(invoice=invoice, buyer=buyer)
    with _turn:
        pdf = _compiler().compile(
            _template(),
            format="pdf",
            sys_inputs={"data": json.dumps(_data_of(paper), ensure_ascii=False)},
            pdf_standards="a-3b",
            timestamp=invoice.issued_at.astimezone(UTC).replace(microsecond=0),  # the compiler takes whole seconds alone
        )
    assert isinstance(pdf, bytes)
    return embed_data(pdf=pdf, invoice=invoice, buyer=buyer) if invoice.is_business else pdf


@lru_cache(maxsize=1)
def _compiler() -> Compiler:
    import typst  # some ten megabytes, which no web page should pay for

    return typst.Compiler(_template(), ignore_system_fonts=True)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


def _data_of(paper: Paper) -> dict[str, Any]:
    """What the template reads."""
    with override(paper.language):
        labels = {
            "seller": _("Vendeur"),
            "buyer": _("Client"),
            "what": _("Désignation"),
            "quantity": _("Quantité"),
            "rate": _("TVA"),
            "net": _("Hors taxe"),
        }
    return {
        "title": f"{paper.heading} {paper.number}",
        "heading": paper.heading,
        "number": paper.number,
        "lang": paper.language,
        "date": [paper.day.year, paper.day.month, paper.day.day],
        "seller": {"name": paper.seller[0], "lines": paper.seller},
        "buyer": paper.buyer,
        "facts": paper.facts,
        "lines": [asdict(row) for row in paper.rows],
        "totals": paper.totals,
        "total": paper.total,
        "mentions": paper.mentions,
        "footer": paper.footer,
        "labels": labels,
    }
