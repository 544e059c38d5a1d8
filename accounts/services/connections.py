"""The records of connections: how long they stay, and the one way to read what lies sealed in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import ConnectionRecord
from accounts.queries.subscribers import list_connection_rows
from accounts.services.approvals import Approval, note_opening
from accounts.services.recorder import KEPT, SCOPE, ad_of
from core import sealing
from core.partitions import DailyTable, has_partitions
from core.peers import Peer
from core.setaside import set_aside

_DAYS_AHEAD = 3
_TABLE = DailyTable(ConnectionRecord._meta.db_table, _DAYS_AHEAD)


@dataclass(frozen=True, slots=True)
class ConnectionFact:
    """One connection as an authority is told of it; times are UTC."""

    ref: str
    kind: str
    started_at: datetime
    last_seen_at: datetime
    peer: Peer


def open_for_legal_request(
    *, user_id: int, since: datetime, until: datetime, request_ref: str, approvals: Sequence[Approval], held: bool = False, now: datetime
) -> list[ConnectionFact]:
    """The connections of an account that began in [since, until) and are not past their time, the oldest first, at most 10,000. A person
    who is `held` has no time that passes: then also those that a legal hold kept, from days that are gone.

    The audit chain has its entries committed before anything is opened, so this runs in no transaction of a caller.

    Raises:
        NotApproved; core.sealing.SealingError: a record was moved or damaged, or the key is gone.
    """
    with transaction.atomic(durable=True):
        note_opening(action="connections.open", user_id=user_id, request_ref=request_ref, approvals=approvals, now=now)
    return [_fact(row) for row in list_connection_rows(user_id=user_id, since=since, until=until, held=held, now=now)]


def open_peer(*, ref: str, blob: bytes) -> Peer:
    """From where one connection came: for justice, and for the archive that its own person asks for (`accounts.exports`).

    Raises:
        core.sealing.SealingError: the record was moved or damaged, or the key is gone.
    """
    return Peer(*json.loads(sealing.open_sealed(SCOPE, blob, ad_of(ref))))


def _fact(row: ConnectionRecord) -> ConnectionFact:
    return ConnectionFact(row.ref, row.kind, row.started_at, row.last_seen_at, open_peer(ref=row.ref, blob=bytes(row.peer)))


def list_purgeable(now: datetime) -> QuerySet[ConnectionRecord]:
    """The records that go row by row. Where there are partitions those alone that end before their day does: the others go with it
    (`turn_connections`)."""
    rows = ConnectionRecord.objects.all()
    return rows.filter(started_at__gt=now - KEPT) if has_partitions() else rows


def turn_connections(*, keep: Callable[[date], object] | None = None, now: datetime) -> dict[str, int]:
    """Make the partitions of the coming days and drop those whose day ended a year ago; nothing where there are none. `keep` copies what
    must stay of a day."""
    if not has_partitions():
        return {"made": 0, "dropped": 0}
    made = _TABLE.make_days(today=now.date())
    return {"made": made, "dropped": _TABLE.drop_days(before=(now - KEPT).date(), keep=keep)}


def set_aside_day(*, day: date, owners: Collection[int], now: datetime) -> int:
    """Copy the records of a day, whose partition goes, that are of these people; how many. Copying them twice keeps them once."""
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    rows = ConnectionRecord.objects.filter(user_id__in=list(owners), started_at__lt=end) if owners else ConnectionRecord.objects.none()
    return set_aside(rows.iterator(chunk_size=500), owner="user_id", now=now)
