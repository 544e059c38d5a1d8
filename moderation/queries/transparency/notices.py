"""Notices and reports (indicator 1.3), and those who send them without ground (DSA art. 23(2))."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from moderation.dsa.figures import Column, Period, Row, Unit
from moderation.dsa.labels import CATEGORIES
from moderation.enums import Action, Reason, ReportSource, ReportState
from moderation.models import Decision, Report
from moderation.queries.transparency.asking import Question, Raw, count_by, histogram, medians, middles, took
from moderation.reasons import REASONS

SOURCE = Column("source", _("Origine"), Unit.WORD, dict(ReportSource.choices))
CATEGORY = Column("category", _("Catégorie"), Unit.WORD, CATEGORIES)
COUNT = Column("count", _("Nombre"))
MEDIAN = Column("median", _("Délai médian"), Unit.SECONDS)


def _received(period: Period) -> QuerySet[Report]:
    return Report.objects.filter(created_at__gte=period.start, created_at__lt=period.end)


def _by_category(period: Period) -> QuerySet[Any, Any]:
    return count_by(_received(period), "source", "reason")


def read_categories(rows: Raw) -> list[Row]:
    """Several of our reasons fall under one of the categories: the reason, second in each row, becomes its category."""
    sums: Counter[tuple[Any, ...]] = Counter()
    for first, reason, *rest, count in rows:
        sums[(first, REASONS[Reason(reason)].category, *rest)] += count
    return [(*key, count) for key, count in sorted(sums.items())]


def _by_state(period: Period) -> QuerySet[Any, Any]:
    return count_by(_received(period), "source", "state")


def _answered(period: Period) -> QuerySet[Any, Any]:
    done = Report.objects.filter(outcome_at__gte=period.start, outcome_at__lt=period.end)
    return middles(done, by="source", time=took("created_at", "outcome_at"))


def _by_flagger(period: Period) -> QuerySet[Any, Any]:
    acted = Decision.objects.filter(case=OuterRef("case"), reversed_at=None).exclude(action=Action.NO_ACTION)
    sent = _received(period).filter(flagger__isnull=False).annotate(acted=Exists(acted))
    return count_by(sent, "flagger__name", "acted")


def _read_flaggers(rows: Raw) -> list[Row]:
    sent, acted = Counter[str](), Counter[str]()
    for name, was_acted, count in rows:
        sent[name] += count
        acted[name] += count if was_acted else 0
    return [(name, count, acted[name]) for name, count in sorted(sent.items())]


def _unfounded(period: Period) -> QuerySet[Any, Any]:
    standing = Decision.objects.filter(case=OuterRef("case"), reversed_at=None)
    nothing = Exists(standing.filter(action=Action.NO_ACTION)) & ~Exists(standing.exclude(action=Action.NO_ACTION))
    answered = _received(period).filter(nothing, state=ReportState.ANSWERED, reporter__isnull=False)
    return answered.values("reporter").annotate(n=Count("pk")).order_by("n").values_list("n")


QUESTIONS = (
    Question("notices", "1.3", _("Signalements reçus, par origine et catégorie"), (SOURCE, CATEGORY, COUNT), _by_category, read_categories),
    Question(
        "notices_state",
        "1.3",
        _("Ce que sont devenus les signalements"),
        (SOURCE, Column("state", _("État"), Unit.WORD, dict(ReportState.choices)), COUNT),
        _by_state,
    ),
    Question("notices_time", "1.3", _("Délai entre le signalement et la réponse"), (SOURCE, COUNT, MEDIAN), _answered, medians),
    Question(
        "trusted_flaggers",
        "1.3",
        _("Signaleurs de confiance"),
        (Column("name", _("Organisation"), Unit.WORD), COUNT, Column("acted", _("Suivis d’une mesure"))),
        _by_flagger,
        _read_flaggers,
    ),
    Question(
        "unfounded_reporters",
        "art. 23(2)",
        _("Personnes dont les signalements étaient sans fondement"),
        (Column("reports", _("Signalements sans fondement"), Unit.WORD), Column("people", _("Personnes"))),
        _unfounded,
        histogram(("1", 1), ("2-4", 2), ("5+", 5)),
    ),
)
