"""What stays of somebody after their erasure, until when, and by which law: read from the shelves and the rules, as everything else.

Evidence, what an authority asked, and what keeps a banned person out are not counted here: their certificate says of them in one sentence
for everybody, so that it tells nobody whether there is any.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from accounts.models import User
from billing.services.erasure import find_last_document
from core.purging import Shelf
from privacy.enums import DataKind
from privacy.erasure.person import Person
from privacy.models import RetentionRule
from privacy.services.shelves import SHELVES

_COUNTED = (
    DataKind.MESSAGE_META,
    DataKind.CONNECTION,
    DataKind.IDENTITY,
    DataKind.ACCOUNT_OTHER,
    DataKind.CONSENT,
    DataKind.PAYMENT,
    DataKind.PAYMENT_NUMBER,
    DataKind.PROVIDER_EVENT,
    DataKind.CONTRACT_PAPER,
    DataKind.REPORT,
    DataKind.DECISION,
)


@dataclass(frozen=True, slots=True)
class Remaining:
    """One kind of data of which something stays: until when the last of it, and on which ground."""

    code: str
    until: datetime
    law: str


def list_remaining(person: Person, *, now: datetime) -> list[Remaining]:
    """All kinds of which something stays, the first to go at the top. The request itself is one of them: the proof of what was done."""
    rules = _rules_of(person)
    found = [_of(rules[code], _latest(person, code, now)) for code in _COUNTED if code in rules]
    found += [_of(rules[DataKind.INVOICE], find_last_document(user_id=person.user_id))] if DataKind.INVOICE in rules else []
    found += [_of(rules[DataKind.DATA_REQUEST], now)] if DataKind.DATA_REQUEST in rules else []
    return sorted((one for one in found if one is not None and one.until > now), key=lambda one: (one.until, one.code))


def _rules_of(person: Person) -> dict[str, RetentionRule]:
    """The rules that hold for this person: those of their law before those for everybody."""
    law = User.objects.filter(pk=person.user_id).values_list("jurisdiction", flat=True).first() or ""
    rows = RetentionRule.objects.prefetch_related("changes").filter(jurisdiction__in=["", law]).order_by("jurisdiction")
    return {row.code: row for row in rows}


def _of(row: RetentionRule, latest: datetime | None) -> Remaining | None:
    if latest is None:
        return None
    return Remaining(row.code, latest + row.rule.keep_for(latest), row.basis)


def _latest(person: Person, code: str, now: datetime) -> datetime | None:
    """When the clock of the last of their rows began; None when there are none."""
    clocks = [_latest_on(shelf, person, now) for shelf in SHELVES.get(code, ()) if shelf.owner]
    return max((clock for clock in clocks if clock is not None), default=None)


def _latest_on(shelf: Shelf, person: Person, now: datetime) -> datetime | None:
    rows: Any = shelf.rows(now).filter(**{shelf.owner: person.user_id})
    latest: datetime | None = rows.aggregate(latest=Max(shelf.clock))["latest"]
    return latest
