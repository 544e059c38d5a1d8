"""Taking the VAT out of a price: a question, so its answer lies among the queries."""

from __future__ import annotations

from billing.queries.vat import NoVatRule, VatSplit, split_vat

__all__ = ["NoVatRule", "VatSplit", "split_vat"]
