"""A report of a room and its paid place: nobody is put forward while the team has to decide, and a report of spite takes nothing."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import User
from accounts.tests.factories import NOON
from billing.tests.purses import open_wallets, paid_of, pay_in
from chat.enums import BoostSpan, Role
from chat.queries.paid import find_boosted
from chat.services.boosts import CannotBoost, boost_room
from chat.services.restrictions import set_room
from chat.tests.factories import reader
from moderation.enums import Action, TargetKind
from moderation.models import StaffProfile
from moderation.tests.reporting import case_of, decide, insult, report

if TYPE_CHECKING:
    from chat.models import Room

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _open(settings: Any, room: Room, amina: User) -> None:
    open_wallets(settings)
    room.memberships.filter(user=amina).update(role=Role.MODERATOR)
    pay_in(amina, 50_00)


def boost(user: User, room: Room, now: datetime = NOON) -> None:
    boost_room(user=user, slug=room.slug, span=BoostSpan.DAY, client_key=uuid.uuid4(), now=now)


def is_drawn(now: datetime) -> bool:
    return find_boosted(reader=reader(now=now), now=now) is not None


def test_a_reported_room_waits_and_gets_its_time_back(room: Room, amina: User, ben: User, carol: User, mod: StaffProfile) -> None:
    boost(amina, room)
    filed = report(carol, room.public_id, TargetKind.ROOM, now=NOON + HOUR)
    report(ben, room.public_id, TargetKind.ROOM, now=NOON + 2 * HOUR)  # joins the same case, and stops nothing twice
    assert not is_drawn(NOON + 2 * HOUR)
    with pytest.raises(CannotBoost):
        boost(amina, room, NOON + 2 * HOUR)
    decide(case_of(filed), mod, Action.NO_ACTION, now=NOON + 11 * HOUR)
    assert is_drawn(NOON + 34 * HOUR - timedelta(seconds=1))
    assert not is_drawn(NOON + 34 * HOUR)
    assert paid_of(amina) == 48_00


def test_a_restricted_room_is_refunded_in_the_decision_itself(room: Room, amina: User, carol: User, mod: StaffProfile) -> None:
    boost(amina, room)
    filed = report(carol, room.public_id, TargetKind.ROOM, now=NOON + HOUR)
    decide(case_of(filed), mod, Action.FREEZE_ROOM, now=NOON + 2 * HOUR, ends_at=NOON + 7 * 24 * HOUR)
    assert (paid_of(amina), is_drawn(NOON + 2 * HOUR)) == (50_00, False)
    set_room(room_public_id=room.public_id, changes={"state": "ACTIVE"}, expected={"state": "FROZEN"}, now=NOON + 3 * HOUR)
    boost(amina, room, NOON + 3 * HOUR)  # the case is decided: it may be put forward again
    assert is_drawn(NOON + 3 * HOUR)


def test_a_report_of_a_message_in_it_stops_nothing(room: Room, amina: User, ben: User) -> None:
    boost(amina, room)
    report(amina, insult(ben, room, now=NOON), now=NOON + HOUR)
    assert is_drawn(NOON + 2 * HOUR)
