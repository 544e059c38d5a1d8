"""Rows that are set aside, sealed, because what they lie in is destroyed whole while they must stay.

A day's partition goes with all that is in it. The rows in it that may not go are copied here first, by the statement that drops it
(`core.partitions`); the app that owns the table reads them back from here, so that nobody else needs to know.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q

from core import sealing
from core.models import SetAside
from core.purging import Spared, among

SCOPE = "set-aside"
_BATCH = 500
_REF = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """One row as it was, and the id under which it lies here."""

    id: int
    row: Any


def set_aside(rows: Iterable[Model], *, owner: str, place: str = "", number: str = "", now: datetime) -> int:
    """Copy rows of one table, in the caller's transaction; how many. `owner`, `place` and `number` (which entry of the place a row belongs
    to; it may be annotated) name the columns by which they are found again, and empty ones none. A row that is here already stays as it
    is."""
    made = [_seal(row, {"owner_id": owner, "place_id": place, "number": number}, now) for row in rows]
    return len(SetAside.objects.bulk_create(made, batch_size=_BATCH, ignore_conflicts=True))


def list_set_aside(model: type[Model], *, owner_id: int) -> list[Any]:
    """The rows of one table and owner as unsaved objects, in the order in which they were set aside."""
    rows = SetAside.objects.filter(table=model._meta.db_table, owner_id=owner_id).order_by("pk")
    return [_open(model, row) for row in rows]


def drop_set_aside(*, table: str, spared: Spared, limit: int) -> int:
    """Destroy rows of a table that are set aside, but for those of these owners, places and entries; how many, at most `limit`."""
    stay = Q(owner_id__in=spared.owners) | Q(place_id__in=spared.places) | among(spared.lines, place="place_id", number="number")
    gone = SetAside.objects.filter(table=table).exclude(stay)
    ids = list(gone.order_by("pk").values_list("pk", flat=True)[:limit])
    return SetAside.objects.filter(pk__in=ids).delete()[0]


def drop_of_owner(model: type[Model], *, owner_id: int, limit: int) -> int:
    """Destroy rows of one table that were set aside of somebody whom no hold names any more; how many, at most `limit`."""
    mine = SetAside.objects.filter(table=model._meta.db_table, owner_id=owner_id)
    ids = list(mine.order_by("pk").values_list("pk", flat=True)[:limit])
    return SetAside.objects.filter(pk__in=ids).delete()[0]


def list_tables() -> Sequence[str]:
    """The tables of which something is set aside."""
    return sorted(SetAside.objects.values_list("table", flat=True).distinct())


def _seal(row: Model, columns: dict[str, str], now: datetime) -> SetAside:
    values = {field.attname: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields if field.attname}
    made = SetAside(
        ref=hashlib.sha256(f"{row._meta.db_table}:{row.pk!r}".encode()).hexdigest()[:_REF],
        table=row._meta.db_table,
        at=now,
        **{name: getattr(row, column) for name, column in columns.items() if column},
    )
    made.blob = sealing.seal(SCOPE, json.dumps(values).encode(), made.sealing_ad)
    return made


def _open(model: type[Model], row: SetAside) -> Any:
    values = json.loads(sealing.open_sealed(SCOPE, bytes(row.blob), row.sealing_ad))
    return model(**{name: _value(kept) for name, kept in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return {"b": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    return value


def _value(kept: Any) -> Any:
    if not isinstance(kept, dict):
        return kept
    return base64.b64decode(kept["b"]) if "b" in kept else datetime.fromisoformat(kept["t"])
