"""Requests of authorities (indicator 1.2): what came, what is open, and what is late. The counter that the old sites never showed."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from moderation.courts.terms import ANSWERED, RequestKind, RequestState
from moderation.dsa.figures import Column, Period, Unit
from moderation.models import LegalRequest
from moderation.queries.transparency.asking import Question, count_by, medians, middles, took
from moderation.queries.transparency.notices import COUNT, MEDIAN

KIND = Column("kind", _("Sorte"), Unit.WORD, dict(RequestKind.choices))


def _received(period: Period) -> QuerySet[Any, Any]:
    came = LegalRequest.objects.filter(received_at__gte=period.start, received_at__lt=period.end)
    done = Count("pk", filter=Q(state__in=ANSWERED) & ~Q(state=RequestState.REFUSED_FORMAL))
    return count_by(came, "kind", done=done, refused=Count("pk", filter=Q(state=RequestState.REFUSED_FORMAL)))


def _open(period: Period) -> QuerySet[Any, Any]:
    """Whatever year they came in: an open request does not go away with the year."""
    waiting = LegalRequest.objects.filter(received_at__lt=period.end).exclude(state__in=ANSWERED)
    return count_by(waiting, "kind", late=Count("pk", filter=Q(deadline_at__lt=period.at)))


def _time(period: Period) -> QuerySet[Any, Any]:
    done = LegalRequest.objects.filter(answered_at__gte=period.start, answered_at__lt=period.end)
    return middles(done, by="kind", time=took("received_at", "answered_at"))


QUESTIONS = (
    Question("orders_open", "1.2", _("Demandes d’autorités encore ouvertes"), (KIND, COUNT, Column("overdue", _("En retard"))), _open),
    Question(
        "orders",
        "1.2",
        _("Demandes d’autorités reçues"),
        (KIND, COUNT, Column("answered", _("Répondues")), Column("refused", _("Refusées en la forme"))),
        _received,
    ),
    Question("orders_time", "1.2.3", _("Délai de réponse aux autorités"), (KIND, COUNT, MEDIAN), _time, medians),
)
