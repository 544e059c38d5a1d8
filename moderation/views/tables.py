"""Tables of figures in the reader's words: groups with a heading, cells as text, and a bar beside what is counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from moderation.dsa.figures import Column, Report, Row, Table, Unit, Value, Words

BAR = 100.0
_GROUPS: tuple[tuple[str, Words, tuple[str, ...]], ...] = (
    ("orders", gettext_lazy("Les autorités"), ("orders_open", "orders", "orders_time")),
    ("notices", gettext_lazy("Les signalements"), ("notices", "notices_state", "notices_time", "trusted_flaggers")),
    ("speed", gettext_lazy("Notre vitesse"), ("first_action", "on_time")),
    ("decisions", gettext_lazy("Nos décisions"), ("decisions", "grounds", "languages")),
    ("appeals", gettext_lazy("Les recours"), ("appeals", "appeals_overturned", "appeals_time")),
    ("abuse", gettext_lazy("Les récidives et les abus"), ("suspensions", "repeat_offenders", "unfounded_reporters")),
    ("machines", gettext_lazy("Les machines"), ("automation", "holds")),
    ("people", gettext_lazy("Les membres"), ("recipients_average", "recipients")),
)
# Title, table and column.
_HEADLINES: tuple[tuple[Words, str, str], ...] = (
    (gettext_lazy("Demandes d’autorités en retard"), "orders_open", "overdue"),
    (gettext_lazy("Signalements reçus"), "notices_state", "count"),
    (gettext_lazy("Dossiers en retard et sans réponse"), "on_time", "waiting"),
    (gettext_lazy("Décisions annulées après un recours"), "appeals_overturned", "overturned"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as text; `is_word` is a heading of its row."""

    text: str
    is_word: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `bar` is the length of its first number, 0 to 100 of the longest in the table."""

    cells: tuple[Cell, ...]
    bar: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A table ready to be drawn."""

    table: Table
    lines: tuple[Line, ...]
    has_bars: bool


@dataclass(frozen=True, slots=True)
class Group:
    code: str
    title: Words
    tables: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """A number above all tables: the sum of one of their columns."""

    title: Words
    text: str


def sum_up(report: Report) -> list[Headline]:
    """What somebody wants to know who reads no table."""
    found = {table.code: table for table in report.tables}
    return [Headline(title, _count(_sum(found[code], name))) for title, code, name in _HEADLINES]


def _sum(table: Table, name: str) -> float:
    place = next(number for number, column in enumerate(table.columns) if column.name == name)
    return sum(_size(row[place]) for row in table.rows)


def lay_out(report: Report) -> list[Group]:
    """The whole report, in groups."""
    found = {table.code: _show(table) for table in report.tables}
    return [Group(code, title, tuple(found[name] for name in names)) for code, title, names in _GROUPS]


def _show(table: Table) -> Shown:
    place = next(number for number, column in enumerate(table.columns) if column.unit is not Unit.WORD)
    sizes = [_size(row[place]) for row in table.rows]
    longest = max(sizes, default=0.0)
    bars = [round(BAR * size / longest, 1) if longest else 0.0 for size in sizes]
    lines = tuple(Line(_cells(table, row), bar) for row, bar in zip(table.rows, bars, strict=True))
    return Shown(table, lines, len(table.rows) > 1 and longest > 0)


def _size(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _cells(table: Table, row: Row) -> tuple[Cell, ...]:
    return tuple(Cell(_text(column, value), column.unit is Unit.WORD) for column, value in zip(table.columns, row, strict=True))


def _text(column: Column, value: Value) -> str:
    if value is None:
        return "–"
    if column.unit is Unit.WORD or not isinstance(value, int | float):
        return str(column.label_of(value))
    return _IN_WORDS[column.unit](value)


def _count(value: float) -> str:
    return number_format(int(value), use_l10n=True, force_grouping=True)


def _share(value: float) -> str:
    return _("%(number)s %%") % {"number": number_format(round(value * 100, 1), decimal_pos=1)}


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("moins d’une minute")
    if minutes < 120:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(n)d heure", "%(n)d heures", hours) % {"n": hours}
    days = round(hours / 24)
    return ngettext("%(n)d jour", "%(n)d jours", days) % {"n": days}


_IN_WORDS: dict[Unit, Callable[[float], str]] = {Unit.COUNT: _count, Unit.SHARE: _share, Unit.SECONDS: _time}
