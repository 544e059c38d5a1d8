"""A version is tried on what was decided and on what is about nothing; counts are stored, and not a word of anybody."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts.tests.factories import NOON
from core.models import AuditEntry
from moderation.enums import Action, CaseState, Ground, Reason, RuleOutcome, RuleState
from moderation.models import Case, Decision, Evidence
from moderation.services.backtests import PAST, read_benign, run_backtest
from moderation.services.decided import texts_of
from moderation.services.evidence import keep_evidence
from moderation.targets import Snapshot
from moderation.tests.desk import make_case, make_report
from moderation.tests.rules import make_active, make_draft, make_editor, make_trial

pytestmark = pytest.mark.django_db
ROOM = {"kind": "OPEN", "title": "Cuisine", "description": "", "rules": "", "age_gate": "GENERAL", "language": "fr"}


def facts(*versions: str) -> dict[str, Any]:
    return {"room": ROOM, "message": {"versions": [{"at": "…", "text": text} for text in versions]}, "context": [{"text": "crétin à côté"}]}


def decided(text: str, action: Action, *, age: timedelta = timedelta(days=1), **fields: Any) -> Case:
    """A case about one message, as a decision leaves it."""
    case = make_case(**fields)
    snapshot = Snapshot(facts=facts("première version", text), subject_id=None)
    keep_evidence(case=case, report=make_report(case), snapshot=snapshot, now=NOON - age)
    Decision.objects.create(
        case=case,
        action=action,
        reason=Reason.HARASSMENT,
        ground=Ground.TERMS,
        ground_ref="3",
        explanation="x",
        facts="x",
        starts_at=NOON - age,
    )
    Case.objects.filter(pk=case.pk).update(state=CaseState.DECIDED, open_key=None, decided_at=NOON - age)
    return case


def report_of(**fields: Any) -> dict[str, Any]:
    editor = make_editor()
    version = run_backtest(version=make_draft(editor, **fields), by=editor, now=NOON)
    report: dict[str, Any] = version.backtest or {}
    return report


def test_hits_are_counted_apart_where_people_acted_and_where_they_did_not() -> None:
    decided("espèce de crétin", Action.WARN)
    decided("va-t’en", Action.REMOVE)
    decided("le crétin des Alpes", Action.NO_ACTION)
    found = report_of()
    assert found["restricted"] == {"texts": 2, "hits": 1}
    assert found["cleared"] == {"texts": 1, "hits": 1}
    assert found["unreadable"] == 0


def test_the_last_version_of_the_reported_message_counts_and_nothing_around_it() -> None:
    case = decided("rien de mal", Action.WARN)
    assert case.evidence.count() == 1
    assert report_of()["restricted"] == {"texts": 1, "hits": 0}


def test_a_reversed_decision_is_none() -> None:
    case = decided("espèce de crétin", Action.REMOVE)
    case.decisions.update(reversed_at=NOON)
    found = report_of()
    assert (found["restricted"]["texts"], found["cleared"]) == (0, {"texts": 1, "hits": 1})


def test_old_open_and_childrens_cases_are_left_out() -> None:
    decided("crétin", Action.WARN, age=PAST)
    decided("crétin", Action.WARN, child_safety=True)
    open_case = make_case()
    keep_evidence(case=open_case, report=make_report(open_case), snapshot=Snapshot(facts=facts("crétin"), subject_id=None), now=NOON)
    assert report_of()["restricted"]["texts"] == 0


def test_evidence_that_does_not_open_is_counted_and_stops_nothing() -> None:
    damaged = decided("crétin", Action.WARN)
    Evidence.objects.filter(case=damaged).update(sha256="0" * 64)
    decided("crétin", Action.WARN)
    found = report_of()
    assert (found["unreadable"], found["restricted"]) == (1, {"texts": 1, "hits": 1})


def test_every_benign_line_is_tried() -> None:
    benign = report_of(text="bonjour\nsalama")["benign"]
    assert {language: tally["texts"] for language, tally in benign.items()} == {language: len(lines) for language, lines in read_benign()}
    assert benign["fr"]["hits"] > 0
    assert benign["mg"]["hits"] > 0


def test_no_word_of_anybody_is_stored_and_the_chain_says_that_evidence_was_read() -> None:
    decided("espèce de crétin", Action.WARN)
    assert "espèce" not in json.dumps(report_of())
    entry = AuditEntry.objects.get(action="rule.backtest")
    assert (entry.object_ref, entry.reason) == ("insultes v1", "plaintes de la semaine")


def test_a_draft_becomes_one_that_was_tried_and_a_trial_goes_on() -> None:
    editor = make_editor()
    trial = make_trial(editor)
    again = run_backtest(version=trial, by=editor, now=NOON + timedelta(days=3))
    assert (again.state, again.backtested_at, again.shadow_since) == (RuleState.SHADOW, NOON + timedelta(days=3), NOON)
    draft = make_draft(editor, rule=trial.rule)
    assert run_backtest(version=draft, by=editor, now=NOON).state == RuleState.BACKTEST


def test_what_is_in_force_was_tried_before() -> None:
    from moderation.services.rules import WrongState

    active = make_active(make_editor("Redac1"), make_editor("Redac2"), outcome=RuleOutcome.HOLD)
    with pytest.raises(WrongState):
        run_backtest(version=active, by=make_editor("Redac3"), now=NOON)


@pytest.mark.parametrize(
    ("sheet", "texts"),
    [
        ({"facts": facts("a", "b")}, [("MESSAGE", "b")]),
        ({"facts": facts("")}, []),
        ({"facts": {"room": ROOM}, "target": {"kind": "ROOM"}}, [("TITLE", "Cuisine")]),
        ({"facts": {"profile": {"pseudonym": "Ben", "bio": "salut"}}}, [("PSEUDONYM", "Ben"), ("PROFILE", "salut")]),
        ({"facts": {"profile": None}}, []),
        ({}, []),
    ],
)
def test_what_the_reported_person_wrote_is_read_from_each_kind_of_snapshot(sheet: dict[str, Any], texts: list[tuple[str, str]]) -> None:
    assert [(kind, text) for kind, text, _where in texts_of(sheet)] == texts
