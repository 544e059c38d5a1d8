"""Average monthly active recipients in the Union (DSA art. 24(3)), over the six months that ended last."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Avg, Count, F, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from moderation.dsa.figures import Column, Period, Row, Unit
from moderation.models import MonthlyRecipients
from moderation.queries.transparency.asking import Question, Raw

MONTHS = 6
IN_UNION = Column("in_union", _("Membres actifs dans l’Union"))


def _ended(period: Period) -> QuerySet[MonthlyRecipients]:
    """The last six months that are over when the question is put, or when the period ends."""
    until = min(period.at, period.end).date().replace(day=1)
    months = until.year * 12 + until.month - 1 - MONTHS
    return MonthlyRecipients.objects.filter(month__gte=date(months // 12, months % 12 + 1, 1), month__lt=until)


def _each(period: Period) -> QuerySet[Any, Any]:
    return _ended(period).order_by("month").values_list("month", "in_union", "recipients")


def _read_months(rows: Raw) -> list[Row]:
    return [(f"{month:%Y-%m}", union, everybody) for month, union, everybody in rows]


def _average(period: Period) -> QuerySet[Any, Any]:
    grouped = _ended(period).annotate(all=Value(1)).values("all")
    return grouped.annotate(months=Count("pk"), average=Avg(F("in_union"))).order_by().values_list("months", "average")


def _read_average(rows: Raw) -> list[Row]:
    return [(str(months), round(float(average))) for months, average in rows if months]


QUESTIONS = (
    Question(
        "recipients_average",
        "art. 24(3)",
        _("Moyenne des membres actifs par mois"),
        (Column("months", _("Mois comptés"), Unit.WORD), IN_UNION),
        _average,
        _read_average,
    ),
    Question(
        "recipients",
        "art. 24(3)",
        _("Membres actifs par mois"),
        (Column("month", _("Mois"), Unit.WORD), IN_UNION, Column("recipients", _("Membres actifs"))),
        _each,
        _read_months,
    ),
)
