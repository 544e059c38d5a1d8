"""How statements come in: asked of a provider's interface, or a file that one of the team brings and another confirms."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from billing.enums import StatementSource, StatementState
from billing.events import StatementReady
from billing.models import Statement, StatementLine
from billing.providers.base import StatementRow
from billing.providers.statement_files import Fault, FileFault, FileRefused, read_statement_file
from billing.providers.table import get_provider
from billing.services.alarms import Alarm, raise_alarm
from billing.services.deeds import note_deed
from billing.services.reconciliation.lines import Numbered, add_lines, digest_of_rows, find_known, has_files, make_lines
from core import audit
from core.outbox import publish


class NoFiles(ValueError):
    """This provider's statements are no files."""


class DayNotOver(ValueError):
    """The day has not ended, so its statement cannot be whole."""


class AlreadyThere(Exception):
    """There is a statement of this provider for this day, waiting or confirmed."""


class NotWaiting(Exception):
    """It was confirmed or withdrawn meanwhile."""


class SamePerson(PermissionError):
    """Whoever brought a file cannot confirm it."""


def import_day(*, provider: str, day: date, now: datetime) -> Statement:
    """Ask a provider what it booked on a day, keep what is new of it, and have it compared. Asked again, it finds what came late.

    Call it outside of any transaction: it asks another server.

    Raises:
        providers.table.NotConfigured; whatever the provider's interface raises when it cannot be asked.
    """
    rows = list(get_provider(provider).statement(day))
    fixed = {"provider": provider, "day": day, "source": StatementSource.API, "state": StatementState.CONFIRMED}
    with transaction.atomic():
        made = {**fixed, "created_at": now, "confirmed_at": now, "sha256": ""}
        statement, _new = Statement.objects.get_or_create(open_key=_key(provider, day), defaults=made)
        fresh = add_lines(statement, enumerate(rows, 1))
        Statement.objects.filter(pk=statement.pk).update(sha256=digest_of_rows(rows))
        if fresh or statement.matched_at is None:
            publish(StatementReady(statement_id=statement.pk))
    return statement


def upload_file(*, provider: str, day: date, data: bytes, by: User, now: datetime) -> Statement:
    """Take an operator's file for a day; it counts when somebody else has confirmed it.

    Raises:
        NoFiles, DayNotOver, AlreadyThere; providers.statement_files.FileRefused: the whole file is refused.
    """
    if not has_files(provider):
        raise NoFiles(provider)
    if day >= now.date():
        raise DayNotOver(day)
    rows = _number(data, read_statement_file(provider, data, day=day))
    statement = Statement(
        provider=provider,
        day=day,
        source=StatementSource.FILE,
        state=StatementState.WAITING,
        sha256=hashlib.sha256(data).hexdigest(),
        open_key=_key(provider, day),
        uploaded_by=by,
        created_at=now,
    )
    _refuse_known(make_lines(statement, rows))
    try:
        with transaction.atomic():
            statement.save(force_insert=True)
            add_lines(statement, rows)
            _note("statement.upload", statement, by, "", now)
            path = reverse("admin:billing_statement_page", args=[statement.public_id])
            raise_alarm(alarm=Alarm.STATEMENT_WAITS, ref=str(statement), once=statement.public_id, path=path, now=now)
    except IntegrityError as error:
        raise AlreadyThere(str(statement)) from error
    return statement


def confirm_statement(*, statement: Statement, by: User, now: datetime) -> None:
    """Let a file count that somebody else has brought.

    Raises:
        SamePerson, NotWaiting.
    """
    if statement.uploaded_by_id == by.pk:
        raise SamePerson(by.pk)
    with transaction.atomic():
        done = {"state": StatementState.CONFIRMED, "confirmed_by": by, "confirmed_at": now}
        if not Statement.objects.filter(pk=statement.pk, state=StatementState.WAITING).exclude(uploaded_by=by).update(**done):
            raise NotWaiting(statement.public_id)
        _note("statement.confirm", statement, by, "", now)
        publish(StatementReady(statement_id=statement.pk))


def withdraw_statement(*, statement: Statement, reason: str, by: User, now: datetime) -> None:
    """Take a file back before it counts; its lines go, the statement stays with its hash.

    Raises:
        NotWaiting.
    """
    with transaction.atomic():
        waiting = Statement.objects.filter(pk=statement.pk, state=StatementState.WAITING)
        if not waiting.update(state=StatementState.WITHDRAWN, open_key=None):
            raise NotWaiting(statement.public_id)
        StatementLine.objects.filter(statement=statement).delete()
        _note("statement.withdraw", statement, by, reason, now)


def _number(data: bytes, rows: Sequence[StatementRow]) -> list[Numbered]:
    """The rows with the numbers of their lines in the file, whose order they have."""
    texts = enumerate(data.decode("utf-8-sig").splitlines(), start=1)
    next(texts)  # the heading
    return [(next(number for number, text in texts if row.provider_ref in text), row) for row in rows]


def _refuse_known(lines: Sequence[StatementLine]) -> None:
    """A line that an earlier statement has is a line twice."""
    if not lines:
        return
    known = {(line.kind, line.provider_ref) for line in find_known(lines[0].provider, lines)}
    twice = [Fault(line.number, FileFault.DOUBLED, line.provider_ref) for line in lines if (line.kind, line.provider_ref) in known]
    if twice:
        raise FileRefused(twice)


def _key(provider: str, day: date) -> str:
    return f"{provider}:{day.isoformat()}"


def _note(action: str, statement: Statement, by: User, reason: str, now: datetime) -> None:
    after = audit.digest_of({"sha256": statement.sha256})
    note_deed(action, kind="statement", ref=str(statement), reason=reason, by=by, after=after, now=now)
