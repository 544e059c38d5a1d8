"""The door: the only way from an outside id to a notice."""

from __future__ import annotations

from accounts.models import User
from notifications.models import Notification, PushSubscription


class NoticeNotFound(LookupError):
    """No such notice, or somebody else's; the two look the same."""


def get_notice_for_member(*, user: User, public_id: str) -> Notification:
    """One of this person's own notices.

    Raises:
        NoticeNotFound.
    """
    found = Notification.objects.filter(user=user, public_id=public_id).first()
    if found is None:
        raise NoticeNotFound(public_id)
    return found


class DeviceNotFound(LookupError):
    """No such device, or somebody else's; the two look the same."""


def get_device_for_member(*, user: User, public_id: str) -> PushSubscription:
    """One of this person's own devices that are told of notices.

    Raises:
        DeviceNotFound.
    """
    found = PushSubscription.objects.filter(user=user, public_id=public_id).first()
    if found is None:
        raise DeviceNotFound(public_id)
    return found
