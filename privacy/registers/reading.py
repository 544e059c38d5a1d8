"""Reading the registers: YAML files beside this one, each entry checked for its shape as it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.conf import settings

from privacy.registers.words import LegalBasis, Level, Measure, Recipient, Safeguard

FOLDER = Path(__file__).resolve().parent
T = TypeVar("T")


class RegisterInvalid(ValueError):
    """A register cannot be read; the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same in the languages of the house."""

    fr: str
    mg: str
    en: str

    def say(self, language: str) -> str:
        """In one of them, in French where it is another."""
        return str(getattr(self, language, self.fr))


@dataclass(frozen=True, slots=True)
class Named:
    """The name of a rule or step; or empty, and why there is none."""

    name: str
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Some models of an activity: how long they are kept, and by which step of an erasure they go."""

    models: tuple[str, ...]
    retention: Named
    erasure: Named


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity of article 30."""

    key: str
    name: Words
    purpose: Words
    persons: Words
    basis: tuple[tuple[LegalBasis, str], ...]
    special: bool
    recipients: tuple[Recipient, ...]
    transfers: tuple[str, ...]
    measures: tuple[Measure, ...]
    data: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Data that leaves for another company. `addresses` are settings that hold an address, `hosts` others of its servers; `turned_on` is
    the variable without which nothing leaves."""

    key: str
    recipient: Words
    country: Words
    purpose: Words
    data: Words
    safeguard: Safeguard
    turned_on: str
    addresses: tuple[str, ...]
    hosts: tuple[str, ...]
    told: Words


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk of the assessment: before and after what is done against it, and where that can be seen."""

    key: str
    title: str
    sources: str
    harm: str
    activities: tuple[str, ...]
    likelihood: Level
    severity: Level
    measures: str
    evidence: tuple[str, ...]
    residual_likelihood: Level
    residual_severity: Level


@dataclass(frozen=True, slots=True)
class Assessment:
    """The assessment of article 35."""

    reviewed_on: date
    next_review: date
    why: str
    necessity: str
    opinion: str
    risks: tuple[Risk, ...]


def read_activities(file: Path = FOLDER / "processing.yml") -> tuple[Activity, ...]:
    """The register of processing.

    Raises:
        RegisterInvalid.
    """
    return _entries(file, "activities", _activity)


def read_transfers(file: Path = FOLDER / "transfers.yml") -> tuple[Transfer, ...]:
    """Where data may leave to.

    Raises:
        RegisterInvalid.
    """
    return _entries(file, "transfers", _transfer)


def read_all_transfers() -> tuple[Transfer, ...]:
    """Those of the house, and those that its operator wrote into a file of their own (RESAKA_TRANSFERS).

    Raises:
        RegisterInvalid.
    """
    own = read_transfers(Path(settings.TRANSFERS)) if settings.TRANSFERS else ()
    return read_transfers() + own


def read_assessment(file: Path = FOLDER / "dpia.yml") -> Assessment:
    """The assessment of risks.

    Raises:
        RegisterInvalid.
    """
    found = _load(file)
    risks = _entries(file, "risks", _risk)
    try:
        return Assessment(
            reviewed_on=_day(found["reviewed_on"]),
            next_review=_day(found["next_review"]),
            risks=risks,
            **{name: str(found[name]).strip() for name in ("why", "necessity", "opinion")},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RegisterInvalid(f"{file.name}: {error!r}") from error


@lru_cache(maxsize=8)
def _load(file: Path) -> dict[str, Any]:
    try:
        found = yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (both make plain values alone)
    except (OSError, yaml.YAMLError) as error:
        raise RegisterInvalid(f"{file.name}: {error}") from error
    if not isinstance(found, dict):
        raise RegisterInvalid(f"{file.name}: no mapping")
    return found


def load(file: Path) -> dict[str, Any]:
    """A register as YAML has it; read once a process, for it comes with the code.

    Raises:
        RegisterInvalid: no such file, no YAML, or no mapping.
    """
    return _load(file)


def _entries(file: Path, name: str, read: Callable[[dict[str, Any]], T]) -> tuple[T, ...]:
    listed = _load(file).get(name)
    if not isinstance(listed, list):
        raise RegisterInvalid(f"{file.name}: no list of {name}")
    return tuple(_read(file, entry, read) for entry in listed)


def _read(file: Path, entry: Any, read: Callable[[dict[str, Any]], T]) -> T:
    key = entry.get("key", "?") if isinstance(entry, dict) else "?"
    try:
        return read(entry)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RegisterInvalid(f"{file.name}, {key}: {error!r}") from error


def _activity(entry: dict[str, Any]) -> Activity:
    return Activity(
        key=entry["key"],
        name=Words(**entry["name"]),
        purpose=Words(**entry["purpose"]),
        persons=Words(**entry["persons"]),
        basis=tuple((LegalBasis(one["code"]), str(one["law"])) for one in entry["basis"]),
        special=bool(entry["special"]),
        recipients=tuple(map(Recipient, entry["recipients"])),
        transfers=tuple(entry["transfers"]),
        measures=tuple(map(Measure, entry["measures"])),
        data=tuple(map(_line, entry["data"])),
    )


def _line(entry: dict[str, Any]) -> Line:
    return Line(tuple(entry["models"]), _named(entry["retention"]), _named(entry["erasure"]))


def _named(entry: Any) -> Named:
    return Named("", str(entry["none"])) if isinstance(entry, dict) else Named(str(entry))


def _transfer(entry: dict[str, Any]) -> Transfer:
    return Transfer(
        key=entry["key"],
        recipient=_words(entry["recipient"]),
        country=_words(entry["country"]),
        purpose=Words(**entry["purpose"]),
        data=Words(**entry["data"]),
        safeguard=Safeguard(entry["safeguard"]),
        turned_on=str(entry["turned_on"]),
        addresses=tuple(entry.get("addresses", ())),
        hosts=tuple(entry.get("hosts", ())),
        told=Words(**entry["told"]),
    )


def _words(entry: Any) -> Words:
    """A name that is the same in every language may stand alone."""
    return Words(**entry) if isinstance(entry, dict) else Words(str(entry), str(entry), str(entry))


def _risk(entry: dict[str, Any]) -> Risk:
    levels = {name: Level(entry[name]) for name in ("likelihood", "severity", "residual_likelihood", "residual_severity")}
    texts = {name: str(entry[name]).strip() for name in ("key", "title", "sources", "harm", "measures")}
    fields: dict[str, Any] = texts | levels
    return Risk(activities=tuple(entry["activities"]), evidence=tuple(entry["evidence"]), **fields)


def _day(value: Any) -> date:
    if not isinstance(value, date):
        raise TypeError(f"{value!r} is no day")
    return value
