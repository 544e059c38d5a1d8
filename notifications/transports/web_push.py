"""Web Push (RFC 8030): a request to the address that a browser gave, with a body that this browser alone opens (RFC 8291) and a token that
says who sends (RFC 8292). The service learns that a device is told something, how urgent it is and until when it is of use; not what.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings

from core.hosts import Host
from core.http import Answer
from core.sealing import SealingError, open_sealed
from notifications.models import Delivery, PushSubscription
from notifications.transports.answers import judge_fault, judge_status, note_keys_refused
from notifications.transports.base import DEAD, Gone, Outcome, Refused, Sent, Suppressed
from notifications.transports.encryption import UnfitKeys, encrypt
from notifications.transports.payload import FILLED_BYTES, build_payload, build_spare, seconds_of_use, tag_of, urgency_of
from notifications.transports.posting import Parcel, Reply
from notifications.transports.vapid import Key, authorize, find_key
from notifications.words.base import Words

logger = logging.getLogger("resaka.push")

# A service that finds the same address wrong so often in a row means it; and one that so often refused our keys for an address that it
# never took anything for, means the address: anybody can leave one that was made for the keys of another house.
WRONG, NEVER_TAKEN = 3, 10
_KEYS_REFUSED = (401, 403)


class WebPush:
    """To one browser."""

    def hosts(self) -> Sequence[Host]:
        """The push services that the operator named."""
        hosts: Sequence[Host] = settings.PUSH_HOSTS
        return hosts

    def pack(self, delivery: Delivery, *, words: Words, unseen: int, now: datetime) -> Parcel | Outcome:
        """The request; the payload is made now, so that it counts what waits now."""
        device = delivery.subscription
        if device is None:
            return Gone("DEVICE")
        key = find_key(key_id=device.key_id)
        if key is None:  # the house has another key, and the browser has not come by since
            return Suppressed("OLD_KEY")
        try:
            return _make(delivery, device, key, build_payload(delivery.notification, words=words, unseen=unseen), now)
        except SealingError:
            return Gone("KEY")
        except UnfitKeys:
            return Gone(DEAD)

    def judge(self, delivery: Delivery, reply: Reply) -> Outcome:
        """201 is the answer of RFC 8030; 404 and 410 mean that the browser has gone."""
        device = delivery.subscription
        if not isinstance(reply, Answer):
            return judge_fault(reply, logger, delivery)
        if device is None:
            return Gone("DEVICE")
        match reply.status:
            case 200 | 201 | 202:
                return Sent()
            case 404 | 410:
                return Gone(DEAD)
            case 400:
                return Gone(DEAD) if device.failures + 1 >= WRONG else Refused("BAD_REQUEST", 400)
            case 413:
                return Refused("TOO_LARGE", 413)
            case 401 | 403 if device.last_ok_at is None:
                note_keys_refused(device.host, reply.status, logger, device="new")
                return Gone(DEAD) if device.failures + 1 >= NEVER_TAKEN else Refused("KEYS_REFUSED", reply.status)
        return judge_status(reply, logger, delivery)


def _make(delivery: Delivery, device: PushSubscription, key: Key, payload: bytes, now: datetime) -> Parcel:
    notice, scope = delivery.notification, delivery.notification.user.scope
    url = open_sealed(scope, bytes(device.endpoint), device.sealing_ad("endpoint")).decode()
    auth = open_sealed(scope, bytes(device.auth), device.sealing_ad("auth"))
    point = bytes(device.p256dh)
    headers = {
        "Authorization": authorize(key, origin=_origin(url), now=now),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(seconds_of_use(notice, now=now)),
        "Urgency": urgency_of(notice),
        "Topic": tag_of(notice),
    }
    return Parcel(
        number=delivery.pk,
        url=url,
        host=device.host,
        headers=headers,
        content=encrypt(payload, p256dh=point, auth=auth, length=FILLED_BYTES),
        spare=partial(encrypt, build_spare(notice), p256dh=point, auth=auth),
        blames_us=_KEYS_REFUSED if device.last_ok_at else (),
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
