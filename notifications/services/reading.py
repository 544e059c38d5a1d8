"""Looking at notices, and being done with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from notifications import subjects
from notifications.access import get_notice_for_member
from notifications.counts import knows_groups_read, note_groups_read
from notifications.enums import DeliveryState
from notifications.kinds import KINDS
from notifications.models import Delivery, Notification
from notifications.queries.centre import GROUPED, Centre, list_notices
from notifications.transports.in_app import push_count

_OWED = [kind for kind, row in KINDS.items() if row.owed]


def look_at_notices(*, user: User, after: str = "", now: datetime) -> Centre:
    """A page of notices as they stood before this look, after which nothing is new any more. What was read in its room meanwhile is read
    here too. Two queries when nothing is new and no room is among them."""
    settle_rooms(user=user, now=now)
    page = list_notices(user=user, after=after)
    if page.has_new:
        mark_seen(user=user, now=now)
    return page


def open_notice(*, user: User, public_id: str, now: datetime) -> str:
    """Be done with one notice, or with all of its group if they stand in one line; the path of the page that it is about, of the oldest
    unread one of a group.

    Raises:
        NoticeNotFound.
    """
    notice = get_notice_for_member(user=user, public_id=public_id)
    if notice.kind not in GROUPED or notice.read_at is not None:
        mark_read(user=user, public_id=public_id, now=now)
        return notice.path
    group = Notification.objects.filter(user=user, group_key=notice.group_key, read_at=None)
    path = group.order_by("created_at", "pk").values_list("path", flat=True).first()
    mark_read(user=user, group_key=notice.group_key, now=now)
    return path or notice.path


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
    return _be_done(user, list(rows.values_list("pk", flat=True)), now)


def read_groups(*, user: User, group_keys: Sequence[str], upto: int, now: datetime) -> int:
    """The person has read on in the place of these groups, to the entry `upto` (`args["seq"]`): what is about it or about entries before
    is done. How many were unread. Called for every step of a cursor, so it asks the database only if it does not know better."""
    if knows_groups_read(user_id=user.pk, group_keys=group_keys):
        return 0
    unread = list(Notification.objects.filter(user=user, group_key__in=group_keys, read_at=None).values_list("pk", "args"))
    done = [pk for pk, args in unread if int(args.get("seq", 0)) <= upto]
    if len(done) == len(unread):
        transaction.on_commit(lambda: note_groups_read(user_id=user.pk, group_keys=group_keys))
    return _be_done(user, done, now) if done else 0


def settle_rooms(*, user: User, now: datetime) -> None:
    """Be done with what its person has read where it was said: a cursor may move where nobody tells the notices. One query when nothing
    of rooms is unread, one more for each app."""
    rows = Notification.objects.filter(user=user, read_at=None, kind__in=GROUPED)
    unread = list(rows.values_list("pk", "subject_app", "subject_public_id", "args"))
    done: list[int] = []
    for app in {row[1] for row in unread}:
        marks = subjects.read_up_to(app, user_id=user.pk, public_ids={place for _pk, of, place, _args in unread if of == app})
        done += [pk for pk, of, place, args in unread if of == app and int(args.get("seq", 0)) <= marks.get(place, -1)]
    if done:
        _be_done(user, done, now)


def _be_done(user: User, ids: list[int], now: datetime) -> int:
    with transaction.atomic():
        waiting = Delivery.objects.filter(notification_id__in=ids, state=DeliveryState.WAITING)
        waiting.exclude(notification__kind__in=_OWED).update(state=DeliveryState.SUPPRESSED, reason="READ", address=b"", ended_at=now)
        Notification.objects.filter(pk__in=ids, seen_at=None).update(seen_at=now)
        Notification.objects.filter(pk__in=ids).update(read_at=now)
        _tell(user, len(ids))
    return len(ids)


def _tell(user: User, count: int) -> None:
    if count:
        transaction.on_commit(lambda: push_count(user=user))
