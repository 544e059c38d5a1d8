"""The retention matrix in plain words, and what is to change in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from privacy.enums import Clock
from privacy.models import RetentionChange, RetentionRule

_YEAR = 365
_MOST = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the matrix: how long, in a sentence, the ground in words, and whether somebody asks to change it."""

    rule: RetentionRule
    words: str
    basis: str
    asked: bool


def list_matrix(*, now: datetime) -> list[Shown]:
    """All rules in the order of their codes; two queries."""
    asked = set(_waiting(now).values_list("rule_id", flat=True))
    return [
        Shown(row, say_rule(row), say_basis(row.basis), row.pk in asked) for row in RetentionRule.objects.order_by("code", "jurisdiction")
    ]


def find_rule(*, ref: str) -> RetentionRule | None:
    """A rule by its name in an address: a code, and whose law it is where it is not everybody's (`IDENTITY-MG`)."""
    code, _dash, jurisdiction = ref.partition("-")
    found = RetentionRule.objects.filter(code=code, jurisdiction=jurisdiction).first()
    return found if found is not None and found.ref == ref else None


def find_change(*, rule: RetentionRule, public_id: str) -> RetentionChange | None:
    """What is asked to be changed of a rule, by the id in an address."""
    return RetentionChange.objects.select_related("rule", "approval__asked_by").filter(rule=rule, public_id=public_id).first()


def list_waiting(*, rule: RetentionRule, now: datetime) -> list[RetentionChange]:
    """What waits for a second person, the oldest first."""
    return list(_waiting(now).filter(rule=rule).order_by("pk")[:_MOST])


def list_past(*, rule: RetentionRule) -> list[RetentionChange]:
    """The changes that came into force, the last first; at most 100."""
    rows = RetentionChange.objects.select_related("approval__asked_by", "approval__approved_by")
    return list(rows.filter(rule=rule, applied_at__isnull=False).order_by("-applied_at")[:_MOST])


def say_rule(rule: RetentionRule) -> str:
    """How long a kind of data is kept, as a sentence without an end."""
    if rule.is_fixed and not rule.keep:
        return _("jusqu’à sa propre date de fin")
    if rule.clock == Clock.ENDED and not rule.keep:
        return _("jusqu’à la fin du compte")
    return _AFTER[Clock(rule.clock)]() % {"keep": say_keep(rule.keep)}


def say_basis(basis: str) -> str:
    """The law or the reason behind a rule, in the reader's language as far as it came with the house; else as two people typed it."""
    return _(basis) if basis else ""


def say_keep(keep: timedelta) -> str:
    """A duration in years where it is whole years, else in days."""
    if not keep:
        return _("0 jour")
    years = round(keep.days / (_YEAR + 0.25))
    if years and keep.days in (years * _YEAR, years * _YEAR + years // 4, years * _YEAR + (years + 3) // 4):
        return ngettext("%(count)d an", "%(count)d ans", years) % {"count": years}
    return ngettext("%(count)d jour", "%(count)d jours", keep.days) % {"count": keep.days}


def _waiting(now: datetime) -> QuerySet[RetentionChange]:
    rows = RetentionChange.objects.select_related("rule", "approval__asked_by")
    return rows.filter(applied_at__isnull=True, approval__approved_at__isnull=True, approval__expires_at__gt=now)


_AFTER = {
    Clock.EXPIRY: lambda: _("%(keep)s après sa propre date de fin"),
    Clock.WRITTEN: lambda: _("%(keep)s après l’écriture"),
    Clock.CLOSED: lambda: _("%(keep)s après la clôture"),
    Clock.ENDED: lambda: _("%(keep)s après la fin du compte"),
    Clock.OVER: lambda: _("%(keep)s après le retrait, ou après la fin du compte"),
}
