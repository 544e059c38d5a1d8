"""The three lists: opened once for each thing, ended once by whoever explains it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from billing.enums import GapEnd, GapKind
from billing.models import Gap, Payment, Refund, StatementLine
from billing.services.deeds import note_deed

LONGEST_NOTE = 500
# What a person has ended so does not come back by itself.
_EXPLAINED = (GapEnd.NOTED, GapEnd.REFUNDED)


class GapOver(Exception):
    """It has ended: somebody else, or a statement, was quicker."""


def open_line_gap(
    line: StatementLine,
    *,
    kind: GapKind,
    differences: Sequence[str] = (),
    payment: Payment | None = None,
    refund: Refund | None = None,
    now: datetime,
) -> bool:
    """Put a line of theirs on its list, in the caller's transaction; False when it stands there already, or a person has explained it."""
    if Gap.objects.filter(line=line, kind=kind, end__in=_EXPLAINED).exists():
        return False
    found = {"kind": kind, "payment": payment, "refund": refund, "differences": list(differences)}
    made = {**found, "provider": line.provider, "line": line, "found_at": now}
    gap, new = Gap.objects.get_or_create(open_key=f"line:{line.pk}", defaults=made)
    if not new and (gap.kind != kind or gap.differences != list(differences)):
        Gap.objects.filter(pk=gap.pk, open_key__isnull=False).update(**found)
    return new


def open_own_gap(*, payment: Payment | None = None, refund: Refund | None = None, now: datetime) -> bool:
    """Put a payment or refund that no statement knows on the list of ours; False when it stands there, or was explained before."""
    key = f"payment:{payment.pk}" if payment else f"refund:{refund.pk}" if refund else ""
    owner = payment or (refund.payment if refund else None)
    if owner is None or Gap.objects.filter(kind=GapKind.OURS_ONLY, payment=payment, refund=refund).exists():
        return False
    made = {"kind": GapKind.OURS_ONLY, "provider": owner.provider, "payment": payment, "refund": refund, "found_at": now}
    return Gap.objects.get_or_create(open_key=key, defaults=made)[1]


def close_gaps_of(line: StatementLine, *, payment: Payment | None = None, refund: Refund | None = None, now: datetime) -> int:
    """A line and something of ours found each other and agree: whatever list they stood on, they leave it. How many entries ended."""
    about = Q(line=line)
    if payment is not None:
        about |= Q(kind=GapKind.OURS_ONLY, payment=payment)
    if refund is not None:
        about |= Q(kind=GapKind.OURS_ONLY, refund=refund)
    return _open(about).update(open_key=None, end=GapEnd.MATCHED, ended_at=now)


def end_gap(gap: Gap, *, end: GapEnd, note: str, by: User, now: datetime) -> None:
    """End an entry under somebody's name, in the caller's transaction.

    Raises:
        GapOver.
    """
    if not _open(Q(pk=gap.pk)).update(open_key=None, end=end, note=note, ended_by=by, ended_at=now):
        raise GapOver(gap.public_id)
    _note(gap, end, note, by, now)


def sign_gap(gap: Gap, *, end: GapEnd, note: str, by: User, now: datetime) -> bool:
    """Put a name under an entry that a comparison has just ended on somebody's word, in the caller's transaction; False: it did not."""
    ended = Gap.objects.filter(pk=gap.pk, end=GapEnd.MATCHED, ended_by=None)
    if not ended.update(end=end, note=note, ended_by=by):
        return False
    _note(gap, end, note, by, now)
    return True


def _note(gap: Gap, end: GapEnd, note: str, by: User, now: datetime) -> None:
    note_deed(f"gap.{end.value.lower()}", kind="gap", ref=gap.public_id, reason=note, by=by, now=now)


def _open(about: Q) -> QuerySet[Gap]:
    return Gap.objects.filter(about, open_key__isnull=False)
