"""The schema in force since 1 July 2025, read once, and the labels that stand in it."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

# The day since which the rules hold; kept with every statement.
VERSION = "2025-07-01"
FILE = Path(__file__).with_name("statement-of-reasons.schema.json")


@lru_cache(maxsize=1)
def read_schema() -> dict[str, Any]:
    """The schema as it lies in the package."""
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


@lru_cache(maxsize=1)
def make_validator() -> Draft202012Validator:
    """A validator of one statement; with formats, so that 30 February is no date."""
    return Draft202012Validator(read_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def list_values(name: str) -> tuple[str, ...]:
    """All values of one of the schema's lists (`KEYWORDS`, `STATEMENT_CATEGORIES` …)."""
    return tuple(read_schema()["$defs"][name]["enum"])


@lru_cache(maxsize=1)
def _labels() -> dict[str, str]:
    lists = read_schema()["$defs"].values()
    return {value: label for one in lists for value, label in one.get("x-labels", {}).items()}


def label_of(value: str) -> str:
    """The Commission's own English words for a value; the value itself where it has none."""
    return _labels().get(value, value)
