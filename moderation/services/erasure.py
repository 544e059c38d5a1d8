"""What moderation does when somebody has their account erased: it lets go of their work, and their names leave its papers.

Decisions, reports and evidence stay for the time that the law gives them (DSA 16, 17, 20): evidence is sealed apart from its author's key,
and of the person they say a number alone. `privacy` calls, and has asked what is held.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core.erasing import BATCH, Rows, add_up
from moderation.models import Appeal, Case, Decision, Report, StaffProfile, StatementOfReasons
from moderation.services.claims import release_claims_of
from moderation.services.staff import discharge

# What stands in the place of a name.
VEIL = "[…]"


def release_work(*, user_id: int, now: datetime) -> bool:
    """End somebody's work in the team: the cases in their hands go back to the others, and their roles end; False when they have none.

    It destroys nothing, so it happens also to whom a hold names."""
    with transaction.atomic():
        staff = StaffProfile.objects.select_for_update().select_related("user").filter(user_id=user_id).first()
        if staff is None:
            return False
        release_claims_of(user=staff.user, now=now)
        if staff.active:
            discharge(profile=staff, reason="the account is being erased", now=now)
    return True


def works_here(*, user_id: int) -> bool:
    """Whether this person is of the team in service."""
    return StaffProfile.objects.filter(user_id=user_id, active=True).exists()


def veil_names(*, user_id: int, names: Collection[str], now: datetime) -> Rows:
    """Take the names that somebody wore out of what was written about them: facts, explanations, statements, reports, appeals. A batch;
    `{}` once no text has one."""
    if not names:
        return {}
    pattern = _pattern(names)
    return add_up(*(_veil(rows, columns, pattern) for rows, columns in _papers(user_id)), _veil_statements(user_id, pattern))


def has_names(*, user_id: int, names: Collection[str]) -> bool:
    """Whether a text about them still has one of these names."""
    if not names:
        return False
    pattern = _pattern(names)
    if any(payload != _veiled(payload, pattern) for payload in _statements(user_id).values_list("payload", flat=True)):
        return True
    return any(pattern.search(text) for rows, columns in _papers(user_id) for texts in rows.values_list(*columns) for text in texts)


def _papers(user_id: int) -> list[tuple[QuerySet[Any], tuple[str, ...]]]:
    """Texts that people wrote about somebody, in the columns that hold them."""
    return [
        (Decision.objects.filter(subject_id=user_id), ("explanation", "facts")),
        (Appeal.objects.filter(decision__subject_id=user_id), ("text", "answer")),
        (Report.objects.filter(case__subject_id=user_id), ("explanation",)),
        (Case.objects.filter(subject_id=user_id), ("escalation_reason",)),
    ]


def _pattern(names: Collection[str]) -> re.Pattern[str]:
    """A name as a word of its own, the longest first: of "Ben" in "Benedict" nothing is taken."""
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


def _veil(rows: QuerySet[Any], columns: tuple[str, ...], pattern: re.Pattern[str]) -> Rows:
    """Every paper of this person is read: SQLite, asked for "Élodie" in any case, would not find "élodie"."""
    changed = 0
    for pk, *texts in rows.order_by("pk").values_list("pk", *columns):
        veiled = [pattern.sub(VEIL, text) for text in texts]
        if veiled != texts:
            changed += rows.model._default_manager.filter(pk=pk).update(**dict(zip(columns, veiled, strict=True)))
        if changed == BATCH:
            break
    return {rows.model._meta.db_table: changed} if changed else {}


def _statements(user_id: int) -> QuerySet[StatementOfReasons]:
    return StatementOfReasons.objects.filter(decision__subject_id=user_id)


def _veil_statements(user_id: int, pattern: re.Pattern[str]) -> Rows:
    changed = 0
    for pk, payload in _statements(user_id).order_by("pk").values_list("pk", "payload"):
        if (veiled := _veiled(payload, pattern)) != payload:
            changed += StatementOfReasons.objects.filter(pk=pk).update(payload=veiled)
        if changed == BATCH:
            break
    return {StatementOfReasons._meta.db_table: changed} if changed else {}


def _veiled(value: Any, pattern: re.Pattern[str]) -> Any:
    """The same with the names taken out of its sentences; what is one word is a code of the database's, and stays."""
    if isinstance(value, dict):
        return {key: _veiled(below, pattern) for key, below in value.items()}
    if isinstance(value, list):
        return [_veiled(below, pattern) for below in value]
    return pattern.sub(VEIL, value) if isinstance(value, str) and " " in value.strip() else value
