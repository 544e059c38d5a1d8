"""What push services of every kind mean by an answer, or by none."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.utils import timezone

from core.http import AddressRefused, Answer, NotAllowed, OutboundError, Redirected, TooLarge
from notifications.metrics import PUSH_KEYS_REFUSED, PUSH_REDIRECTED
from notifications.models import Delivery
from notifications.transports.base import Outcome, Refused, Retry
from notifications.transports.posting import AWAY, SHUT, HostRests

_LEAST, _LONGEST = timedelta(seconds=1), timedelta(hours=1)


def judge_status(answer: Answer, logger: logging.Logger, delivery: Delivery) -> Outcome:
    """The answers that mean the same everywhere: our keys are wrong, not so fast, not now."""
    if answer.status in {401, 403}:
        note_keys_refused(delivery.subscription.host if delivery.subscription else "", answer.status, logger, device="known")
        return Retry("KEYS_REFUSED", after=SHUT, status_code=answer.status)
    if answer.status == 429 or answer.status >= 500:
        return Retry("SERVICE", after=read_pause(answer.retry_after, now=timezone.now()), status_code=answer.status)
    return Refused("ANSWER", answer.status)


def note_keys_refused(host: str, status: int, logger: logging.Logger, *, device: str) -> None:
    """Count it for the alarm, and say it."""
    PUSH_KEYS_REFUSED.labels(host=host, device=device).inc()
    logger.error("a push service refuses our keys", extra={"fields": {"host": host, "status": status}})


def judge_fault(fault: OutboundError | HostRests, logger: logging.Logger, delivery: Delivery) -> Outcome:
    """No answer that counts. An address that may not be asked, and one that sends us elsewhere, are not tried again."""
    host = delivery.subscription.host if delivery.subscription else ""
    match fault:
        case HostRests():
            return Retry("SERVICE_AWAY", after=AWAY)
        case NotAllowed() | AddressRefused():
            logger.warning("a push address may not be asked", extra={"fields": {"host": host, "why": type(fault).__name__}})
            return Refused("NOT_ALLOWED")
        case Redirected():
            PUSH_REDIRECTED.labels(host=host).inc()
            logger.error("a push service sends us elsewhere", extra={"fields": {"host": host}})
            return Refused("REDIRECT")
        case TooLarge():  # whatever it meant, it has the message
            return Refused("ANSWER")
    return Retry("SERVICE_AWAY")


def read_pause(text: str, *, now: datetime) -> timedelta | None:
    """A Retry-After, seconds or a date, between a second and an hour; None where there is none that can be read."""
    if text.isascii() and text.isdigit():
        return max(_LEAST, min(timedelta(seconds=int(text[:9])), _LONGEST))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(_LEAST, min(moment - now, _LONGEST))
