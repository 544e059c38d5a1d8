"""For whose data each rule speaks: one with a jurisdiction for people under that law, the one without for everybody else."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from accounts.queries.jurisdictions import people_under
from core.purging import Owners
from privacy.models import RetentionRule
from privacy.retention import Rule


def list_reaches() -> list[tuple[Rule, Owners]]:
    """All rules in the order of their codes, each with the owners of its rows; two queries, and none for the owners, who are a part of
    whatever asks for the rows."""
    rules = [row.rule for row in RetentionRule.objects.prefetch_related("changes").order_by("code", "jurisdiction")]
    special: defaultdict[str, list[str]] = defaultdict(list)
    for rule in rules:
        if rule.jurisdiction:
            special[rule.code].append(rule.jurisdiction)
    return [(rule, _owners(rule, special[rule.code])) for rule in rules]


def _owners(rule: Rule, special: list[str]) -> Owners:
    if rule.jurisdiction:
        return Owners(only=people_under([rule.jurisdiction]))
    return Owners(without=people_under(special)) if special else Owners()


def list_ended(*, jurisdiction: str, now: datetime) -> dict[str, datetime]:
    """For whoever lives under a law: by kind of data, when the clock of a row must have begun for the row to be past its time. Two
    queries."""
    rows = RetentionRule.objects.prefetch_related("changes").filter(jurisdiction__in=("", jurisdiction)).order_by("jurisdiction")
    return {row.code: row.rule.due_before(now) for row in rows}  # the row of that law comes last, and so speaks
