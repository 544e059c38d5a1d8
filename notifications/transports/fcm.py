"""Firebase Cloud Messaging, HTTP v1, for an application of Android; a browser needs none of it. Google reads what it carries, so it
carries less than Web Push: that there is something, and how many.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from core.hosts import Host
from core.http import Answer, BadAnswer, OutboundError
from core.sealing import SealingError, open_sealed
from notifications.metrics import PUSH_KEYS_REFUSED
from notifications.models import Delivery, Notification
from notifications.transports.answers import judge_fault, judge_status
from notifications.transports.base import DEAD, Gone, Outcome, Refused, Retry, Sent, Suppressed
from notifications.transports.google import KeysRefused, forget_token, get_token
from notifications.transports.payload import build_data, seconds_of_use, tag_of, urgency_of
from notifications.transports.posting import SHUT, Parcel, Reply
from notifications.words.base import Words

logger = logging.getLogger("resaka.push")

_LONGEST = 28 * 86_400  # FCM keeps nothing longer
_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


class Fcm:
    """To one application, by the token that Google gave it."""

    def hosts(self) -> Sequence[Host]:
        """What the operator named: FCM's host among them, or it is not asked."""
        hosts: Sequence[Host] = settings.OUTBOUND_HOSTS
        return hosts

    def pack(self, delivery: Delivery, *, words: Words, unseen: int, now: datetime) -> Parcel | Outcome:
        """The request, under a token of ours that is asked for when there is none. `words` stay here: Google would read them."""
        device = delivery.subscription
        if device is None:
            return Gone("DEVICE")
        if not settings.FCM_ACCOUNT:
            return Suppressed("FCM_OFF")
        try:
            token = open_sealed(delivery.notification.user.scope, bytes(device.endpoint), device.sealing_ad("endpoint")).decode()
            bearer = get_token(now=now)
        except SealingError:
            return Gone("KEY")
        except OutboundError as error:
            return _judge_token(error, delivery)
        message = _build_message(delivery.notification, token, unseen, now)
        return Parcel(
            number=delivery.pk,
            url=f"{settings.FCM_URL}/v1/projects/{settings.FCM_ACCOUNT['project_id']}/messages:send",
            host=device.host,
            headers={"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
            content=json.dumps({"message": message}).encode(),
        )

    def judge(self, delivery: Delivery, reply: Reply) -> Outcome:
        """By the error that FCM names: its 400 may be a wrong token or a wrong value of ours, and only the first forgets a device."""
        if not isinstance(reply, Answer):
            return judge_fault(reply, logger, delivery)
        if reply.status == 200:
            return Sent()
        code = read_error(reply)
        if code == "UNREGISTERED" or (code == "INVALID_ARGUMENT" and names_token(reply)):
            return Gone(DEAD)
        if code == "SENDER_ID_MISMATCH":  # the token belongs to another application
            return Gone(DEAD)
        if reply.status == 401:
            forget_token()
        if reply.status in {400, 404}:
            return Refused(code[:24] or "BAD_REQUEST", reply.status)
        return judge_status(reply, logger, delivery)


def read_error(answer: Answer) -> str:
    """The `errorCode` of FCM's own detail; empty where there is none."""
    return next((str(one.get("errorCode", "")) for one in _details(answer) if one.get("@type") == _FCM_ERROR), "")


def names_token(answer: Answer) -> bool:
    """Whether a detail says that it is the token which is wrong."""
    violations = [one for detail in _details(answer) for one in _objects(detail.get("fieldViolations"))]
    return any(one.get("field") == "message.token" for one in violations)


def _details(answer: Answer) -> list[dict[str, Any]]:
    try:
        error = answer.read_object().get("error")
    except BadAnswer:
        return []
    return _objects(error.get("details")) if isinstance(error, dict) else []


def _objects(found: object) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _build_message(notice: Notification, token: str, unseen: int, now: datetime) -> dict[str, Any]:
    android = {
        "priority": "HIGH" if urgency_of(notice) == "high" else "NORMAL",
        "ttl": f"{min(seconds_of_use(notice, now=now), _LONGEST)}s",
        "collapse_key": tag_of(notice),
    }
    return {"token": token, "data": build_data(notice, unseen=unseen), "android": android}


def _judge_token(error: OutboundError, delivery: Delivery) -> Outcome:
    if not isinstance(error, KeysRefused):
        return judge_fault(error, logger, delivery)
    PUSH_KEYS_REFUSED.labels(host="token", device="known").inc()
    logger.error("Google refuses the service account", extra={"fields": {"why": str(error)}})
    return Retry("KEYS_REFUSED", after=SHUT)
