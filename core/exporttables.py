"""Files of an export that are rows of a table: schema, labels and the list of columns come from the model, so that none of them lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Model, Q, QuerySet

from core.clock import to_wire_exact
from core.exporting import DAY, FLAG, MOMENT, TEXT, WHOLE, Asked, ExportFile, Look, Page, Place, Row, Schema, maybe

PAGE = 500
# What a column holds, by the first of these that it is; a date and time is a date to Django, so it comes before.
_KINDS: tuple[tuple[type[Any], Schema], ...] = (
    (models.BooleanField, FLAG),
    (models.IntegerField, WHOLE),
    (models.DateTimeField, MOMENT),
    (models.DateField, DAY),
    (models.TimeField, TEXT),  # of a wall clock, which has no zone; JSON Schema's own format wants one
    (models.FloatField, {"type": "number"}),
    (models.UUIDField, {"type": "string", "format": "uuid"}),
    (models.JSONField, {}),
    (models.CharField, TEXT),
    (models.TextField, TEXT),
)

Finish = Callable[[Asked, list[Row]], list[Row]]


class Unexportable(TypeError):
    """A column whose content is bytes: what is sealed is opened by a `finish`, never given as it lies."""


def table(
    name: str,
    *,
    code: str,
    basis: str,
    article: int,
    model: type[Model],
    rows: Callable[[Asked], QuerySet[Any]],
    columns: Iterable[str],
    needs: Iterable[str] = (),
    adds: Mapping[str, Schema] | None = None,
    shows: Iterable[str] = (),
    finish: Finish | None = None,
    title: Any = None,
    key: str = "pk",
    clock: str = "",
) -> ExportFile:
    """A file of the rows that `rows` gives, in the order of `key`, which no two rows of a person share.

    A column is `name`, or `key=path__to__name`. `needs` are read too and given to `finish` alone, which makes the fields `adds` and
    returns the rows as they are written; `shows` are the columns (`app.Model.field`) that its fields come from. `clock` is the column from
    which the time of a row is counted, where it has one: rows past it are left out, though a hold may keep them.
    """
    given, read = _pairs(columns), _pairs([*columns, *needs])
    found = {key: _field(model, path) for key, path in given.items()}
    fields = {key: _schema(one, nullable="__" in given[key]) for key, one in found.items()}

    def living(asked: Asked) -> QuerySet[Any]:
        if not clock or code not in asked.ended:
            return rows(asked)
        return rows(asked).filter(Q(**{f"{clock}__gt": asked.ended[code]}) | Q(**{f"{clock}__isnull": True}))

    def read_page(asked: Asked, after: Place | None) -> Page:
        query = living(asked).order_by(key)
        if after is not None:
            query = query.filter(**{f"{key}__gt": after})
        lines = list(query.values_list(key, *read.values())[:PAGE])
        made = [dict(zip(read, (_plain(value) for value in line[1:]), strict=True)) for line in lines]
        return Page(finish(asked, made) if finish else made, lines[-1][0] if len(lines) == PAGE else None)

    return ExportFile(
        name=name,
        title=title or model._meta.verbose_name_plural,
        code=code,
        basis=basis,
        article=article,
        fields={**fields, **(adds or {})},
        read=read_page,
        count=lambda asked: living(asked).count(),
        columns=frozenset([*(f"{one.model._meta.label}.{one.name}" for one in found.values()), *shows]),
        looks={key: Look(one.verbose_name, dict(one.flatchoices)) for key, one in found.items()},
    )


def _pairs(columns: Iterable[str]) -> dict[str, str]:
    split = (column.partition("=") for column in columns)
    return {key: path or key for key, _sign, path in split}


def _field(model: type[Model], path: str) -> Any:
    """The column at the end of a path, over one key after the other."""
    first, _sign, rest = path.partition("__")
    found = model._meta.get_field(first)
    if not rest:
        return found
    assert found.related_model is not None
    return _field(found.related_model, rest)


def _schema(column: Any, *, nullable: bool) -> Schema:
    schema = next((schema for kind, schema in _KINDS if isinstance(column, kind)), None)
    if schema is None:
        raise Unexportable(f"{column.model._meta.label}.{column.name}")
    if column.choices:
        words = [getattr(value, "value", value) for value, _label in column.flatchoices]
        schema = {"enum": [*words, ""] if column.blank and "" not in words else words}
    return maybe(schema) if nullable or column.null else schema


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return to_wire_exact(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
