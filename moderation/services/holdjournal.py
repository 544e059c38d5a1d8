"""Holds are written down outside of their database: a copy from before a hold that is put back must not free what it froze.

An entry is the whole state of a hold, sealed, because it names people. Its name follows from what it says, so writing the same down
twice changes nothing, and what a killed process left out is written a minute later.
"""

from __future__ import annotations

import base64
import json
import logging
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Q

from core import sealing, tombstones
from core.outages import log_failure
from moderation.enums import StaffRole
from moderation.models import HoldSubject, LegalHold, LegalRequest, StaffProfile
from moderation.services.noting import note

logger = logging.getLogger("resaka.moderation")
JOURNAL = "holds"
SCOPE = "holds"
_MOST = 1000
_REF = 40


class NobodyHolds(LookupError):
    """Nobody of the legal desk is in service who could stand for the holds of the journal."""


def journal_holds(*, now: datetime) -> int:
    """Write down every hold in force, and those that were lifted, as far as the journal does not say so already; how many were looked at.

    Raises:
        OSError, DatabaseError: the journal cannot be written; the next minute tries again.
    """
    lasting = Q(lifted_at__isnull=False) | Q(until_at__isnull=True) | Q(until_at__gt=now)
    rows = LegalHold.objects.filter(lasting).select_related("placed_by", "request").prefetch_related("subjects").order_by("-pk")[:_MOST]
    known = tombstones.known_refs(journal=JOURNAL)
    states = [state_of(hold) for hold in rows]
    tombstones.put([_entry(state, now) for state in states if _ref(state) not in known])
    return len(states)


def journal_soon(*, now: datetime) -> None:
    """The same once the caller's transaction is done; what fails is left to the next minute."""

    def write() -> None:
        try:
            journal_holds(now=now)
        except (OSError, DatabaseError) as error:
            log_failure(logger, "a hold was not written down outside", error)

    transaction.on_commit(write)


def hold_again(*, now: datetime) -> int:
    """Place the holds of the journal that a restored database does not know, and set the ends that it does not know either; how many.

    A hold that was lifted after the backup is in force again: two people lift it again. Under each stands whoever placed it, or, if the
    restored house does not know them yet, somebody of the legal desk. The keys of all who are held are frozen, as far as there are any.

    Raises:
        core.tombstones.TombstoneForged; NobodyHolds.
    """
    latest: dict[str, dict[str, Any]] = {}
    for entry in tombstones.read(journal=JOURNAL):  # the oldest first
        state = _open(entry)
        if state["lifted"] is None:
            latest[state["public_id"]] = state
    done = sum(_place_again(state, now) for state in latest.values() if state["until"] is None or _time(state["until"]) > now)
    _freeze_again(now)
    return done


def state_of(hold: LegalHold) -> dict[str, Any]:
    """All that a hold says."""
    return {
        "public_id": hold.public_id,
        "scope": hold.scope,
        "codes": hold.codes,
        "reason": hold.reason,
        "from": hold.from_at.isoformat(),
        "until": hold.until_at.isoformat() if hold.until_at else None,
        "lifted": hold.lifted_at.isoformat() if hold.lifted_at else None,
        "by": hold.placed_by.handle,
        "request": hold.request.public_id if hold.request else None,
        "subjects": sorted([one.subject_id, one.number, one.owner_id] for one in hold.subjects.all()),
    }


def _place_again(state: dict[str, Any], now: datetime) -> int:
    until = _time(state["until"]) if state["until"] else None
    with transaction.atomic():
        known = LegalHold.objects.filter(public_id=state["public_id"]).first()
        if known is not None:
            shorter = Q(until_at__lt=until) if until else Q(until_at__isnull=False)
            return LegalHold.objects.filter(shorter, pk=known.pk, lifted_at__isnull=True).update(until_at=until, alarmed=None)
        by = _stands_for(state["by"])
        hold = LegalHold.objects.create(
            public_id=state["public_id"],
            request=LegalRequest.objects.filter(public_id=state["request"]).first() if state["request"] else None,
            scope=state["scope"],
            codes=state["codes"],
            reason=state["reason"],
            from_at=_time(state["from"]),
            until_at=until,
            placed_by=by,
        )
        HoldSubject.objects.bulk_create(
            [HoldSubject(hold=hold, subject_id=subject, number=number, owner_id=owner) for subject, number, owner in state["subjects"]]
        )
        note(
            action="hold.restore",
            by=by,
            object_kind="legal_hold",
            object_ref=hold.public_id,
            reason=f"placed by {state['by']} after the backup that was put back",
            role="legal_desk",
            now=now,
        )
    return 1


def _freeze_again(now: datetime) -> None:
    lasting = LegalHold.objects.filter(Q(until_at__isnull=True) | Q(until_at__gt=now), lifted_at__isnull=True)
    owners = HoldSubject.objects.filter(hold__in=lasting, owner_id__isnull=False).values_list("owner_id", flat=True).distinct()
    for scope in (f"user:{owner}" for owner in owners):
        if sealing.has_key(scope):  # a key that was destroyed does not come back for it
            sealing.freeze_key(scope)


def _stands_for(handle: str) -> StaffProfile:
    found = StaffProfile.objects.filter(handle=handle).first()
    if found is not None:
        return found
    for one in StaffProfile.objects.filter(active=True).order_by("pk"):
        if one.has_role(StaffRole.LEGAL_DESK):
            return one
    raise NobodyHolds(handle)


def _entry(state: dict[str, Any], now: datetime) -> tombstones.Entry:
    ref = _ref(state)
    blob = sealing.seal(SCOPE, json.dumps(state).encode(), f"{JOURNAL}:{ref}")
    return tombstones.Entry(JOURNAL, ref, now, {"sealed": base64.b64encode(blob).decode()})


def _open(entry: tombstones.Entry) -> dict[str, Any]:
    blob = base64.b64decode(entry.body["sealed"])
    state: dict[str, Any] = json.loads(sealing.open_sealed(SCOPE, blob, f"{JOURNAL}:{entry.ref}"))
    return state


def _ref(state: dict[str, Any]) -> str:
    return f"{state['public_id']}:{tombstones.digest(json.dumps(state, sort_keys=True))}"[:_REF]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
