"""What screening costs and how it judges: time per message with twenty thousand terms, HateCheck by function, and benign lines held."""

from __future__ import annotations

import csv
import gc
import json
import os
import random
import string
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HATECHECK = ROOT / "moderation" / "tests" / "data" / "hatecheck"
LANGUAGES = ("fr", "en")


@dataclass(slots=True)
class Row:
    """How many texts of a function there are, and what became of them."""

    texts: int = 0
    nudged: int = 0
    held: int = 0

    def add(self, outcome: str) -> None:
        self.texts += 1
        self.nudged += outcome == "NUDGE"
        self.held += outcome == "HOLD"

    def shares(self) -> str:
        return f"{self.nudged / self.texts:7.1%} {self.held / self.texts:7.1%}" if self.texts else f"{'-':>7} {'-':>7}"


@dataclass(slots=True)
class Quality:
    """`checks`: language -> function -> rows, all of them and those on which annotators agreed. `benign`: the lines that must pass."""

    checks: dict[str, dict[str, tuple[Row, Row]]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    benign: dict[str, Row] = field(default_factory=dict)
    benign_held: list[str] = field(default_factory=list)


def measure_quality() -> Quality:
    """The rules of this release, all in force as if two people had brought them there, over HateCheck and the benign lines."""
    from core.screening import Actor, Context
    from moderation.services.backtests import read_benign

    screener, quality = _screener(), Quality()
    where, somebody = Context(kind="OPEN", age_gate="GENERAL"), Actor(user_id=1, account_age=timedelta(days=400))
    for language in LANGUAGES:
        rows = quality.checks.setdefault(language, {})
        for case in read_hatecheck(language):
            outcome = screener.screen("MESSAGE", case["test_case"], somebody, where).outcome
            everything, agreed = rows.setdefault(case["functionality"], (Row(), Row()))
            quality.labels[case["functionality"]] = case["label_gold"]
            everything.add(outcome)
            if case.get("disagreement_in_case", "False") == "False":
                agreed.add(outcome)
    newcomer = Actor(user_id=2, account_age=timedelta(days=3))
    for language, lines in read_benign():
        row = quality.benign.setdefault(language, Row())
        for line in lines:
            here = Context(kind="OPEN", age_gate="GENERAL", languages=(language,), first_messages=True)
            outcome = screener.screen("MESSAGE", line, newcomer, here).outcome
            row.add(outcome)
            if outcome == "HOLD":
                quality.benign_held.append(line)
    return quality


def read_hatecheck(language: str) -> Iterator[dict[str, str]]:
    """The sentences of one language."""
    with (HATECHECK / f"{language}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def measure_speed(*, terms: int, rounds: int) -> dict[str, float]:
    """Microseconds of processor time per message, of the benign lines in turn, written by people whose accounts are of every age."""
    from core.screening import Actor, Context
    from moderation.services.backtests import read_benign

    screener = _screener(made_up_terms=terms)
    lines = [(language, line) for language, found in read_benign() for line in found]
    people = [Actor(user_id=number, account_age=timedelta(days=number % 400)) for number in range(500)]
    spent: list[int] = []
    gc.collect()
    gc.freeze()
    for number in range(rounds * len(lines)):
        language, line = lines[number % len(lines)]
        here = Context(kind="OPEN", room_id=number % 50, age_gate="GENERAL", languages=(language,))
        begun = time.thread_time_ns()
        screener.screen("MESSAGE", line, people[number % len(people)], here)
        spent.append(time.thread_time_ns() - begun)
    spent.sort()
    at = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
    figures = {name: spent[int(share * (len(spent) - 1))] / 1000 for name, share in at.items()}
    return {"messages": len(spent), "terms": terms, "mean": sum(spent) / len(spent) / 1000, **figures, "max": spent[-1] / 1000}


def _screener(*, made_up_terms: int = 0) -> Any:
    from moderation.enums import RuleKind, RuleOutcome, RuleTopic
    from moderation.screening.snapshot import RuleSnapshot, RuleSource
    from moderation.services.packaged import as_sources, read_packaged
    from moderation.services.screening import RuleScreener

    sources = as_sources(read_packaged())
    if made_up_terms:
        text = "\n".join(_made_up(made_up_terms))
        sources.append(RuleSource(len(sources) + 1, 1, RuleKind.TERMS, text, RuleOutcome.NUDGE, RuleTopic.INSULT))
    screener = RuleScreener()
    screener.use(RuleSnapshot(sources))
    return screener


def _made_up(count: int) -> list[str]:
    """Words and phrases that nobody writes, the same each time."""
    chance = random.Random(20261126)
    words = ["".join(chance.choices(string.ascii_lowercase, k=chance.randint(4, 12))) for _number in range(count)]
    return [word if number % 4 else f"{word} {words[number - 1]}" for number, word in enumerate(words)]


def screening(options: Any) -> None:
    """The command: both tables, and the figures as JSON if asked."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
    django.setup()
    speed, quality = measure_speed(terms=options.terms, rounds=options.rounds), measure_quality()
    print("\n".join(_speed_lines(speed) + _quality_lines(quality)))
    if options.json:
        Path(options.json).write_text(json.dumps({"speed": speed, "quality": asdict(quality)}, indent=1), encoding="utf-8")


def _speed_lines(speed: dict[str, float]) -> list[str]:
    figures = "  ".join(f"{name} {speed[name]:.0f}" for name in ("p50", "mean", "p99", "p999", "max"))
    return [f"Microseconds of processor per message, {speed['terms']:.0f} terms, {speed['messages']:.0f} messages: {figures}", ""]


def _quality_lines(quality: Quality) -> list[str]:
    lines = []
    for language, rows in quality.checks.items():
        lines.append(f"HateCheck {language}       {'gold':12} {'texts':>6}  nudged    held | agreed: nudged    held")
        for name, (everything, agreed) in rows.items():
            lines.append(
                f"{name:22} {quality.labels[name]:12} {everything.texts:6} {everything.shares()} | {agreed.texts:6} {agreed.shares()}"
            )
        lines.append("")
    lines.append(f"{'Benign':22} {'':12} {'lines':>6}  nudged    held")
    lines += [f"{language:22} {'':12} {row.texts:6} {row.shares()}" for language, row in quality.benign.items()]
    return lines + [f"  held: {line}" for line in quality.benign_held]
