"""Opening what two persons agreed to hand over. Each opening has its entries in the audit chain before a byte is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from accounts.queries.subscribers import Worn, find_subscriber
from accounts.services import connections, identity, keeping
from accounts.services.approvals import Approval, note_opening
from chat.queries.records import list_images, list_traces, open_written
from moderation.models import LegalRequest, LegalSubject
from moderation.queries.inventory import Absent, Line, Part, asked_of, list_inventory


@dataclass(frozen=True, slots=True)
class Filed:
    """One file of a package, and how many rows of what are in it."""

    path: str
    data: bytes
    line: Line
    rows: int


def open_collection(*, request: LegalRequest, approvals: Sequence[Approval], now: datetime) -> tuple[list[Filed], list[Line]]:
    """The files of all that exists of what was asked, and the lines of what does not. Runs in no transaction of a caller.

    Raises:
        accounts.services.approvals.NotApproved; core.sealing.SealingError: a sealed row was moved or damaged.
    """
    subjects = dict(enumerate(request.subjects.order_by("pk"), start=1))
    files: list[Filed] = []
    missing: list[Line] = []
    for line in list_inventory(request=request, now=now):
        if not line.exists:
            missing.append(line)
        elif line.part == Part.IMAGES:
            files += _images(request, subjects[line.number], line, approvals, now)
        elif rows := _OPEN[line.part](request, subjects[line.number], approvals, now):
            files += _tables(request, line, rows)
        else:
            missing.append(replace(line, rows=0, absent=Absent.UNREADABLE))
    return files, missing


def _tables(request: LegalRequest, line: Line, rows: list[dict[str, Any]]) -> list[Filed]:
    """The same rows twice: for programs and for people. The reference of the request stands in every row."""
    marked = [{"request": request.public_id} | row for row in rows]
    base = f"person-{line.number}/{line.part.value}"
    shown = json.dumps(marked, ensure_ascii=False, indent=1).encode()
    return [Filed(f"{base}.json", shown, line, len(rows)), Filed(f"{base}.csv", _csv(marked), line, len(rows))]


def _csv(rows: list[dict[str, Any]]) -> bytes:
    """A table that a spreadsheet opens, and in which nothing is run: a cell that would be a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def _note(action: str, request: LegalRequest, subject: LegalSubject, approvals: Sequence[Approval], now: datetime) -> None:
    with transaction.atomic():
        note_opening(action=action, user_id=subject.user_id or 0, request_ref=request.public_id, approvals=approvals, now=now)


def _account(request: LegalRequest, subject: LegalSubject, approvals: Sequence[Approval], now: datetime) -> list[dict[str, Any]]:
    _note("account.open", request, subject, approvals, now)
    found = find_subscriber(user_id=subject.user_id or 0)
    if found is None:
        return []
    facts = [(key, value) for key, value in asdict(found).items() if key not in {"emails", "pseudonyms", "created_at"}]
    facts += [("created_at", _utc(found.created_at)), *(("email", email) for email in found.emails)]
    rows = [{"fact": key, "value": value, "from": "", "to": ""} for key, value in facts]
    kept = [] if found.pseudonyms else _kept_names(request, subject, approvals, now)
    worn = [
        {"fact": "pseudonym", "value": one.pseudonym, "from": _utc(one.from_at), "to": _utc(one.to_at) if one.to_at else ""}
        for one in [*found.pseudonyms, *kept]
    ]
    return rows + worn


def _kept_names(request: LegalRequest, subject: LegalSubject, approvals: Sequence[Approval], now: datetime) -> list[Worn]:
    """Of an account that was erased the names lie sealed."""
    user_id, ref = subject.user_id or 0, request.public_id
    return keeping.open_names_for_legal_request(user_id=user_id, request_ref=ref, approvals=approvals, now=now)


def _identity(request: LegalRequest, subject: LegalSubject, approvals: Sequence[Approval], now: datetime) -> list[dict[str, Any]]:
    asked, ref = asked_of(subject, Part.IDENTITY, now), request.public_id
    found = identity.open_for_legal_request(user_id=asked.user_id, request_ref=ref, approvals=approvals, held=asked.held, now=now)
    return [row for one in found for row in _facts(one)]


def _facts(one: identity.Opened) -> list[dict[str, Any]]:
    when = {"given": _utc(one.given_at), "withdrawn": _utc(one.withdrawn_at) if one.withdrawn_at else ""}
    return [{"fact": key, "value": value, "verified": "no"} | when for key, value in asdict(one.identity).items() if value]


def _connections(request: LegalRequest, subject: LegalSubject, approvals: Sequence[Approval], now: datetime) -> list[dict[str, Any]]:
    asked = asked_of(subject, Part.CONNECTIONS, now)
    facts = connections.open_for_legal_request(
        user_id=asked.user_id,
        since=asked.since,
        until=asked.until,
        request_ref=request.public_id,
        approvals=approvals,
        held=asked.held,
        now=now,
    )
    return [
        {
            "ref": one.ref,
            "kind": one.kind,
            "from_utc": _utc(one.started_at),
            "last_seen_utc": _utc(one.last_seen_at),
            "ip": one.peer.ip,
            "source_port": one.peer.port,
            "protocol": one.peer.protocol,
        }
        for one in facts
    ]


def _traces(request: LegalRequest, subject: LegalSubject, approvals: Sequence[Approval], now: datetime) -> list[dict[str, Any]]:
    _note("traces.open", request, subject, approvals, now)
    rows = list_traces(asked_of(subject, Part.TRACES, now))
    return [asdict(row) | {"at": _utc(row.at)} for row in rows]


def _words(request: LegalRequest, subject: LegalSubject, approvals: Sequence[Approval], now: datetime) -> list[dict[str, Any]]:
    _note("words.open", request, subject, approvals, now)
    rows = open_written(asked_of(subject, Part.WORDS, now))
    return [asdict(row) | {"at": _utc(row.at)} for row in rows]


def _images(request: LegalRequest, subject: LegalSubject, line: Line, approvals: Sequence[Approval], now: datetime) -> list[Filed]:
    _note("images.open", request, subject, approvals, now)
    found = list_images(asked_of(subject, Part.IMAGES, now))
    return [Filed(f"person-{line.number}/images/{name}.webp", _read(file), line, 1) for name, file in found]


def _read(name: str) -> bytes:
    with default_storage.open(name) as file:
        data: bytes = file.read()
    return data


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_Opener = Callable[[LegalRequest, LegalSubject, Sequence[Approval], datetime], list[dict[str, Any]]]
_OPEN: dict[Part, _Opener] = {
    Part.ACCOUNT: _account,
    Part.IDENTITY: _identity,
    Part.CONNECTIONS: _connections,
    Part.TRACES: _traces,
    Part.WORDS: _words,
}
