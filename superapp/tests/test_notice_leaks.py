"""Fifty known texts go through rooms, notices, mails and digests, and are looked for wherever a notice leaves a trace."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from chat.enums import NotifyLevel
from chat.services.following import find_talk
from chat.tests.factories import join, make_room, say
from core import outbox
from core.models import OutboxEvent
from core.relay import pump
from notifications.enums import Category, Content, Level, Pace, Road
from notifications.services.deliveries import wake_due
from notifications.services.digests import send_due_digests

pytestmark = pytest.mark.django_db
Membership = apps.get_model("chat", "Membership")
TEXTS = [f"Texte connu numéro {number:02d} : zébu {number * 7919} à Ambohimanga" for number in range(50)]
SIGNS = [f"zébu {number * 7919} à" for number in range(50)]
TABLES = ("Notification", "Delivery", "Preference", "NotificationSettings", "EmailSuppression")


def carry_all(now: Any) -> None:
    """The outbox and what waits, until all is done; what waits for minutes is let come at once."""
    pump(outbox.deliver)
    apps.get_model("notifications", "Delivery").objects.filter(state="WAITING").update(next_at=now)
    apps.get_model("notifications", "Notification").objects.update(created_at=now - timedelta(minutes=6))
    wake_due(now=now + timedelta(seconds=1))
    pump(outbox.deliver)


def everything_written() -> str:
    """Every value of every row of the notices and of the outbox, every mail with its headers."""
    found: list[str] = []
    tables: list[type[models.Model]] = [OutboxEvent, *(apps.get_model("notifications", name) for name in TABLES)]
    for table in tables:
        found += [json.dumps(row, default=str, ensure_ascii=False) for row in table._default_manager.values()]
    found += [letter.subject + str(letter.message()) + letter.body + json.dumps(letter.extra_headers) for letter in mail.outbox]
    return "\n".join(found)


@pytest.fixture
def room() -> Any:
    return make_room(now=timezone.now())


@pytest.mark.parametrize("content", list(Content))
def test_no_text_of_a_message_is_in_any_row_log_or_mail(
    room: Any, content: Content, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.MESSAGES_IN_10_S = 1000
    caplog.set_level(logging.DEBUG)
    now = timezone.now()
    amina, ben = make_user("Amina"), make_user("Ben")
    for person in (amina, ben):
        join(person, room, now=now)
    _wants_everything(ben, room, content, now)
    first = say(ben, room, "Je lis plus tard.", now=now).seq
    for number, text in enumerate(TEXTS):
        say(amina, room, f"{text} @Ben", reply_seq=first if number % 2 else None, now=now)
    find_talk(now=now)
    carry_all(now)
    send_due_digests(now=now + timedelta(days=2))
    pump(outbox.deliver)
    written = everything_written()
    assert [sign for sign in SIGNS if sign in written] == []
    assert [sign for sign in SIGNS if sign in caplog.text] == []
    kinds = set(apps.get_model("notifications", "Notification").objects.filter(user=ben).values_list("kind", flat=True))
    assert kinds == {"MENTION", "REPLY", "ROOM_MESSAGE", "DIGEST"}
    assert len(mail.outbox) == 2  # fifty messages that mean Ben are one mail, and the room that he follows is the digest
    assert (room.title in written) == (content != Content.HIDDEN)


def _wants_everything(user: User, room: Any, content: Content, now: Any) -> None:
    """Mentions by mail at once, the whole room followed and in a digest every day, as much shown as can be."""
    Membership.objects.filter(user=user, room=room).update(notify_level=NotifyLevel.ALL)
    preferences, chosen = (apps.get_model("notifications", name) for name in ("Preference", "NotificationSettings"))
    preferences.objects.create(user=user, category=Category.ROOMS, transport=Road.MAIL, level=Level.NOW)
    chosen.objects.create(user=user, content=content, digest=Pace.DAILY, digest_at=now + timedelta(days=1))
