"""Rates of VAT as the money team sees them: what counts and where it was read, and what waits for a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from billing.models import VatProposal, VatRule

_DECIDED = 20


@dataclass(frozen=True, slots=True)
class RateRow:
    """A rate; `holds` if it is the one that a sale of today is taxed by."""

    rule: VatRule
    holds: bool


def list_rates(*, on: date) -> list[RateRow]:
    """All rates, by country and kind, the newest first; a few hundred at most. One query."""
    rows = list(VatRule.objects.order_by("country", "kind", "-valid_from")[:1000])
    seen: set[tuple[str, str]] = set()
    found = []
    for rule in rows:
        is_first = rule.valid_from <= on and (rule.country, rule.kind) not in seen
        if is_first:
            seen.add((rule.country, rule.kind))
        found.append(RateRow(rule, holds=is_first))
    return found


def list_unchecked(rows: list[RateRow]) -> list[VatRule]:
    """The rates that count today and that nobody has looked up."""
    return [row.rule for row in rows if row.holds and row.rule.checked_on is None]


def list_waiting_rates() -> list[VatProposal]:
    """What waits for a second person, the oldest first."""
    return list(VatProposal.objects.select_related("proposed_by").filter(agreed=None).order_by("pk")[:200])


def list_decided_rates() -> list[VatProposal]:
    """The last proposals that were decided."""
    decided = VatProposal.objects.select_related("proposed_by", "decided_by").filter(agreed__isnull=False)
    return list(decided.order_by("-decided_at", "-pk")[:_DECIDED])


def find_proposal(*, public_id: str) -> VatProposal | None:
    """A proposal by its outward id."""
    return VatProposal.objects.filter(public_id=public_id).first()
