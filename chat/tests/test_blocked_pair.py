"""Two people of one room, one of whom blocked the other: no page and no answer of the rooms names the one to the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone

from accounts.models import User
from accounts.services.relations import block_person
from accounts.tests.factories import make_user
from chat.api import router
from chat.models import Room
from chat.services import marks, messages
from chat.tests.factories import join, say
from chat.urls import urlpatterns

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
WORDS = {"Amina": "ce-qu-amina-a-dit", "Ben": "ce-que-ben-a-dit"}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def talk(room: Room, amina: User, ben: User, now: datetime) -> None:
    """Each speaks, answers and reacts to the other, names the other, and both are named by somebody else."""
    hira = make_user("Hira")
    join(hira, room, now=now)
    greeting = say(hira, room, "Bonjour @Amina et @Ben", now=now).seq
    messages.edit_message(user=hira, room_public_id=room.public_id, seq=greeting, body="Bonsoir @Amina et @Ben", now=now)
    first = say(amina, room, WORDS["Amina"], now=now).seq
    second = say(ben, room, WORDS["Ben"], now=now).seq
    say(ben, room, "réponse à @Amina", reply_seq=first, now=now)
    say(amina, room, "réponse à @Ben", reply_seq=second, now=now)
    marks.set_reaction(user=ben, room_public_id=room.public_id, seq=first, emoji="👍", on=True, now=now)
    marks.set_reaction(user=amina, room_public_id=room.public_id, seq=second, emoji="👍", on=True, now=now)


def addresses(room: Room) -> list[str]:
    """Every page and every REST answer about the room that can be read."""
    found = []
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        path = "/" + str(pattern.pattern).replace("<slug:slug>", room.slug).replace("<seq:seq>", "1")
        if "<" not in path:
            found.append(path)
    for path, view in router.path_operations.items():
        if any("GET" in operation.methods for operation in view.operations):
            filled = "/api/v1" + path.replace("{room}", room.public_id).replace("{seq:seq}", "1").replace("{slug}", room.slug)
            if "{" not in filled:
                found.append(filled)
    return [*found, f"/rooms/{room.slug}/search/?q=dit", f"/api/v1/rooms/{room.public_id}/search?q=dit", "/rooms/?q=dit"]


@pytest.mark.parametrize("blocker", ["Amina", "Ben"])
@pytest.mark.parametrize("reader", ["Amina", "Ben"])
@pytest.mark.parametrize("kind", ["room", "group"])
def test_nothing_that_can_be_read_names_the_other(
    request: pytest.FixtureRequest, amina: User, ben: User, as_: LogIn, now: datetime, kind: str, blocker: str, reader: str
) -> None:
    room: Room = request.getfixturevalue(kind)
    talk(room, amina, ben, now)
    people = {"Amina": amina, "Ben": ben}
    (other,) = set(people) - {reader}
    (blocked,) = set(people) - {blocker}
    block_person(user=people[blocker], person=people[blocked], now=now)
    browser = as_(people[reader])
    read = {path: browser.get(path) for path in addresses(room)}
    log = read[f"/api/v1/rooms/{room.public_id}/events"].json()["events"]
    assert [event["mentions"] for event in log if event.get("body", "").startswith(("Bonjour", "Bonsoir"))] == [
        [people[reader].public_id]
    ] * 2
    assert sum(answer.status_code == 200 for answer in read.values()) >= 8
    for path, answer in read.items():
        text = answer.content.decode() if not answer.streaming else ""
        assert people[other].public_id not in text, path
        assert WORDS[other] not in text, path
