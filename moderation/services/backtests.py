"""Trying a version of a rule on the past: on what was reported and decided in the last thirty days, and on lines that are about nothing.

The house reads the evidence for it, and nobody sees a line of it: what is stored are counts. That it was read stands in the audit chain.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from core.screening import Actor, Context
from moderation.enums import Action, CaseState, RuleState
from moderation.models import Case, Evidence, RuleVersion, StaffProfile
from moderation.screening.snapshot import RuleSnapshot
from moderation.services.evidence import SNAPSHOT, EvidenceDamaged, unseal_evidence
from moderation.services.noting import note
from moderation.services.rulebook import source_of
from moderation.services.rules import WrongState, check_editor

PAST = timedelta(days=30)
MOST_CASES = 2000
BENIGN = Path(__file__).resolve().parent.parent / "data" / "benign"
_TRIED_IN = (RuleState.DRAFT, RuleState.BACKTEST, RuleState.SHADOW)
# Whoever wrote it long ago and is nobody special: scopes about new accounts are widest for a newcomer.
_NEWCOMER = Actor(user_id=0, account_age=timedelta(0))


@dataclass(slots=True)
class Tally:
    """Texts that were looked at, and those of them in which the version found something."""

    texts: int = 0
    hits: int = 0

    def add(self, hit: bool) -> None:
        self.texts += 1
        self.hits += hit


@dataclass(slots=True)
class BacktestReport:
    """`restricted`: texts on account of which somebody was restricted or warned; `cleared`: those in which people saw nothing to do;
    `benign`: the house's own lines, by language; a hit in one of the latter two is a mistake. `unreadable`: evidence that does not open."""

    restricted: Tally = field(default_factory=Tally)
    cleared: Tally = field(default_factory=Tally)
    benign: dict[str, Tally] = field(default_factory=dict)
    unreadable: int = 0


def run_backtest(*, version: RuleVersion, by: StaffProfile, now: datetime) -> RuleVersion:
    """Try a version on the past and store the report with it. A draft becomes one that was tried; one on trial stays there.

    Seconds of work at most: 2,000 cases and the benign lines.

    Raises:
        NotYoursToChange; WrongState: it is in force or over.
    """
    check_editor(by)
    if version.state not in _TRIED_IN:
        raise WrongState(version.state)
    report = asdict(_try(version, now))
    with transaction.atomic():
        locked = RuleVersion.objects.select_for_update(of=("self",)).select_related("rule").get(pk=version.pk)
        if locked.state not in _TRIED_IN:
            raise WrongState(locked.state)
        locked.backtest, locked.backtested_at = report, now
        locked.state = RuleState.BACKTEST if locked.state == RuleState.DRAFT else locked.state
        locked.save(update_fields=["backtest", "backtested_at", "state"])
        note(action="rule.backtest", by=by, object_kind="rule", object_ref=str(locked), reason=locked.why, after=report, now=now)
    return locked


def _try(version: RuleVersion, now: datetime) -> BacktestReport:
    report, snapshot = BacktestReport(), RuleSnapshot([source_of(version)])
    for case, action in _decided(now):
        tally = report.cleared if action == Action.NO_ACTION else report.restricted
        for evidence in case.evidence.all():
            try:
                texts = list(texts_of(json.loads(unseal_evidence(evidence=evidence))))
            except (EvidenceDamaged, ValueError):
                report.unreadable += 1
                continue
            for kind, text, context in texts:
                tally.add(_hits(snapshot, kind, text, context))
    for language, lines in read_benign():
        tally = report.benign.setdefault(language, Tally())
        for line in lines:
            tally.add(_hits(snapshot, "MESSAGE", line, Context(languages=(language,), first_messages=True)))
    return report


def _hits(snapshot: RuleSnapshot, kind: str, text: str, context: Context) -> bool:
    _views, matches = snapshot.find(kind, text, _NEWCOMER, context)
    return bool(matches)


def _decided(now: datetime) -> Iterator[tuple[Case, str]]:
    """The cases of the last thirty days with the last word on each, without those about children, which no rule is tried on."""
    decided = Case.objects.filter(decided_at__gt=now - PAST, state__in=[CaseState.DECIDED, CaseState.CLOSED], child_safety=False)
    snapshots = Prefetch("evidence", Evidence.objects.filter(kind=SNAPSHOT))
    for case in decided.prefetch_related(snapshots, "decisions").order_by("-decided_at")[:MOST_CASES]:
        standing = [one for one in case.decisions.all() if one.reversed_at is None]
        if case.decisions.all():
            yield case, max(standing, key=lambda one: one.starts_at).action if standing else Action.NO_ACTION


def texts_of(sheet: dict[str, Any]) -> Iterator[tuple[str, str, Context]]:
    """What the reported person had written in a snapshot: (kind, text, where)."""
    facts = sheet.get("facts", {})
    room = facts.get("room") or {}
    context = Context(kind=room.get("kind", ""), age_gate=room.get("age_gate", ""), languages=tuple(filter(None, [room.get("language")])))
    if message := facts.get("message"):
        yield from (("MESSAGE", version["text"], context) for version in message.get("versions", ())[-1:] if version["text"])
    elif sheet.get("target", {}).get("kind") == "ROOM":
        names = ("title", "description", "rules")
        yield from ((name.upper(), room[name], context) for name in names if room.get(name))
    else:
        profile = facts.get("profile") or {}
        names_of = {"PSEUDONYM": "pseudonym", "PROFILE": "bio"}
        yield from ((kind, profile[name], context) for kind, name in names_of.items() if profile.get(name))


def read_benign(folder: Path = BENIGN) -> Iterable[tuple[str, list[str]]]:
    """The benign lines, by language ("fr", "mg", "en")."""
    for path in sorted(folder.glob("*.txt")):
        yield path.stem, [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
