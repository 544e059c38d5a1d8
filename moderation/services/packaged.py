"""The rules that come with a release of the house (`moderation/data/rules`): files with a head of `key: value` lines between two `---`.

What only asks or counts is in force as soon as it is loaded. What holds or refuses by itself begins on trial, for no release decides that
for the people of a house: two of them do, after seven days. A rule whose wording the team has changed is never changed over their heads;
the new wording waits as a draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from moderation.enums import RuleKind, RuleOutcome, RuleState, RuleTopic
from moderation.models import Rule, RuleVersion
from moderation.screening.snapshot import RuleSource
from moderation.services.noting import note
from moderation.services.rulebook import scope_of, turn_page
from moderation.services.rules import add_version, find_errors, put_in_force, withdraw_active

FOLDER = Path(__file__).resolve().parent.parent / "data" / "rules"


class RuleFileInvalid(ValueError):
    """A file that is no rule; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class PackagedRule:
    """One file."""

    key: str
    title: str
    kind: RuleKind
    topic: RuleTopic
    outcome: RuleOutcome
    weight: float
    scope: dict[str, Any]
    why: str
    text: str


def read_packaged(folder: Path = FOLDER) -> list[PackagedRule]:
    """The rules of a folder, in the order of their names, checked as if somebody of the team had written them.

    Raises:
        RuleFileInvalid.
    """
    return [_read(path) for path in sorted(folder.glob("*.txt"))]


def as_sources(rules: list[PackagedRule], *, shadow: bool = False) -> list[RuleSource]:
    """Packaged rules as the engine takes them, numbered in their order: for measurements that need no tables."""
    return [
        RuleSource(number, 1, one.kind, one.text, one.outcome, one.topic, scope_of(one.scope), one.weight, shadow)
        for number, one in enumerate(rules, start=1)
    ]


def load_packaged(*, rules: list[PackagedRule], now: datetime) -> list[str]:
    """Bring the rules of this release into the house; what is there already in the same wording is left alone. What was added, as text."""
    added = []
    for packaged in rules:
        with transaction.atomic():
            version = _load(packaged, now)
        if version is not None:
            added.append(f"{version} {version.state}")
    return added


def _load(packaged: PackagedRule, now: datetime) -> RuleVersion | None:
    about = {"title": packaged.title, "kind": packaged.kind, "topic": packaged.topic, "created_at": now}
    rule, _new = Rule.objects.get_or_create(key=packaged.key, defaults=about)
    versions = list(rule.versions.order_by("number"))
    if any(one.made_by_id is None and _same(one, packaged) for one in versions):
        return None
    version = add_version(
        rule=rule,
        text=packaged.text,
        outcome=packaged.outcome,
        scope=packaged.scope,
        weight=packaged.weight,
        why=packaged.why,
        by=None,
        now=now,
    )
    if any(one.made_by_id is not None for one in versions):
        note(action="rule.load", by=None, object_kind="rule", object_ref=str(version), reason="the team has its own wording", now=now)
    else:
        _put_to_use(version, now)
    return version


def _put_to_use(version: RuleVersion, now: datetime) -> None:
    if not version.acts_by_itself:
        withdraw_active(rule=version.rule, now=now)
        put_in_force(version=version, action="rule.load", reason="came with the release", by=None, now=now)
        return
    version.rule.versions.filter(state=RuleState.SHADOW).update(state=RuleState.RETIRED, retired_at=now)
    version.state, version.shadow_since = RuleState.SHADOW, now
    version.save(update_fields=["state", "shadow_since"])
    note(action="rule.load", by=None, object_kind="rule", object_ref=str(version), reason="came with the release, on trial", now=now)
    turn_page()


def _same(version: RuleVersion, packaged: PackagedRule) -> bool:
    return (version.text, version.outcome, version.scope, version.weight) == (
        packaged.text,
        packaged.outcome,
        packaged.scope,
        packaged.weight,
    )


def _read(path: Path) -> PackagedRule:
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise RuleFileInvalid(f"{path.name}: no head between two lines of ---")
    pairs = (line.partition(":") for line in parts[1].splitlines() if line.strip())
    head = {key.strip(): value.strip() for key, _colon, value in pairs}
    try:
        packaged = _build(head, parts[2])
    except (KeyError, ValueError) as error:
        raise RuleFileInvalid(f"{path.name}: {error}") from error
    errors = find_errors(kind=packaged.kind, text=packaged.text, outcome=packaged.outcome, scope=packaged.scope, weight=packaged.weight)
    if errors:
        raise RuleFileInvalid(f"{path.name}: {'; '.join(f'{field}: {words}' for field, words in errors.items())}")
    return packaged


def _build(head: Mapping[str, str], text: str) -> PackagedRule:
    scope: dict[str, Any] = {name: head[name].split() for name in ("languages", "age_gates", "kinds") if name in head}
    if "account_age_below_h" in head:
        scope["account_age_below_h"] = int(head["account_age_below_h"])
    if "first_messages" in head:
        scope["first_messages"] = head["first_messages"] == "yes"
    return PackagedRule(
        key=head["key"],
        title=head["title"],
        kind=RuleKind(head["kind"]),
        topic=RuleTopic(head["topic"]),
        outcome=RuleOutcome(head["outcome"]),
        weight=float(head.get("weight", 0)),
        scope=scope,
        why=head["why"],
        text=text,
    )
