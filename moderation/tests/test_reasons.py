"""The tables of reasons and actions: whole, in the words of the European database, and as the design orders them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.tests.factories import NOON
from moderation.actions import ACTIONS, LADDER, REMOVED, Aim, End, list_actions, next_step, statement_fields
from moderation.enums import Action, Reason, Severity, TargetKind
from moderation.reasons import REASONS, due_at

each_action = pytest.mark.parametrize("action", list(ACTIONS))


def test_every_action_has_its_row() -> None:
    assert set(ACTIONS) == set(Action)


def test_every_reason_has_its_row() -> None:
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_speaks_in_the_form_of_the_database(reason: Reason) -> None:
    spec = REASONS[reason]
    assert spec.category.startswith("STATEMENT_CATEGORY_")
    assert spec.keywords
    assert all(word.startswith("KEYWORD_") for word in spec.keywords)
    assert all(word.startswith("STATEMENT_CATEGORY_") and word != spec.category for word in spec.additions)


@pytest.mark.parametrize(
    ("reason", "severity", "minutes"),
    [
        (Reason.IMMINENT_DANGER, Severity.S0, 15),
        (Reason.CHILD_ABUSE_MATERIAL, Severity.S1, 60),
        (Reason.HARASSMENT, Severity.S2, 240),
        (Reason.SCAM, Severity.S3, 1440),
    ],
)
def test_the_clock_of_a_severity_and_half_of_it_for_trusted_flaggers(reason: Reason, severity: Severity, minutes: int) -> None:
    assert REASONS[reason].severity == severity
    assert due_at(severity, since=NOON, trusted=False) - NOON == timedelta(minutes=minutes)
    assert due_at(severity, since=NOON, trusted=True) - NOON == timedelta(minutes=minutes) / 2


def test_a_word_of_suicide_is_most_urgent_when_it_is_now() -> None:
    spec = REASONS[Reason.SUICIDE_SELF_HARM]
    assert spec.severity_of(danger_now=True) == Severity.S0
    assert spec.severity_of(danger_now=False) == Severity.S2
    assert REASONS[Reason.SPAM].severity_of(danger_now=True) == Severity.S3, "nobody makes spam urgent by a tick"


def test_abuse_of_children_alone_is_hidden_from_the_ordinary_desk() -> None:
    assert [reason for reason, spec in REASONS.items() if spec.shown_only_to_child_safety] == [Reason.CHILD_ABUSE_MATERIAL]


@each_action
def test_an_action_has_targets_and_a_restriction_has_its_field(action: Action) -> None:
    spec = ACTIONS[action]
    assert spec.targets
    assert spec.restricts == (action not in (Action.NO_ACTION, Action.WARN))
    assert (spec.visibility == "DECISION_VISIBILITY_OTHER") == bool(spec.visibility_other)
    assert bool(spec.without_end) == (spec.end is End.MAY)
    for target in spec.targets:
        fields = statement_fields(action=action, target=target, ends_at=None)
        assert bool(fields.visibility or fields.provision or fields.account) == spec.restricts


def test_a_measure_against_a_person_takes_the_words_away_and_says_so() -> None:
    end = NOON + timedelta(days=7)
    fields = statement_fields(action=Action.SUSPEND_ACCOUNT, target=TargetKind.MESSAGE, ends_at=end)
    assert (fields.visibility, fields.account, fields.provision) == ((REMOVED,), "DECISION_ACCOUNT_SUSPENDED", "")
    assert statement_fields(action=Action.SUSPEND_ACCOUNT, target=TargetKind.ACCOUNT, ends_at=end).visibility == ()
    assert statement_fields(action=Action.REMOVE, target=TargetKind.MESSAGE, ends_at=None).visibility == (REMOVED,)
    assert statement_fields(action=Action.WARN, target=TargetKind.MESSAGE, ends_at=None).visibility == ()


def test_what_has_no_end_is_a_termination() -> None:
    ban = Action.BAN_FROM_ROOM
    assert statement_fields(action=ban, target=TargetKind.MESSAGE, ends_at=None).provision == "DECISION_PROVISION_PARTIAL_TERMINATION"
    assert statement_fields(action=ban, target=TargetKind.MESSAGE, ends_at=NOON).provision == "DECISION_PROVISION_PARTIAL_SUSPENSION"


@pytest.mark.parametrize(
    ("target", "first", "missing"),
    [
        (TargetKind.MESSAGE, Action.NO_ACTION, Action.CLOSE_ROOM),
        (TargetKind.ROOM, Action.NO_ACTION, Action.REMOVE),
        (TargetKind.ACCOUNT, Action.NO_ACTION, Action.MUTE_IN_ROOM),
        (TargetKind.PROFILE, Action.NO_ACTION, Action.SUSPEND_REPORTING),
    ],
)
def test_what_may_be_decided_over_what(target: TargetKind, first: Action, missing: Action) -> None:
    offered = list_actions(target)
    assert offered[0] == first
    assert missing not in offered
    assert all(target in ACTIONS[action].targets for action in offered)


def test_the_ladder_goes_up_by_strikes_and_grave_matters_begin_higher() -> None:
    rungs = [next_step(strikes=n, severity=Severity.S2) for n in range(7)]
    assert rungs == [*LADDER, LADDER[-1], LADDER[-1]]
    assert next_step(strikes=0, severity=Severity.S0) == next_step(strikes=2, severity=Severity.S3)
    assert next_step(strikes=3, severity=Severity.S1) == LADDER[3]
    for step in LADDER:
        spec = ACTIONS[step.action]
        assert (step.lasts is None) == (spec.end is End.NEVER)
        assert spec.aim in (Aim.NOTHING, Aim.ACCOUNT)
