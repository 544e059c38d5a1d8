"""The devices of a person that asked to be told: taken in, kept, moved to whoever uses them now, and forgotten."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import LoginSession, User
from accounts.queries.sessions import find_login
from core import ratelimit
from core.sealing import seal
from notifications.access import get_device_for_member
from notifications.models import PushSubscription
from notifications.models.subscription import MOST
from notifications.services.offers import Offer

# A page offers its device at most once an hour; whoever offers much oftener is no page.
OFFERS_AN_HOUR = 60


class Forgotten(Exception):
    """The device was told of notices once and is not any more: its owner took it off the list, from another device perhaps."""


class NoLogin(Exception):
    """The session is on nobody's list of log-ins, so that nobody could end what is left in it."""


def keep_subscription(*, user: User, session_key: str, offer: Offer, only_known: bool = False, now: datetime) -> bool:
    """Tell this person's notices to a device from now on; whether it is new to them. Offered again it stays as it is.

    The same browser in the hands of another person tells them, and the former person nothing any more. Of more than ten devices the
    oldest goes. With `only_known` a device that is not on the person's list is not put there.

    Raises:
        NoLogin.
        Forgotten: only with `only_known`.
        core.ratelimit.RateLimited: more than 60 in an hour.
    """
    ratelimit.hit("push", str(user.pk), limit=OFFERS_AN_HOUR, seconds=3600)
    login = find_login(user=user, session_key=session_key)
    if login is None:
        raise NoLogin
    if only_known and not PushSubscription.objects.filter(user=user, endpoint_sha256=offer.digest).exists():
        raise Forgotten
    try:
        return _keep(user, login, offer, now)
    except IntegrityError:  # another page, or another person, offered the same a moment ago
        return _keep(user, login, offer, now)


def drop_endpoint(*, user: User, digest: str) -> bool:
    """Tell nothing more to a device of this person, named by its address (`offers.read_endpoint`); whether there was one."""
    return bool(PushSubscription.objects.filter(user=user, endpoint_sha256=digest).delete()[0])


def drop_device(*, user: User, public_id: str) -> None:
    """Tell nothing more to one device of this person.

    Raises:
        notifications.access.DeviceNotFound.
    """
    get_device_for_member(user=user, public_id=public_id).delete()


def drop_subscriptions(*, user: User) -> int:
    """Forget all devices of a person; how many there were. What still waited for them is carried nowhere."""
    return PushSubscription.objects.filter(user=user).delete()[1].get(PushSubscription._meta.label, 0)


def _keep(user: User, login: LoginSession, offer: Offer, now: datetime) -> bool:
    with transaction.atomic():
        User.objects.select_for_update().filter(pk=user.pk).values_list("pk", flat=True).get()  # offers of one person take turns
        row = PushSubscription.objects.filter(endpoint_sha256=offer.digest).first()
        if row is not None and row.user_id != user.pk:
            row.delete()
            row = None
        is_new = row is None
        row = row or PushSubscription(user=user, transport=offer.transport, endpoint_sha256=offer.digest, host=offer.host, created_at=now)
        row.login, row.key_id, row.p256dh, row.seen_at = login, offer.key_id, offer.p256dh, now
        row.endpoint = seal(user.scope, offer.endpoint.encode(), row.sealing_ad("endpoint"))
        row.auth = seal(user.scope, offer.auth, row.sealing_ad("auth"))
        row.save()
        _drop_oldest(user)
    return is_new


def _drop_oldest(user: User) -> None:
    mine = PushSubscription.objects.filter(user=user).order_by("-created_at", "-pk")
    too_many = list(mine.values_list("pk", flat=True)[MOST : MOST + 20])
    if too_many:
        PushSubscription.objects.filter(pk__in=too_many).delete()
