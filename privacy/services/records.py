"""Writing down what was destroyed: the one place that does.

A record is a link of a chain, in the transaction of the deed: whoever changes, removes or adds one unseen breaks it. After the commit the
same goes to the key store and to a file that only grows (`core.tombstones`), because a log inside of a database is lost with it.
"""

from __future__ import annotations

import hmac
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction

from core import tombstones
from core.audit import OutsideTransaction
from core.chains import GENESIS, begin, link, plain
from core.outages import log_failure
from core.sealing import mac_key
from privacy.enums import DeletionReason
from privacy.models import DeletionHead, DeletionRecord

logger = logging.getLogger("resaka.privacy")
SCOPE = "deletions"
JOURNAL = "deletions"
# The name of the job of an erasure: this, and the reference of its request.
ERASURE_JOB = "erasure:"
_SUBJECTS = "deletion-subjects"
_HEAD = 1
_BATCH = 500
_DIGITS = 19  # names of entries sort as their numbers do
# Every column but the MACs, in the order in which the MAC covers them.
COVERED = ("seq", "at", "code", "store", "rows", "kept", "reason", "subject_mac", "step", "job", "result", "kid")


class RecordsApart(ValueError):
    """At this number the journal outside does not follow the chain of the database, or does not hold itself."""


def record_deletion(
    *,
    code: str,
    store: str,
    rows: int,
    kept: timedelta,
    reason: DeletionReason,
    subject_id: int | None = None,
    step: str = "",
    job: str = "",
    result: str = "",
    now: datetime,
) -> DeletionRecord:
    """Note a deed in its own transaction: how many rows of which kind went from which store (a table, a folder, a provider), and why.

    Others who note something wait until that transaction ends; call it last, under `take_epoch`. `kept`: how long the rows were kept at
    least. `subject_id`: whose they were, kept as a keyed digest alone.

    Raises:
        core.audit.OutsideTransaction: nothing would commit the record together with the deed.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(code)
    kid, key = mac_key(SCOPE)
    subject = subject_mac(subject_id) if subject_id is not None else ""
    head = _lock_head()
    said = {"code": code, "store": store, "rows": rows, "kept": kept, "reason": reason, "step": step, "job": job, "result": result}
    record = DeletionRecord(seq=head.seq + 1, at=now, subject_mac=subject, kid=kid, prev_mac=head.mac, **said)
    record.mac = mac_of(key, record)
    record.save(force_insert=True)
    _move_head(record)
    transaction.on_commit(_copy_soon)
    return record


def subject_mac(user_id: int) -> str:
    """What is kept of whose rows they were: it can be asked for while the id is known, not read back."""
    return hmac.digest(mac_key(_SUBJECTS)[1], b"user:%d" % user_id, "sha256").hex()


def copy_records() -> int:
    """Bring the records that the key store does not have yet to it, and to the file; how many. What follows every record, once more for
    those whose process was killed in between.

    Raises:
        OSError: the file cannot be written; DatabaseError: a store does not answer. What waits goes on waiting.
    """
    total = 0
    while rows := list(DeletionRecord.objects.filter(seq__gt=_copied()).order_by("seq")[:_BATCH]):
        tombstones.put(entry_of(row) for row in rows)
        total += len(rows)
    tombstones.file_waiting()
    return total


def bring_back_records() -> list[DeletionRecord]:
    """Take up into the chain the records that the key store and the files know and a restored database does not, in their order.

    Raises:
        core.tombstones.TombstoneForged; RecordsApart: they do not follow what the database knows.
    """
    with transaction.atomic():
        head = _lock_head()
        lost = [record_of(entry) for entry in tombstones.read(journal=JOURNAL) if int(entry.ref) > head.seq]
        key = mac_key(SCOPE)[1]
        for row in sorted(lost, key=lambda one: one.seq or 0):
            if row.seq != head.seq + 1 or row.prev_mac != head.mac or not hmac.compare_digest(mac_of(key, row), row.mac):
                raise RecordsApart(head.seq + 1)
            row.save(force_insert=True)
            head.seq, head.mac = row.seq, row.mac
            _move_head(row)
    return lost


def mac_of(key: bytes, record: DeletionRecord) -> str:
    """The MAC (hex) of a record after the one whose MAC it names."""
    return link(begin(key), record.prev_mac, [getattr(record, name) for name in COVERED])


def entry_of(record: DeletionRecord) -> tombstones.Entry:
    """A record as it is kept elsewhere."""
    values = {name: getattr(record, name) for name in (*COVERED, "prev_mac", "mac")}
    body = {name: plain(value) if isinstance(value, (datetime, timedelta)) else value for name, value in values.items()}
    return tombstones.Entry(JOURNAL, str(record.seq).zfill(_DIGITS), record.at, body)


def record_of(entry: tombstones.Entry) -> DeletionRecord:
    """A record as it was, from elsewhere; not saved."""
    values: dict[str, Any] = dict(entry.body)
    values["at"] = datetime.fromisoformat(values["at"]).astimezone(UTC)
    values["kept"] = timedelta(microseconds=values["kept"])
    return DeletionRecord(**values)


def _lock_head() -> DeletionHead:
    DeletionHead.objects.get_or_create(pk=_HEAD, defaults={"seq": 0, "mac": GENESIS})
    return DeletionHead.objects.select_for_update().get(pk=_HEAD)


def _move_head(record: DeletionRecord) -> None:
    DeletionHead.objects.filter(pk=_HEAD).update(seq=record.seq, mac=record.mac)


def _copied() -> int:
    return int(tombstones.last_ref(journal=JOURNAL) or 0)


def _copy_soon() -> None:
    try:
        copy_records()
    except (OSError, DatabaseError) as error:  # the deed is done and noted; the next minute tries again
        log_failure(logger, "deletion records were not copied", error)
