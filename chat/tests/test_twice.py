"""What was said already is not written again, and nobody is named to those from whom they hide."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from accounts.services.relations import block_person
from chat.models import Room, RoomEvent
from chat.queries.payloads import open_payloads
from chat.services import messages
from chat.tests.factories import NOON, say

pytestmark = pytest.mark.django_db


def test_the_same_edit_twice_is_one_event_and_back_again_is_another(room: Room, amina: User) -> None:
    seq = say(amina, room, "Rendez-vous à 15 h").seq

    def edit(text: str) -> int:
        return messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body=text, now=NOON + timedelta(minutes=1)).seq

    assert edit("Rendez-vous à 15 h") == seq
    assert [edit("Rendez-vous à 16 h"), edit(" Rendez-vous à 16 h "), edit("Rendez-vous à 15 h")] == [2, 2, 3]
    assert RoomEvent.objects.filter(room_id=room.pk).count() == 3


def test_whoever_blocked_the_author_is_not_found_by_their_mention(room: Room, amina: User, ben: User) -> None:
    assert "men" in (open_payloads(RoomEvent.objects.filter(seq=say(amina, room, "@Ben ?").seq))[1] or {})
    block_person(user=ben, person=amina, now=NOON)
    seq = say(amina, room, "@Ben ?").seq
    assert "men" not in (open_payloads(RoomEvent.objects.filter(seq=seq))[seq] or {})
