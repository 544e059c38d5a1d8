"""What the house has learned orders the queue within a severity, and nothing else; until it is good enough it does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.tests.factories import NOON
from core.models import AuditEntry
from moderation.enums import Action, Severity
from moderation.models import Case, QueueRanker
from moderation.screening.ranking import train
from moderation.services import ranking
from moderation.services.cases import weigh_case
from moderation.services.ranking import TooLittleToLearn, find_ranker, rank_facts, train_ranker
from moderation.tests.desk import make_case, make_report
from moderation.tests.test_backtests import decided

pytestmark = pytest.mark.django_db
NAMES = ["Amina", "Ben", "Carole", "Toky", "Fara", "Hery", "Lanto", "Bao"]
INSULT = {"message": {"versions": [{"text": "espèce d’abruti va"}]}}
GREETING = {"message": {"versions": [{"text": "bonjour Amina ça va"}]}}


@pytest.fixture(autouse=True)
def _few_are_enough(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ranking, "FEWEST", 6)
    ranking._load.cache_clear()
    yield
    ranking._load.cache_clear()


def decide_some() -> None:
    for name in NAMES:
        decided(f"{name} espèce d’abruti va", Action.WARN)
        decided(f"bonjour {name} ça va", Action.NO_ACTION)


def store(auc: float) -> QueueRanker:
    made = train(["espèce d’abruti va", "bonjour ça va"], [True, False])
    fields: dict[str, Any] = {"texts": 2, "acted": 1, "auc": auc, "trained_at": NOON}
    return QueueRanker.objects.create(weights=made.weights.tobytes(), scale=made.scale, bias=made.bias, **fields)


def test_it_learns_what_people_decided_and_says_how_well() -> None:
    decide_some()
    row = train_ranker(now=NOON)
    assert (row.texts, row.acted) == (16, 8)
    assert row.auc > 0.9
    assert rank_facts(INSULT, of_room=False) > 0.5 > rank_facts(GREETING, of_room=False)
    entry = AuditEntry.objects.get(action="ranker.train")
    assert (entry.handle, entry.object_ref) == ("", str(row.pk))


def test_cases_about_children_are_never_learned_from() -> None:
    decide_some()
    decided("bonjour", Action.WARN, child_safety=True)
    assert train_ranker(now=NOON).texts == 16


def test_too_little_is_nothing() -> None:
    decided("abruti", Action.WARN)
    with pytest.raises(TooLittleToLearn) as little:
        train_ranker(now=NOON)
    assert (little.value.acted, little.value.cleared) == (1, 0)
    assert QueueRanker.objects.count() == 0


def test_what_is_no_better_than_chance_is_not_used() -> None:
    store(0.9)
    assert find_ranker() is not None
    store(0.59)
    assert find_ranker() is None, "nor is an older one: the house has changed"
    assert rank_facts(INSULT, of_room=False) == 0.0


def test_without_learning_every_report_ranks_alike() -> None:
    assert rank_facts(INSULT, of_room=False) == 0.0
    store(0.9)
    assert rank_facts({}, of_room=False) == 0.0


def test_it_counts_double_at_most_and_within_a_severity() -> None:
    case = make_case(severity=Severity.S2)
    report = make_report(case)
    weigh_case(case=case, report=report, reach=0, now=NOON)
    plain = Case.objects.get(pk=case.pk)
    weigh_case(case=plain, report=report, reach=0, likely=1.0, now=NOON)
    ranked = Case.objects.get(pk=case.pk)
    assert ranked.score - plain.score == pytest.approx(1.0), "the score is a logarithm to the base of two"
    assert (ranked.severity, ranked.due_at, ranked.state) == (plain.severity, plain.due_at, plain.state)


def test_the_command_says_what_was_learned() -> None:
    for name in NAMES:
        for action, text in ((Action.WARN, f"{name} espèce d’abruti va"), (Action.NO_ACTION, f"bonjour {name} ça va")):
            case = decided(text, action)
            Case.objects.filter(pk=case.pk).update(decided_at=timezone.now() - timedelta(hours=1))
    out = StringIO()
    call_command("train_ranker", stdout=out)
    assert out.getvalue().startswith("learned from 16 texts, 8 with a measure; AUC ")
    assert "orders the queue" in out.getvalue()


def test_the_command_says_what_is_missing() -> None:
    with pytest.raises(CommandError, match="0 texts with a measure and 0 without"):
        call_command("train_ranker", stdout=StringIO())
