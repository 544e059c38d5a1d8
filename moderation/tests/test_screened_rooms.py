"""From the rules of the house to the room: a message that a rule holds, the row that says where, and what a person made of it."""

from __future__ import annotations

import uuid

import pytest

from accounts.tests.factories import NOON, make_user
from chat.services.errors import ChatError
from chat.services.messages import send_message
from chat.tests.factories import join, make_room
from core import outbox
from core.relay import pump
from moderation.enums import RuleOutcome
from moderation.models import RuleHit
from moderation.services.rulebook import Watcher
from moderation.services.rules import TRIAL
from moderation.tests.rules import make_active, make_editor

pytestmark = pytest.mark.django_db
READY = NOON + TRIAL


def send(body: str) -> object:
    ben, room = make_user("Ben"), make_room()
    join(ben, room)
    return send_message(user=ben, room_public_id=room.public_id, client_id=uuid.uuid4(), body=body, now=READY)


def test_a_rule_in_force_reaches_the_room_and_leaves_a_place_and_no_word() -> None:
    version = make_active(make_editor("Redac1"), make_editor("Redac2"))
    Watcher().look(now=READY)
    with pytest.raises(ChatError):
        send("espèce de crétin")
    pump(outbox.deliver)
    hit = RuleHit.objects.get()
    assert (hit.version, hit.start, hit.end, hit.held, hit.shadow) == (version, 10, 16, True, False)


def test_a_rule_that_asks_stops_a_message_once() -> None:
    make_active(make_editor("Redac1"), make_editor("Redac2"), outcome=RuleOutcome.NUDGE)
    Watcher().look(now=READY)
    with pytest.raises(ChatError) as asked:
        send("espèce de crétin")
    assert asked.value.code == "nudge"
    pump(outbox.deliver)
    assert RuleHit.objects.count() == 0, "a question is never held against anybody"


def test_without_rules_everything_is_said() -> None:
    send("espèce de crétin")
