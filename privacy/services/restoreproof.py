"""Before a restored house serves again: erased people are unreadable in it, and living ones readable."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from chat.queries.legible import list_writers, try_texts, wrote_before
from core import audit
from core.backups.pending import KEYS_AT, finish
from core.keyring import SealingError, find_key
from core.models import Restoration
from core.sealing import has_key
from privacy.enums import RequestKind, RequestState
from privacy.models import DataRequest
from privacy.services.replay import NothingToReplay, find_restoration

SAMPLE = 20
# The names of the stores in which something of a person is left (privacy.erasure, a floor above).
Remains = Callable[[int], list[str]]
_chance = random.SystemRandom()


class NotProved(Exception):
    """The house stays shut; the text says what was found."""


@dataclass(frozen=True, slots=True)
class Proof:
    """So many were tried, drawn by lot. `lost`: of the living tried, those who wrote nothing before the copy of the key store was made that
    was put back: their keys are in no copy, and nobody can read what they wrote."""

    erased: int
    living: int
    texts: int
    lost: int


def verify_restore(*, remains: Remains, sample: int = SAMPLE, now: datetime) -> Proof:
    """Try the erased and the living, and open the house. A house without any of a kind has nothing of it to try.

    Raises:
        NotProved: it stays shut; privacy.services.replay.NothingToReplay: no restore waits for it.
    """
    row = find_restoration()
    if row.replayed_at is None:
        raise NothingToReplay(f"{row.backup}: run manage.py replay_tombstones first")
    erased = _draw(_list_erased(), sample)
    faults = [f"{name} of {_short(user_id)}" for user_id in erased for name in _left_of(user_id, remains)]
    living = _draw(_list_living(), sample)
    texts = {user_id: _count_read(user_id) for user_id in living}
    unread = [user_id for user_id, count in texts.items() if count is None]
    lost = [user_id for user_id in unread if _came_after(user_id, row)]
    faults += [f"nothing of {_short(user_id)} opens" for user_id in unread if user_id not in lost]
    if faults:
        raise NotProved(f"{len(faults)} of what was tried is not as it should be: {'; '.join(faults[:10])}")
    proof = Proof(len(erased), len(living) - len(lost), sum(count or 0 for count in texts.values()), len(lost))
    _open_house(row, proof, now)
    return proof


def _list_erased() -> list[int]:
    return list(DataRequest.objects.filter(kind=RequestKind.ERASURE, state=RequestState.DONE).values_list("user_id", flat=True).distinct())


def _list_living() -> list[int]:
    """Members who wrote something lately."""
    writers = list_writers()
    return list(User.objects.present().filter(pk__in=writers).values_list("pk", flat=True))


def _left_of(user_id: int, remains: Remains) -> list[str]:
    """What of an erased person is still there, or still opens."""
    left = list(remains(user_id))
    if has_key(f"user:{user_id}"):
        left.append("the key")
    if try_texts(user_id=user_id).opened:
        left.append("a text")
    return left


def _count_read(user_id: int) -> int | None:
    """How many texts of a living person were read; None: the key is gone, or one of them does not open."""
    try:
        if find_key(f"user:{user_id}") is None:
            return None
    except SealingError:
        return None
    found = try_texts(user_id=user_id)
    return found.opened if found.opened == found.stored else None


def _came_after(user_id: int, row: Restoration) -> bool:
    keys_at = row.report.get(KEYS_AT, "")
    moment = datetime.fromisoformat(keys_at) if keys_at else None
    return moment is not None and not has_key(f"user:{user_id}") and not wrote_before(user_id=user_id, moment=moment)


def _draw(ids: list[int], sample: int) -> list[int]:
    return _chance.sample(ids, min(sample, len(ids)))


def _short(user_id: int) -> str:
    """Whom it is about, for whoever looks: the inward number, which is on no page."""
    return f"account {user_id}"


def _open_house(row: Restoration, proof: Proof, now: datetime) -> None:
    row.report = {**row.report, "proof": asdict(proof)}
    with transaction.atomic():
        told = ", ".join(f"{name} {count}" for name, count in asdict(proof).items())
        audit.append(audit.Entry("restore.verify", "backup", row.backup, told, role="system"), now=now)
    finish(row, now=now)
