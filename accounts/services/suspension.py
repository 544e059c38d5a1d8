"""Measures against an account: put in force by a decision, lifted by people, ended by their day.

Each change is noted in the audit chain and published in the transaction that makes it. Nothing here judges whether a decision is right:
who decides, and how many must agree, is moderation's matter above this floor.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction

from accounts.enums import BARRING, SuspensionKind
from accounts.events import AccountSuspended, SuspensionEnded
from accounts.models import Suspension, User
from accounts.services.sessions import SESSION_REVOKED
from core import audit
from core.outbox import publish
from core.text import clean
from realtime import services as live

_BATCH = 500
_REASON = 300


class NoReason(ValueError):
    """A measure without a decision or a word of why, or lifted without one."""


class BadEnd(ValueError):
    """An end that has passed, or the end of a termination, which has none."""


class AlreadySuspended(Exception):
    """A measure of this kind is in force; lift it before another takes its place."""


class NotSuspended(LookupError):
    """No measure of this kind is in force."""


def suspend(
    *,
    user: User,
    kind: SuspensionKind,
    decision_ref: str,
    reason: str,
    ends_at: datetime | None = None,
    by: User | None = None,
    handle: str = "",
    role: str = "",
    now: datetime,
) -> Suspension:
    """Put a measure in force at once, on open sockets too (< 1 s). `by` is who decided, None the system; `handle` the name under which they
    work, else it is the account's. `ends_at` None: until lifted.

    Raises:
        NoReason, BadEnd, AlreadySuspended.
    """
    _check(decision_ref, reason, kind, ends_at, now)
    with transaction.atomic():
        _lock(user)
        key = _key(user, kind)
        if Suspension.objects.filter(open_key=key).exists():
            raise AlreadySuspended(key)
        made = Suspension.objects.create(user=user, kind=kind, decision_ref=decision_ref, starts_at=now, ends_at=ends_at, open_key=key)
        _set_standing(user)
        _note("account.suspend", made, reason=reason, by=by, handle=handle, role=role, now=now)
        publish(AccountSuspended(user_id=user.pk, kind=kind.value, decision_ref=decision_ref))
        if kind in BARRING:
            close_sockets(user=user)
    return made


def close_sockets(*, user: User) -> None:
    """Close the sockets of a barred account as soon as the measure is committed."""
    transaction.on_commit(partial(live.close_user, user=user.public_id, code=SESSION_REVOKED))


def lift(
    *, user: User, kind: SuspensionKind, reason: str, by: User | None = None, handle: str = "", role: str = "", now: datetime
) -> Suspension:
    """End a measure before its time, or one that has no end. `by` and `handle` as in `suspend`.

    Raises:
        NoReason, NotSuspended.
    """
    reason = clean(reason, lines=False)[:_REASON]
    if not reason:
        raise NoReason("lift")
    with transaction.atomic():
        _lock(user)
        found = Suspension.objects.filter(open_key=_key(user, kind)).first()
        if found is None:
            raise NotSuspended(kind.value)
        found.open_key, found.lifted_at, found.lift_reason = None, now, reason
        found.save(update_fields=["open_key", "lifted_at", "lift_reason"])
        _set_standing(user)
        _note("account.lift", found, reason=reason, by=by, handle=handle, role=role, now=now)
        publish(SuspensionEnded(user_id=user.pk, kind=kind.value, decision_ref=found.decision_ref))
    return found


def end_due_suspensions(*, now: datetime) -> int:
    """End the measures whose day has come, at most 500 a call; how many."""
    due = Suspension.objects.filter(open_key__isnull=False, ends_at__lte=now).order_by("ends_at")
    ids = list(due.values_list("pk", flat=True)[:_BATCH])
    return sum(_end(pk, now) for pk in ids)


def _end(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        found = Suspension.objects.select_related("user").get(pk=pk)
        _lock(found.user)
        if not Suspension.objects.filter(pk=pk, open_key__isnull=False).update(open_key=None):  # lifted meanwhile
            return False
        _set_standing(found.user)
        _note("account.suspension_end", found, reason="ends_at", by=None, handle="", role="", now=now)
        publish(SuspensionEnded(user_id=found.user_id, kind=found.kind, decision_ref=found.decision_ref))
    return True


def _check(decision_ref: str, reason: str, kind: SuspensionKind, ends_at: datetime | None, now: datetime) -> None:
    if not decision_ref.strip() or not reason.strip():
        raise NoReason(decision_ref)
    if ends_at is not None and (ends_at <= now or kind == SuspensionKind.TERMINATED):
        raise BadEnd(ends_at.isoformat())


def _lock(user: User) -> None:
    """Measures of one account are changed one after the other, so that `barred` and `silenced` are those of all of them."""
    User.objects.select_for_update().only("pk").get(pk=user.pk)


def _key(user: User, kind: SuspensionKind) -> str:
    return f"{user.pk}:{kind.value}"


def _set_standing(user: User) -> None:
    kinds = set(Suspension.objects.filter(user=user, open_key__isnull=False).values_list("kind", flat=True))
    user.barred, user.silenced = bool(kinds & set(BARRING)), SuspensionKind.POSTING_RESTRICTED in kinds
    user.save(update_fields=["barred", "silenced"])


def _note(action: str, made: Suspension, *, reason: str, by: User | None, handle: str, role: str, now: datetime) -> None:
    state = {"kind": made.kind, "decision": made.decision_ref, "ends_at": made.ends_at, "in_force": action == "account.suspend"}
    entry = audit.Entry(
        action=action,
        object_kind="account",
        object_ref=made.user.public_id,
        reason=f"{made.kind} {made.decision_ref}: {reason}",
        actor=by.public_id if by else "",
        handle=handle or (by.username[:40] if by else ""),
        role=role or ("" if by else "system"),
        after=audit.digest_of(state),
    )
    audit.append(entry, now=now)
