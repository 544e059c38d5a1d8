"""Internal complaints (indicator 1.5, DSA art. 20)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from moderation.dsa.figures import Column, Period, Row, Unit
from moderation.enums import AppealState, AppellantKind
from moderation.models import Appeal
from moderation.queries.transparency.asking import Question, Raw, count_by, medians, middles, took
from moderation.queries.transparency.notices import COUNT, MEDIAN

SIDE = Column("side", _("De la part de"), Unit.WORD, dict(AppellantKind.choices))


def _received(period: Period) -> QuerySet[Any, Any]:
    came = Appeal.objects.filter(created_at__gte=period.start, created_at__lt=period.end)
    return count_by(came, "side", late=Count("pk", filter=Q(state=AppealState.PENDING, due_at__lt=period.at)))


def _decided(period: Period) -> QuerySet[Appeal]:
    return Appeal.objects.filter(decided_at__gte=period.start, decided_at__lt=period.end)


def _overturned(period: Period) -> QuerySet[Any, Any]:
    return count_by(_decided(period), "side", won=Count("pk", filter=Q(state=AppealState.OVERTURNED)))


def _read_shares(rows: Raw) -> list[Row]:
    return [(side, count, won, won / count) for side, count, won in rows]


def _time(period: Period) -> QuerySet[Any, Any]:
    return middles(_decided(period), by="side", time=took("created_at", "decided_at"))


QUESTIONS = (
    Question("appeals", "1.5", _("Recours reçus"), (SIDE, COUNT, Column("late", _("En retard et sans réponse"))), _received),
    Question(
        "appeals_overturned",
        "1.5",
        _("Recours tranchés, et décisions annulées"),
        (SIDE, COUNT, Column("overturned", _("Annulées")), Column("share", _("Part annulée"), Unit.SHARE)),
        _overturned,
        _read_shares,
    ),
    Question("appeals_time", "1.5", _("Délai d’un recours"), (SIDE, COUNT, MEDIAN), _time, medians),
)
