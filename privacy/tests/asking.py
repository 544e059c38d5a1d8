"""Requests for tests, and the browsers of those who make them."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from django.apps import apps
from django.test import Client

from accounts.models import User
from accounts.tests.factories import NOON
from privacy.enums import RequestKind, RequestTopic
from privacy.models import DataRequest
from privacy.services.requests import ask

WORDS = "Je suis née en 1991, pas en 1990."
# A topic of each kind that has some.
TOPIC: dict[str, str] = {
    RequestKind.RECTIFICATION: RequestTopic.BIRTH_YEAR,
    RequestKind.RESTRICTION: RequestTopic.ACCURACY,
    RequestKind.OBJECTION: RequestTopic.SCREENING,
}
_RECORDS = "account_authentication_methods"


def asked(user: User, kind: RequestKind = RequestKind.RECTIFICATION, *, now: datetime = NOON, words: str = WORDS) -> DataRequest:
    """A request as its person makes it."""
    return ask(user=user, kind=kind, topic=TOPIC.get(kind, ""), words=words, now=now)


def browser(user: User | None = None, *, sure: bool = False) -> Client:
    """A browser in French; `sure`: its person has just shown that it is them."""
    client = Client(headers={"Accept-Language": "fr"})
    if user is None:
        return client
    client.force_login(user)
    if sure:
        session = client.session
        session[_RECORDS] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
        session[f"{_RECORDS}_user"] = str(user.pk)
        session.save()
    return client


def notices(user: User) -> list[tuple[str, str]]:
    """What a person was told: kind and page, in the order of telling."""
    rows = apps.get_model("notifications", "Notification").objects.filter(user=user).order_by("pk")
    return list(rows.values_list("kind", "path"))


def page_of(answer: Any) -> str:
    """The text of an answer with plain blanks."""
    text: str = answer.content.decode()
    return plain(text).replace("&#x27;", "'")


def said(answer: Any) -> list[str]:
    """What a page says at its top of what was just done."""
    return [plain(str(one)) for one in answer.context["messages"]]


def plain(text: str) -> str:
    """The same without the blanks of French typography."""
    return text.replace("\xa0", " ").replace("\u202f", " ")
