"""The registers as people read them: what is done with which data, for how long, and who else is asked."""

from __future__ import annotations

from dataclasses import dataclass

from privacy.enums import DataKind
from privacy.models import RetentionRule
from privacy.queries.rules import say_rule
from privacy.registers.reading import Activity, Transfer, read_activities, read_all_transfers


@dataclass(frozen=True, slots=True)
class Kept:
    """A kind of data in plain words, and how long it is kept; one entry a law where laws differ."""

    label: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownTransfer:
    """A company to which data may go, in the reader's language."""

    recipient: str
    country: str
    purpose: str
    data: str
    safeguard: str
    told: str


@dataclass(frozen=True, slots=True)
class ShownActivity:
    """One activity in the reader's language."""

    key: str
    name: str
    purpose: str
    persons: str
    basis: tuple[tuple[str, str], ...]
    special: bool
    recipients: tuple[str, ...]
    measures: tuple[str, ...]
    kept: tuple[Kept, ...]
    transfers: tuple[ShownTransfer, ...]


def list_activities(*, language: str) -> list[ShownActivity]:
    """All activities as the register has them, with how long is in force now; one query."""
    words: dict[str, list[str]] = {}
    for rule in RetentionRule.objects.order_by("code", "jurisdiction"):
        words.setdefault(rule.code, []).append(f"{rule.jurisdiction} : {say_rule(rule)}" if rule.jurisdiction else say_rule(rule))
    transfers = {one.key: show_transfer(one, language=language) for one in read_all_transfers()}
    return [_show(one, language, words, transfers) for one in read_activities()]


def _show(activity: Activity, language: str, words: dict[str, list[str]], transfers: dict[str, ShownTransfer]) -> ShownActivity:
    codes = dict.fromkeys(line.retention.name for line in activity.data if line.retention.name)
    return ShownActivity(
        key=activity.key,
        name=activity.name.say(language),
        purpose=activity.purpose.say(language),
        persons=activity.persons.say(language),
        basis=tuple((str(code.label), law) for code, law in activity.basis),
        special=activity.special,
        recipients=tuple(str(one.label) for one in activity.recipients),
        measures=tuple(str(one.label) for one in activity.measures),
        kept=tuple(Kept(_label(code), tuple(words.get(code, ()))) for code in codes),
        transfers=tuple(transfers[key] for key in activity.transfers if key in transfers),
    )


def show_transfer(one: Transfer, *, language: str) -> ShownTransfer:
    """A transfer in the reader's language."""
    said = {name: getattr(one, name).say(language) for name in ("recipient", "country", "purpose", "data", "told")}
    return ShownTransfer(safeguard=str(one.safeguard.label), **said)


def _label(code: str) -> str:
    return str(DataKind(code).label) if code in DataKind.values else code
