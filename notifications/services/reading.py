"""Looking at notices, and being done with them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from notifications.access import get_notice_for_member
from notifications.enums import DeliveryState
from notifications.kinds import KINDS
from notifications.models import Delivery, Notification
from notifications.queries import Centre, list_notices
from notifications.transports.in_app import push_count

_OWED = [kind for kind, row in KINDS.items() if row.owed]


def look_at_notices(*, user: User, after: str = "", now: datetime) -> Centre:
    """A page of notices as they stood before this look, after which nothing is new any more. Four queries at most when nothing is."""
    page = list_notices(user=user, after=after)
    if page.has_new:
        mark_seen(user=user, now=now)
    return page


def open_notice(*, user: User, public_id: str, now: datetime) -> str:
    """Be done with one notice; the path of the page that it is about.

    Raises:
        NoticeNotFound.
    """
    notice = get_notice_for_member(user=user, public_id=public_id)
    mark_read(user=user, public_id=public_id, now=now)
    return notice.path


def mark_seen(*, user: User, now: datetime) -> int:
    """The person looked at the list: nothing on it is new any more, on all their pages. How many were."""
    with transaction.atomic():
        count = Notification.objects.filter(user=user, seen_at=None, created_at__lte=now).update(seen_at=now)
        _tell(user, count)
    return count


def mark_read(*, user: User, public_id: str = "", group_key: str = "", until: datetime | None = None, now: datetime) -> int:
    """The person is done with one notice, with a group, or (naming neither) with all, as far as they were made before `until`.

    What still waited to be sent about them is held back (SUPPRESSED, READ), except for kinds that are owed. How many were unread.
    """
    rows = Notification.objects.filter(user=user, read_at=None, created_at__lte=until or now)
    if public_id:
        rows = rows.filter(public_id=public_id)
    if group_key:
        rows = rows.filter(group_key=group_key)
    with transaction.atomic():
        ids = list(rows.values_list("pk", flat=True))
        waiting = Delivery.objects.filter(notification_id__in=ids, state=DeliveryState.WAITING)
        waiting.exclude(notification__kind__in=_OWED).update(state=DeliveryState.SUPPRESSED, reason="READ", address=b"")
        Notification.objects.filter(pk__in=ids, seen_at=None).update(seen_at=now)
        Notification.objects.filter(pk__in=ids).update(read_at=now)
        _tell(user, len(ids))
    return len(ids)


def _tell(user: User, count: int) -> None:
    if count:
        transaction.on_commit(lambda: push_count(user=user))
