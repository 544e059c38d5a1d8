"""What the team decided (indicator 1.4), how soon it acted, suspensions (1.5, DSA art. 23(1)), and the share of machines (1.6)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import ExtractMonth
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from moderation.dsa.figures import Column, Period, Row, Unit
from moderation.enums import Action, Ground, ReportSource, Severity
from moderation.models import Case, Decision, HoldsOfDay, Report
from moderation.queries.transparency.asking import Question, Raw, count_by, histogram, medians, middles, took
from moderation.queries.transparency.notices import CATEGORY, COUNT, MEDIAN, read_categories

ACTION = Column("action", _("Mesure"), Unit.WORD, dict(Action.choices))
SEVERITY = Column("severity", _("Gravité"), Unit.WORD, {str(value): label for value, label in Severity.choices})
ORIGIN = Column("origin", _("À la suite de"), Unit.WORD, {"OWN": _("Notre initiative"), "NOTICE": _("Un signalement")})
_MACHINE = {"True": _("Oui"), "False": _("Non")}
_SANCTIONS = (Action.RESTRICT_POSTING, Action.SUSPEND_REPORTING, Action.SUSPEND_ACCOUNT, Action.TERMINATE_ACCOUNT)
_UNRESTRICTED = (Action.NO_ACTION, Action.WARN)


def _decided(period: Period) -> QuerySet[Decision]:
    return Decision.objects.filter(starts_at__gte=period.start, starts_at__lt=period.end)


def _by_restriction(period: Period) -> QuerySet[Any, Any]:
    told = Report.objects.filter(case=OuterRef("case")).exclude(source=ReportSource.AUTOMATIC)
    return count_by(_decided(period).annotate(told=Exists(told)), "action", "reason", "told")


def _read_restrictions(rows: Raw) -> list[Row]:
    named = [(action, reason, "NOTICE" if told else "OWN", count) for action, reason, told, count in rows]
    return sorted((category, action, origin, count) for action, category, origin, count in read_categories(named))


def _by_ground(period: Period) -> QuerySet[Any, Any]:
    return count_by(_decided(period).exclude(action__in=_UNRESTRICTED), "ground")


def _first_actions(period: Period) -> QuerySet[Any, Any]:
    acted = Case.objects.filter(opened_at__gte=period.start, opened_at__lt=period.end, first_action_at__isnull=False)
    return middles(acted, by="severity", time=took("opened_at", "first_action_at"))


def _on_time(period: Period) -> QuerySet[Any, Any]:
    opened = Case.objects.filter(opened_at__gte=period.start, opened_at__lt=period.end)
    late = Count("pk", filter=Q(first_action_at__gt=F("due_at")))
    waiting = Count("pk", filter=Q(first_action_at__isnull=True, due_at__lt=period.at))
    return count_by(opened, "severity", late=late, waiting=waiting)


def _sanctions(period: Period) -> QuerySet[Any, Any]:
    return count_by(_decided(period).filter(action__in=_SANCTIONS), "action", people=Count("subject", distinct=True))


def _repeated(period: Period) -> QuerySet[Any, Any]:
    restricted = _decided(period).filter(subject__isnull=False, reversed_at=None).exclude(action__in=_UNRESTRICTED)
    return restricted.values("subject").annotate(n=Count("pk")).order_by("n").values_list("n")


def _machines(period: Period) -> QuerySet[Any, Any]:
    wrong = Count("pk", filter=Q(reversed_at__isnull=False))
    return count_by(_decided(period), "automated_detection", "automated_decision", wrong=wrong)


def _read_machines(rows: Raw) -> list[Row]:
    return [(str(bool(found)), str(bool(decided)), count, wrong, wrong / count) for found, decided, count, wrong in rows]


def _holds(period: Period) -> QuerySet[Any, Any]:
    days = HoldsOfDay.objects.filter(day__gte=period.start.date(), day__lt=period.end.date()).annotate(month=ExtractMonth("day"))
    sums: QuerySet[Any, Any] = days.values("month").annotate(Sum("held"), Sum("released"), Sum("refused"))
    return sums.order_by("month").values_list("month", "held__sum", "released__sum", "refused__sum")


def _read_holds(rows: Raw) -> list[Row]:
    """What nobody has looked at yet is neither right nor wrong."""
    return [
        (f"{month:02}", int(held), int(released), int(refused), released / (released + refused) if released + refused else None)
        for month, held, released, refused in rows
    ]


def _languages(period: Period) -> QuerySet[Any, Any]:
    return count_by(_decided(period), "case__language")


QUESTIONS = (
    Question(
        "decisions",
        "1.4",
        _("Décisions, par catégorie et mesure"),
        (CATEGORY, ACTION, ORIGIN, COUNT),
        _by_restriction,
        _read_restrictions,
    ),
    Question(
        "grounds",
        "1.4",
        _("Fondement des mesures"),
        (Column("ground", _("Fondement"), Unit.WORD, dict(Ground.choices)), COUNT),
        _by_ground,
    ),
    Question(
        "languages",
        "1.4",
        _("Décisions, par langue du contenu"),
        (Column("language", _("Langue"), Unit.WORD, dict(Language.choices)), COUNT),
        _languages,
    ),
    Question("first_action", "1.3", _("Délai avant la première mesure"), (SEVERITY, COUNT, MEDIAN), _first_actions, medians),
    Question(
        "on_time",
        "1.3",
        _("Dossiers ouverts et dossiers en retard"),
        (SEVERITY, COUNT, Column("late", _("Traités en retard")), Column("waiting", _("En retard et sans réponse"))),
        _on_time,
    ),
    Question("suspensions", "1.5", _("Suspensions"), (ACTION, COUNT, Column("people", _("Personnes"))), _sanctions),
    Question(
        "repeat_offenders",
        "art. 23(1)",
        _("Personnes restreintes plusieurs fois"),
        (Column("measures", _("Mesures non annulées"), Unit.WORD), Column("people", _("Personnes"))),
        _repeated,
        histogram(("1", 1), ("2", 2), ("3+", 3)),
    ),
    Question(
        "automation",
        "1.6",
        _("Part des machines, et leurs erreurs"),
        (
            Column("detected", _("Détecté par une machine"), Unit.WORD, _MACHINE),
            Column("decided", _("Décidé par une machine"), Unit.WORD, _MACHINE),
            COUNT,
            Column("overturned", _("Annulées")),
            Column("error_rate", _("Taux d’erreur"), Unit.SHARE),
        ),
        _machines,
        _read_machines,
    ),
    Question(
        "holds",
        "1.6",
        _("Textes retenus par des règles avant d’être lus"),
        (
            Column("month", _("Mois"), Unit.WORD),
            Column("held", _("Retenus")),
            Column("released", _("Publiés par une personne")),
            Column("refused", _("Refusés par une personne")),
            Column("error_rate", _("Taux d’erreur"), Unit.SHARE),
        ),
        _holds,
        _read_holds,
    ),
)
