"""Deeds of the team over money, in the audit chain."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from core import audit


def note_deed(
    action: str, *, kind: str, ref: str, reason: str, by: User, now: datetime, before: str = "", after: str = "", role: str = "billing"
) -> None:
    """Append who did what to which thing (`ref` among those of its `kind`), in the transaction that does it; `before` and `after` are
    digests (core.audit.digest_of).

    Raises:
        core.audit.OutsideTransaction.
    """
    entry = audit.Entry(
        action=action,
        object_kind=kind,
        object_ref=ref,
        reason=reason,
        actor=by.public_id,
        handle=by.username[:40],
        role=role,
        before=before,
        after=after,
    )
    audit.append(entry, now=now)
