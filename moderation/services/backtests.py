"""Trying a version of a rule on the past: on what was reported and decided in the last thirty days, and on lines that are about nothing.

The house reads the evidence for it, and nobody sees a line of it: what is stored are counts. That it was read stands in the audit chain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from core.screening import Actor, Context
from moderation.enums import RuleState
from moderation.models import RuleVersion, StaffProfile
from moderation.screening.snapshot import RuleSnapshot
from moderation.services.decided import UNREADABLE, read_decided
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
        locked = RuleVersion.objects.select_for_update().select_related("rule").get(pk=version.pk)
        if locked.state not in _TRIED_IN:
            raise WrongState(locked.state)
        locked.backtest, locked.backtested_at = report, now
        locked.state = RuleState.BACKTEST if locked.state == RuleState.DRAFT else locked.state
        locked.save(update_fields=["backtest", "backtested_at", "state"])
        note(action="rule.backtest", by=by, object_kind="rule", object_ref=str(locked), reason=locked.why, after=report, now=now)
    return locked


def _try(version: RuleVersion, now: datetime) -> BacktestReport:
    report, snapshot = BacktestReport(), RuleSnapshot([source_of(version)])
    for one in read_decided(since=now - PAST, most=MOST_CASES):
        if one is UNREADABLE:
            report.unreadable += 1
        else:
            tally = report.restricted if one.acted else report.cleared
            tally.add(_hits(snapshot, one.kind, one.text, one.context))
    for language, lines in read_benign():
        tally = report.benign.setdefault(language, Tally())
        for line in lines:
            tally.add(_hits(snapshot, "MESSAGE", line, Context(languages=(language,), first_messages=True)))
    return report


def _hits(snapshot: RuleSnapshot, kind: str, text: str, context: Context) -> bool:
    _views, matches = snapshot.find(kind, text, _NEWCOMER, context)
    return bool(matches)


def read_benign(folder: Path = BENIGN) -> Iterable[tuple[str, list[str]]]:
    """The benign lines, by language ("fr", "mg", "en")."""
    for path in sorted(folder.glob("*.txt")):
        yield path.stem, [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
