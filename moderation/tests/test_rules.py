"""The life of a rule: no step is skipped, nobody takes the last one alone, and every one stands in the chain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.tests.factories import NOON
from core.models import AuditEntry
from moderation.enums import ApprovalKind, RuleKind, RuleOutcome, RuleState, RuleTopic, StaffRole
from moderation.models import RuleVersion
from moderation.services.approvals import NotApproved, NotYoursToApprove, approve, ask_approval
from moderation.services.backtests import run_backtest
from moderation.services.rulebook import read_number
from moderation.services.rules import (
    TRIAL,
    BadRule,
    NotTried,
    NotYoursToChange,
    TooEarly,
    WrongState,
    activate,
    begin_trial,
    create_rule,
    draft_version,
    retire,
)
from moderation.tests.factories import make_staff_member
from moderation.tests.rules import agree, make_active, make_draft, make_editor, make_rule, make_trial

pytestmark = pytest.mark.django_db
READY = NOON + TRIAL


def test_from_a_draft_to_force_by_two_people() -> None:
    first, second = make_editor("Redac1"), make_editor("Redac2")
    version = make_trial(first)
    assert (version.state, version.shadow_since) == (RuleState.SHADOW, NOON)
    agree(version, first, second, now=READY)
    active = activate(version=version, reason="essai concluant", by=first, now=READY)
    assert (active.state, active.active_key, active.activated_at) == (RuleState.ACTIVE, active.rule_id, READY)
    ended = retire(version=active, reason="remplacée", by=second, now=READY)
    assert (ended.state, ended.active_key, ended.retired_at) == (RuleState.RETIRED, None, READY)
    noted = AuditEntry.objects.filter(object_kind="rule", object_ref="insultes v1").order_by("seq").values_list("action", "handle")
    assert list(noted) == [
        ("rule.draft", first.handle),
        ("rule.backtest", first.handle),
        ("rule.trial", first.handle),
        ("rule.activate", first.handle),
        ("rule.retire", second.handle),
    ]


def test_nobody_brings_a_rule_that_holds_into_force_alone() -> None:
    first = make_editor()
    version = make_trial(first)
    with pytest.raises(NotApproved):
        activate(version=version, reason="vite", by=first, now=READY)
    asked = ask_approval(kind=ApprovalKind.ACTIVATE_RULE, object_ref=version.public_id, by=first, reason="vite", now=READY)
    with pytest.raises(NotYoursToApprove):
        approve(approval=asked, by=first, reason="moi-même", now=READY)
    with pytest.raises(NotApproved):
        activate(version=version, reason="vite", by=first, now=READY)
    version.refresh_from_db()
    assert version.state == RuleState.SHADOW


def test_an_agreement_about_one_version_is_none_about_the_next() -> None:
    first, second = make_editor("Redac1"), make_editor("Redac2")
    one = make_trial(first)
    agree(one, first, second, now=READY)
    other = make_trial(first, rule=one.rule, text="abruti", now=NOON)
    with pytest.raises(NotApproved):
        activate(version=other, reason="autre contenu", by=first, now=READY)


def test_weights_of_behaviour_hold_by_themselves_whatever_outcome_they_name() -> None:
    first = make_editor()
    rule = make_rule(first, "poids", RuleKind.BEHAVIOUR)
    version = make_trial(first, rule=rule, outcome=RuleOutcome.NUDGE, text="hold_at = 1\nnew_account = 1")
    with pytest.raises(NotApproved):
        activate(version=version, reason="seul", by=first, now=READY)


def test_what_only_asks_takes_one_person_and_the_same_seven_days() -> None:
    first = make_editor()
    version = make_trial(first, outcome=RuleOutcome.NUDGE)
    with pytest.raises(TooEarly) as early:
        activate(version=version, reason="vite", by=first, now=READY - timedelta(seconds=1))
    assert early.value.ready_at == READY
    assert activate(version=version, reason="essai concluant", by=first, now=READY).state == RuleState.ACTIVE


def test_no_step_is_skipped() -> None:
    first = make_editor()
    draft = make_draft(first)
    with pytest.raises(NotTried):
        begin_trial(version=draft, reason="vite", by=first, now=NOON)
    for later in (activate, retire):
        stale = draft if later is activate else retire(version=draft, reason="non", by=first, now=NOON)
        with pytest.raises(WrongState):
            later(version=stale, reason="vite", by=first, now=READY)
    with pytest.raises(WrongState):
        run_backtest(version=RuleVersion.objects.get(pk=draft.pk), by=first, now=NOON)
    with pytest.raises(WrongState):
        begin_trial(version=draft, reason="encore", by=first, now=NOON)


def test_the_next_version_takes_the_place_of_the_one_in_force() -> None:
    first, second = make_editor("Redac1"), make_editor("Redac2")
    one = make_active(first, second)
    two = make_trial(first, rule=one.rule, text="abruti")
    agree(two, first, second, now=READY)
    activate(version=two, reason="mieux", by=second, now=READY)
    assert list(RuleVersion.objects.order_by("number").values_list("number", "state")) == [(1, RuleState.RETIRED), (2, RuleState.ACTIVE)]


def test_one_version_of_a_rule_is_in_force_and_the_database_knows() -> None:
    first, second = make_editor("Redac1"), make_editor("Redac2")
    one = make_active(first, second)
    two = make_draft(first, rule=one.rule)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleVersion.objects.filter(pk=two.pk).update(state=RuleState.ACTIVE, active_key=one.rule_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleVersion.objects.filter(pk=two.pk).update(state=RuleState.ACTIVE)


def test_a_second_trial_ends_the_first() -> None:
    first = make_editor()
    one = make_trial(first)
    two = make_trial(first, rule=one.rule, text="abruti")
    one.refresh_from_db()
    assert (one.state, two.state) == (RuleState.RETIRED, RuleState.SHADOW)


def test_only_rule_editors_touch_rules() -> None:
    first, mod = make_editor(), make_staff_member("Modo1", StaffRole.MODERATOR, StaffRole.SENIOR)
    version = make_draft(first)
    with pytest.raises(NotYoursToChange):
        create_rule(key="autre", title="Autre", kind=RuleKind.TERMS, topic=RuleTopic.SCAM, by=mod, now=NOON)
    with pytest.raises(NotYoursToChange):
        draft_version(rule=version.rule, text="a", outcome=RuleOutcome.NUDGE, scope={}, why="x", by=mod, now=NOON)
    with pytest.raises(NotYoursToChange):
        run_backtest(version=version, by=mod, now=NOON)
    for step in (begin_trial, activate, retire):
        with pytest.raises(NotYoursToChange):
            step(version=version, reason="x", by=mod, now=READY)


def test_every_change_of_what_is_live_turns_the_page() -> None:
    first, second = make_editor("Redac1"), make_editor("Redac2")
    pages = [read_number()]
    draft = make_draft(first)
    pages.append(read_number())
    begin_trial(version=run_backtest(version=draft, by=first, now=NOON), reason="ok", by=first, now=NOON)
    pages.append(read_number())
    agree(draft, first, second, now=READY)
    activate(version=draft, reason="ok", by=first, now=READY)
    pages.append(read_number())
    assert pages == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "..."}, "text"),
        ({"text": ""}, "text"),
        ({"why": " \u200b"}, "why"),
        ({"outcome": RuleOutcome.REFUSE}, "outcome"),
        ({"outcome": RuleOutcome.SCORE}, "weight"),
        ({"outcome": RuleOutcome.SCORE, "weight": float("nan")}, "weight"),
        ({"scope": {"colour": 1}}, "scope"),
        ({"scope": {"languages": ["de"]}}, "scope"),
        ({"scope": {"age_gates": ["NONE"]}}, "scope"),
        ({"scope": {"kinds": ["LETTER"]}}, "scope"),
        ({"scope": {"rooms": ["7"]}}, "scope"),
        ({"scope": {"account_age_below_h": 0}}, "scope"),
    ],
)
def test_each_bad_field_has_its_message(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRule) as refusal:
        make_draft(make_editor(), **fields)
    assert list(refusal.value.errors) == [field]
    assert str(refusal.value.errors[field])
    assert RuleVersion.objects.count() == 0


@pytest.mark.parametrize("pattern", [r"words: (?=a)b", r"words: (a)\1", "words: (", "words: a*"])
def test_expressions_that_the_engine_refuses_are_named_by_their_line(pattern: str) -> None:
    first = make_editor()
    with pytest.raises(BadRule) as refusal:
        make_draft(first, rule=make_rule(first, kind=RuleKind.PATTERNS), text=f"# remark\n{pattern}")
    assert "2" in str(refusal.value.errors["text"])


def test_known_thieves_of_passwords_may_be_refused() -> None:
    first = make_editor()
    version = make_draft(first, rule=make_rule(first, kind=RuleKind.HOSTS), text="voleur.example", outcome=RuleOutcome.REFUSE)
    assert version.acts_by_itself


def test_a_key_is_given_once_and_a_title_is_asked_for() -> None:
    first = make_editor()
    make_rule(first)
    with pytest.raises(BadRule) as taken:
        make_rule(first)
    assert list(taken.value.errors) == ["key"]
    with pytest.raises(BadRule) as untitled:
        create_rule(key="sans-titre", title="  ", kind=RuleKind.TERMS, topic=RuleTopic.SCAM, by=first, now=NOON)
    assert list(untitled.value.errors) == ["title"]
