"""How moderation writes the audit chain: under the handle of the person, never under their name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core import audit
from moderation.models import StaffProfile


def note(
    *,
    action: str,
    by: StaffProfile | None,
    object_kind: str,
    object_ref: str,
    reason: str,
    before: Any = None,
    after: Any = None,
    role: str = "",
    now: datetime,
) -> None:
    """Append one deed to the audit chain, in the transaction that does it. `by` None: the house did it by itself. `before` and `after`
    are what the object was and is, as values that JSON knows; the chain keeps their digests alone."""
    entry = audit.Entry(
        action=action,
        object_kind=object_kind,
        object_ref=object_ref,
        reason=reason,
        actor=by.user.public_id if by else "",
        handle=by.handle if by else "",
        role=role or ("staff" if by else "system"),
        before=audit.digest_of(before) if before is not None else "",
        after=audit.digest_of(after) if after is not None else "",
    )
    audit.append(entry, now=now)
