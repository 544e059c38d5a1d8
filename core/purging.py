"""Shelves: rows of one kind that go when their time has come. Each app says what lies on its shelves and how it is destroyed; `privacy`
alone decides and calls, because it alone knows what is held."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Model, Q, QuerySet

_AT_ONCE = 500  # keys in a statement; SQLite takes keys of several columns up to about a thousand


class Due(NamedTuple):
    """One row whose clock may have run: by which key it is destroyed, whose it is, where it is, what it belongs to, as which entry of its
    place, and when its clock began."""

    key: Any
    clock: datetime
    owner_id: int | None = None
    place_id: int | None = None
    matter_id: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Spared:
    """Whose rows stay, those in which places, those of which matters, and those of which single entries: (place, number)."""

    owners: Collection[int] = ()
    places: Collection[int] = ()
    matters: Collection[int] = ()
    lines: Collection[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Owners:
    """Of whom rows are taken: of these people alone, or of everybody but these. Ids, or a query of them; None says nothing."""

    only: Any = None
    without: Any = None


def among(lines: Collection[tuple[int, int]], *, place: str, number: str) -> Q:
    """The rows of these entries, where `place` and `number` name the columns; of no entries: no row."""
    found = Q(**{f"{place}__in": []})
    for one in sorted({at for at, _number in lines}):
        found |= Q(**{place: one, f"{number}__in": sorted(nth for at, nth in lines if at == one)})
    return found


def delete_rows(model: type[Model]) -> Callable[[list[Any]], int]:
    """How most rows are destroyed: deleted by their keys. How many went, without what fell with them."""

    def destroy(keys: list[Any]) -> int:
        gone = 0
        for start in range(0, len(keys), _AT_ONCE):
            deleted = model._default_manager.filter(pk__in=keys[start : start + _AT_ONCE]).delete()[1]
            gone += int(deleted.get(model._meta.label, 0))
        return gone

    return destroy


@dataclass(frozen=True, slots=True)
class Shelf:
    """`rows` are all that may ever go (given the time); `clock`, `owner`, `place`, `matter` and `number` (which entry of its place a row
    belongs to) are columns of theirs, the last four empty where there is none. `destroy` is called in a transaction with keys that were
    listed in it."""

    rows: Callable[[datetime], QuerySet[Any]]
    clock: str
    destroy: Callable[[list[Any]], int]
    owner: str = ""
    place: str = ""
    matter: str = ""
    number: str = ""

    def list_due(self, *, before: datetime, spared: Spared, limit: int, owners: Owners = Owners(), now: datetime) -> list[Due]:
        """Rows whose clock began at `before` or earlier, in the order of their keys; none of those to be spared. Rows of nobody belong to
        everybody: they are there unless `owners` says whose alone."""
        columns = (self.owner, self.place, self.matter, self.number)  # in the order of `Due`
        rows = self.due(before=before, spared=spared, owners=owners, now=now)
        found = rows.order_by("pk").values_list("pk", self.clock, *filter(None, columns))[:limit]
        if all(columns):
            return list(map(Due._make, found))
        places = [number for number, column in enumerate(columns) if column]
        due = []
        for key, clock, *ids in found:
            known: list[int | None] = [None] * len(columns)
            for place, one in zip(places, ids, strict=True):
                known[place] = one
            due.append(Due(key, clock, *known))
        return due

    def due(self, *, before: datetime, spared: Spared, owners: Owners, now: datetime) -> QuerySet[Any]:
        """The rows of `list_due` as a query, to be counted too."""
        rows = self._of(owners, self.rows(now).filter(**{f"{self.clock}__lte": before}))
        for column, ids in zip((self.owner, self.place, self.matter), (spared.owners, spared.places, spared.matters), strict=True):
            if column and ids:
                rows = rows.filter(~Q(**{f"{column}__in": list(ids)}) | Q(**{f"{column}__isnull": True}))
        if self.number and spared.lines:
            rows = rows.filter(~among(spared.lines, place=self.place, number=self.number) | Q(**{f"{self.number}__isnull": True}))
        return rows

    def _of(self, owners: Owners, rows: QuerySet[Any]) -> QuerySet[Any]:
        if owners.only is not None:
            return rows.filter(**{f"{self.owner}__in": owners.only}) if self.owner else rows.none()
        if owners.without is not None and self.owner:
            return rows.filter(~Q(**{f"{self.owner}__in": owners.without}) | Q(**{f"{self.owner}__isnull": True}))
        return rows


def empty(shelf: Shelf, *, now: datetime, before: datetime | None = None, batches: int = 20, limit: int = 500) -> int:
    """Destroy what is due with nothing held, as tests and single commands need it; how many rows."""
    total = 0
    for _round in range(batches):
        due = shelf.list_due(before=before or now, spared=Spared(), limit=limit, now=now)
        if not due:
            break
        total += shelf.destroy([one.key for one in due])
    return total
