"""Somebody asks the team something: kept sealed, with a clock from its first minute."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from billing.enums import EntitlementCode, SupportTopic
from billing.events import SupportAsked
from billing.models import SupportRequest
from billing.queries.entitlements import get_entitlement
from core.outbox import publish
from core.ratelimit import hit
from core.sealing import SealingError, open_sealed, seal
from core.text import clean

LONGEST = 4000
SHORTEST = 10
PER_HOUR = 5
# Hours for those without account; members are promised by their plan. A request about somebody's safety never waits longer than paid ones.
STRANGERS = 72
SAFETY = 24


class TooShort(ValueError):
    """Fewer words than somebody could answer to."""


class AddressMissing(ValueError):
    """No account and no address: nobody could be answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `email` counts only where there is no account."""

    topic: SupportTopic
    words: str
    language: str
    email: str = ""


def ask_support(*, question: Question, user: User | None, ip: str, now: datetime) -> SupportRequest:
    """Keep a question, and tell by when it is answered (`due_at`).

    Raises:
        TooShort, AddressMissing; core.ratelimit.RateLimited: five an hour, of an account or of an address.
    """
    words = clean(question.words)[:LONGEST]
    if len(words) < SHORTEST:
        raise TooShort
    if user is None and not question.email:
        raise AddressMissing
    hit("support.ask", f"user:{user.pk}" if user else f"ip:{ip}", limit=PER_HOUR, seconds=3600)
    asked = SupportRequest(
        user=user,
        topic=question.topic,
        language=question.language,
        urgent=question.topic == SupportTopic.SAFETY,
        due_at=now + timedelta(hours=_hours_of(question.topic, user, now)),
        created_at=now,
    )
    content = {"words": words, "email": "" if user else question.email}
    asked.sealed = seal(asked.scope, json.dumps(content).encode(), asked.sealing_ad("sealed"))
    with transaction.atomic():
        asked.save(force_insert=True)
        publish(SupportAsked(request_id=asked.pk))
    return asked


def _hours_of(topic: SupportTopic, user: User | None, now: datetime) -> int:
    hours = STRANGERS if user is None else int(get_entitlement(user, EntitlementCode.SUPPORT_PRIORITY, now))
    return min(hours, SAFETY) if topic == SupportTopic.SAFETY else hours


@dataclass(frozen=True, slots=True)
class Content:
    """What was written. Empty where its key is gone."""

    words: str = ""
    email: str = ""
    answer: str = ""


def open_request(asked: SupportRequest) -> Content:
    """The words of a request, and of its answer once there is one."""
    try:
        kept = json.loads(open_sealed(asked.scope, bytes(asked.sealed), asked.sealing_ad("sealed")))
        answer = asked.sealed_answer
        said = open_sealed(asked.scope, bytes(answer), asked.sealing_ad("sealed_answer")).decode() if answer is not None else ""
    except SealingError:
        return Content()
    return Content(words=kept["words"], email=kept["email"], answer=said)
