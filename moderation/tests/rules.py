"""Rules for tests, brought to where a test begins by the deeds that bring them there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.tests.factories import NOON
from moderation.enums import ApprovalKind, RuleKind, RuleOutcome, RuleTopic, StaffRole
from moderation.models import Rule, RuleVersion, StaffProfile
from moderation.services.approvals import approve, ask_approval
from moderation.services.backtests import run_backtest
from moderation.services.rules import TRIAL, activate, begin_trial, create_rule, draft_version
from moderation.tests.factories import make_staff_member


def make_editor(name: str = "Redac1") -> StaffProfile:
    return make_staff_member(name, StaffRole.RULE_EDITOR)


def make_rule(by: StaffProfile, key: str = "insultes", kind: RuleKind = RuleKind.TERMS) -> Rule:
    return create_rule(key=key, title="Insultes", kind=kind, topic=RuleTopic.INSULT, by=by, now=NOON)


def make_draft(by: StaffProfile, *, rule: Rule | None = None, outcome: RuleOutcome = RuleOutcome.HOLD, **fields: Any) -> RuleVersion:
    rule = rule or make_rule(by)
    fields = {"text": "crétin(s)", "scope": {}, "why": "plaintes de la semaine", **fields}
    return draft_version(rule=rule, outcome=outcome, by=by, now=NOON, **fields)


def make_trial(by: StaffProfile, *, now: datetime = NOON, **fields: Any) -> RuleVersion:
    version = run_backtest(version=make_draft(by, **fields), by=by, now=now)
    return begin_trial(version=version, reason="rien d’anormal", by=by, now=now)


def agree(version: RuleVersion, first: StaffProfile, second: StaffProfile, *, now: datetime) -> None:
    """The agreement of two."""
    asked = ask_approval(kind=ApprovalKind.ACTIVATE_RULE, object_ref=version.public_id, by=first, reason="sept jours d’essai", now=now)
    approve(approval=asked, by=second, reason="relu", now=now)


def make_active(first: StaffProfile, second: StaffProfile, **fields: Any) -> RuleVersion:
    version = make_trial(first, **fields)
    agree(version, first, second, now=NOON + TRIAL)
    return activate(version=version, reason="essai concluant", by=first, now=NOON + TRIAL)
