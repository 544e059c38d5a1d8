"""How much room a member has: by what they are entitled to, whoever gave it to them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from accounts.models import User
from billing.queries.entitlements import get_entitlement
from chat.enums import AttachmentState, MemberState, Role, RoomKind, RoomState
from chat.models import Attachment, Membership

# Images that are still somewhere on the disk: what its author took back is gone, what was hidden is kept for an appeal.
_KEPT = (AttachmentState.READY, AttachmentState.SENT, AttachmentState.HELD, AttachmentState.HIDDEN)


def image_bytes(*, user: User, now: datetime) -> int:
    """How large a file this member may send."""
    return get_entitlement(user, "ATTACHMENT_BYTES", now)


def storage_bytes(*, user: User, now: datetime) -> int:
    """How much of this member's may lie here at once."""
    return get_entitlement(user, "STORAGE_BYTES", now)


def stored_bytes(*, user: User, now: datetime) -> int:
    """How much of this member's lies here: their images until they expire. One query."""
    kept = Attachment.objects.filter(owner=user, state__in=_KEPT, expires_at__gt=now).exclude(file_name="")
    return int(kept.aggregate(sum=Sum("size"))["sum"] or 0)


def groups_allowed(*, user: User, now: datetime) -> int:
    """For how many groups this member may answer."""
    return get_entitlement(user, "GROUPS_OWNED", now)


def groups_owned(*, user: User) -> int:
    """For how many open groups this member answers. One query."""
    mine = Membership.objects.filter(user=user, role=Role.OWNER, state=MemberState.JOINED, room__kind=RoomKind.GROUP)
    return mine.exclude(room__state=RoomState.CLOSED).count()
