"""After a backup was put back: doing again what was done since. What lies outside of the restored databases says what that was.

In this order, and twice over if need be (whoever is killed in the middle begins again): the journals of the files go back into the key
store; keys that were destroyed go once more; holds that were placed are in force again, before anything is destroyed under them; the chain
of destructions is taken up; whoever had been erased is erased; whatever is due goes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from core import audit, tombstones
from core.backups.pending import find_pending, mark_database
from core.models import Restoration
from core.sealing import destroy_again
from moderation.services.holdjournal import hold_again
from privacy.enums import DeletionReason, RequestKind, RequestState
from privacy.models import DataRequest, DeletionHead, DeletionRecord
from privacy.services.purge import purge_due
from privacy.services.records import ERASURE_JOB, bring_back_records, subject_mac
from privacy.services.requests import ask

# Runs the erasure of a request as far as it comes (privacy.erasure.saga, a floor above).
Erase = Callable[..., object]
_ROUNDS = 10_000
_PAGE = 5000
_FROM = "from"


class NothingToReplay(LookupError):
    """No backup was put back, or its database is not in place yet."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How much was done again. `unknown`: erased people of whom the restored database knows nothing, so nothing of them is there;
    `unfinished`: erasures that go on by themselves, because a hold or a provider makes them wait."""

    tombstones: int
    keys: int
    holds: int
    records: int
    erased: int
    unknown: int
    unfinished: int
    purged: int


def replay(*, erase: Erase, now: datetime) -> Replayed:
    """Do again all that was destroyed or frozen since the backup; what that was, in figures. `manage.py verify_restore` comes next.

    Raises:
        NothingToReplay; core.tombstones.TombstoneForged, privacy.services.records.RecordsApart: the journals are not what this house
        wrote; moderation.services.holdjournal.NobodyHolds.
    """
    row = find_restoration()
    back = tombstones.bring_back()
    keys = destroy_again()
    holds = hold_again(now=now)
    start = _first_record(row)
    records = len(bring_back_records())
    people, unknown = _find_erased(start)
    requests = [_erase(user, erase, now) for user in people]
    purged = _purge(now)
    done = sum(request.state == RequestState.DONE for request in requests)
    replayed = Replayed(back, keys, holds, records, done, unknown, len(requests) - done, purged)
    _note(row, replayed, now)
    return replayed


def find_restoration() -> Restoration:
    """The restore that is not finished.

    Raises:
        NothingToReplay.
    """
    pending = find_pending()
    if pending is None:
        raise NothingToReplay("no backup was put back")
    if not pending.database:
        raise NothingToReplay(f"{pending.backup} is not in place yet: finish manage.py restore first")
    return mark_database(pending)


def _first_record(row: Restoration) -> int:
    """Up to which record the backup reached; kept, so that a replay that was broken off knows it still."""
    if _FROM not in row.report:
        head = DeletionHead.objects.first()
        row.report = {**row.report, _FROM: head.seq if head else 0}
        Restoration.objects.filter(pk=row.pk).update(report=row.report)
    return int(row.report[_FROM])


def _find_erased(start: int) -> tuple[list[User], int]:
    """Whose erasure the records since then tell of, as far as the restored database knows them; and how many it does not know."""
    rows = DeletionRecord.objects.filter(seq__gt=start, reason=DeletionReason.REQUEST).exclude(subject_mac="")
    macs = set(rows.values_list("subject_mac", flat=True))
    found = _matching(macs) if macs else []
    return found, len(macs) - len(found)


def _matching(macs: set[str]) -> list[User]:
    """Every number is tried: a digest is not read back."""
    numbers = User.objects.order_by("pk").values_list("pk", flat=True).iterator(_PAGE)
    found = [number for number in numbers if subject_mac(number) in macs]
    return list(User.objects.filter(pk__in=found).order_by("pk"))


def _erase(user: User, erase: Erase, now: datetime) -> DataRequest:
    """The request itself may be younger than the backup: it is asked for again in the person's name, for they did ask, and under the same
    reference: the link in their letter leads to their page again."""
    request = DataRequest.objects.filter(user=user, kind=RequestKind.ERASURE).order_by("-pk").first()
    if request is None or request.state != RequestState.DONE:
        request = ask(user=user, kind=RequestKind.ERASURE, reference=_reference_of(user), now=now)
        erase(request_id=request.pk, now=now)
        request.refresh_from_db()
    return request


def _reference_of(user: User) -> str:
    """The reference of their erasure, as its records have it; empty when they name none."""
    mine = DeletionRecord.objects.filter(subject_mac=subject_mac(user.pk), reason=DeletionReason.REQUEST, job__startswith=ERASURE_JOB)
    return (mine.order_by("-seq").values_list("job", flat=True).first() or "").removeprefix(ERASURE_JOB)


def _purge(now: datetime) -> int:
    total = 0
    for _round in range(_ROUNDS):
        done = purge_due(now=now)
        if not done:
            break
        total += sum(done.values())
    return total


def _note(row: Restoration, replayed: Replayed, now: datetime) -> None:
    row.report, row.replayed_at = {**row.report, "replayed": asdict(replayed)}, now
    with transaction.atomic():
        Restoration.objects.filter(pk=row.pk).update(report=row.report, replayed_at=now)
        told = ", ".join(f"{name} {count}" for name, count in asdict(replayed).items())
        audit.append(audit.Entry("restore.replay", "backup", row.backup, told, role="system"), now=now)
