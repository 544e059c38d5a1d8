"""Many who decide about the same kept message at once, and somebody who sends it again meanwhile: one decision, one place in the log."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from accounts.models import User
from chat.access import get_moderator_seat
from chat.enums import EventKind, HeldState, Role
from chat.models import HeldMessage, Room, RoomDeed, RoomEvent
from chat.services import holding
from chat.services.errors import ChatError
from chat.services.held import Held
from chat.tests.factories import NOON, join, say

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("marker"), pytest.mark.servers]
SOON = NOON + timedelta(minutes=5)


def race(*deeds: Callable[[], object]) -> list[object]:
    """Do all at once; what each returned or refused."""
    begin, ends = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], object]) -> None:
        try:
            begin.wait(30)
            while True:
                try:
                    ends.append(deed() or "done")
                    return
                except OperationalError:  # a deadlock of the engine: tried again, as the writer does
                    continue
        except ChatError as refusal:
            ends.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


@pytest.mark.skipif(connection.vendor == "sqlite", reason="needs writers that work at the same time")
@pytest.mark.parametrize("again", range(3))
def test_one_decides_and_the_log_has_it_once_or_never(room: Room, amina: User, ben: User, again: int) -> None:
    join(ben, room)
    room.memberships.filter(user=ben).update(role=Role.MODERATOR)
    cid = uuid.uuid4()
    with pytest.raises(Held):
        say(amina, room, "attend [hold]", cid=cid)
    held = HeldMessage.objects.get()
    seat = get_moderator_seat(user=ben, slug=room.slug, now=SOON)

    def release() -> object:
        return holding.release_held(held_id=held.public_id, now=SOON, by=seat)

    def refuse() -> None:
        holding.refuse_held(held_id=held.public_id, reason="Non", now=SOON, by=seat)

    def send_again() -> object:
        return say(amina, room, "propre", cid=cid, now=SOON)

    ends = race(release, refuse, release, refuse, send_again, lambda: holding.withdraw_held(held=held, now=SOON))
    assert len(ends) == 6
    held.refresh_from_db()
    assert held.state in (HeldState.RELEASED, HeldState.REFUSED, HeldState.RETURNED)
    assert sum(isinstance(end, holding.AlreadyDecided) for end in ends) == 4
    said = RoomEvent.objects.filter(room_id=room.pk, kind=EventKind.MESSAGE).count()
    assert said == (1 if held.state == HeldState.RELEASED else 0)
    assert RoomDeed.objects.count() == (0 if held.state == HeldState.RETURNED else 1)
