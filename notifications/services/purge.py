"""What of the notices goes when its time has come, and how; `privacy` decides and calls."""

from __future__ import annotations

from core.purging import Shelf, delete_rows
from notifications.counts import forget_count
from notifications.models import Delivery, EmailSuppression, Notification


def _destroy_notices(keys: list[int]) -> int:
    rows = Notification.objects.filter(pk__in=keys)
    people = set(rows.values_list("user_id", flat=True))
    rows.delete()
    for user_id in people:
        forget_count(user_id=user_id)
    return len(keys)


# By the code of their retention; how a notice was sent goes before the notice does. Addresses that get no mail belong to nobody here: a
# keyed hash is all that is known of them.
SHELVES: dict[str, tuple[Shelf, ...]] = {
    "DELIVERY": (Shelf(lambda now: Delivery.objects.all(), "created_at", delete_rows(Delivery), owner="notification__user_id"),),
    "NOTIFICATION": (Shelf(lambda now: Notification.objects.all(), "created_at", _destroy_notices, owner="user_id"),),
    "EMAIL_SUPPRESSION": (Shelf(lambda now: EmailSuppression.objects.all(), "created_at", delete_rows(EmailSuppression)),),
}
