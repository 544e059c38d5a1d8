"""Reading the environment: a wrong value raises at start and names its variable."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from core.hosts import Host, read_host, read_pattern


def text(name: str, default: str = "") -> str:
    """The value of `name`, or of the file named by `<name>_FILE` (secrets), or `default`."""
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {file_name}: {error}") from error
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    """A yes/no variable: 1, true, yes, on or 0, false, no, off."""
    value = text(name).lower()
    if value == "":
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}: expected yes or no, got {value!r}")


def number(name: str, *, default: int, low: int, high: int) -> int:
    """A whole number within [low, high]."""
    value = text(name)
    if value == "":
        return default
    try:
        parsed = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: expected a whole number, got {value!r}") from error
    if not low <= parsed <= high:
        raise ImproperlyConfigured(f"{name}: expected {low} to {high}, got {parsed}")
    return parsed


def choice(name: str, *, default: str, among: tuple[str, ...]) -> str:
    """One of a fixed list of words."""
    value = text(name, default)
    if value not in among:
        raise ImproperlyConfigured(f"{name}: expected one of {', '.join(among)}, got {value!r}")
    return value


def words(name: str, default: str) -> list[str]:
    """A comma-separated list, blanks stripped, empties dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choices(name: str, default: str, *, among: tuple[str, ...]) -> list[str]:
    """A comma-separated list of words out of a fixed list."""
    found = words(name, default)
    for word in found:
        if word not in among:
            raise ImproperlyConfigured(f"{name}: expected {', '.join(among)}, got {word!r}")
    return found


def hosts(name: str, *, patterns: bool = False) -> list[Host]:
    """A comma-separated list of `host` or `host:port`; with `patterns` also of `*.host`, for all below one."""
    try:
        return [read_pattern(word) if patterns else read_host(word) for word in words(name, "")]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: expected host or host:port, got {str(error)!r}") from error
