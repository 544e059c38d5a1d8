"""Every text that others read is shown to the rules once: those of rooms here, messages in `test_held`, profiles in `accounts`.

Whoever adds a way of writing meets the table below: what takes words from people says there under which name they are screened.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from chat.enums import Role
from chat.models import Room
from chat.services.rooms import change_room, open_group, propose_room
from chat.services.screens import Nudge, Screened
from chat.tests.factories import NOON, join, make_theme
from chat.tests.screeners import Marker

pytestmark = [pytest.mark.django_db]


def group(user: User, title: str = "Famille", **texts: Any) -> Room:
    return open_group(user=user, title=title, description=texts.pop("description", ""), languages=["fr"], now=NOON, **texts)


def test_the_words_of_a_new_room_are_each_asked_about_once(marker: Marker, amina: User) -> None:
    group(amina, description="Entre nous", rules="Soyez doux")
    assert marker.asked == [("TITLE", "Famille"), ("DESCRIPTION", "Entre nous"), ("RULES", "Soyez doux")]


@pytest.mark.parametrize("mark", ["[hold]", "[refuse]"])
@pytest.mark.parametrize("field", ["title", "description", "rules"])
def test_a_room_has_no_place_where_its_words_could_wait(marker: Marker, amina: User, field: str, mark: str) -> None:
    with pytest.raises(Screened):
        group(amina, **{field: f"Club {mark}"}, sure=True)
    assert Room.objects.count() == 0


def test_the_words_of_a_room_are_asked_about(marker: Marker, amina: User) -> None:
    with pytest.raises(Nudge):
        group(amina, "Idiots [nudge]")
    assert group(amina, "Idiots [nudge]", sure=True).title == "Idiots [nudge]"


def test_a_change_is_asked_about_alone(marker: Marker, amina: User, room: Room) -> None:
    join(amina, room, role=Role.MODERATOR)
    marker.asked.clear()
    change_room(user=amina, slug=room.slug, changes={"title": room.title, "rules": "Neuves", "slow_mode_s": 5}, now=NOON)
    assert marker.asked == [("RULES", "Neuves")]
    with pytest.raises(Screened):
        change_room(user=amina, slug=room.slug, changes={"description": "[hold]"}, now=NOON, sure=True)
    room.refresh_from_db()
    assert room.description == "Recettes et marchés."


def test_a_proposal_is_read_by_the_team_anyway(marker: Marker, amina: User) -> None:
    texts: dict[str, Any] = {"theme": make_theme(), "language": "fr", "description": "Parlons", "now": NOON}
    assert propose_room(user=amina, title="Cuisine [hold]", rules="Aimables", **texts).state == "PENDING"
    with pytest.raises(Screened):
        propose_room(user=amina, title="Cuisine", rules="[refuse]", **texts)


# ---- Whoever adds a way of writing ------------------------------------------------------------------------------------------
# Modules of services that clean what people typed (`core.text.clean`), and where what they clean is screened; or why it need not be.
CLEANING = {
    "accounts/services/profiles.py": "screen",
    "accounts/services/identity.py": "a civil identity, sealed and shown to nobody",
    "accounts/services/suspension.py": "the reason of a measure, written by the team for one person",
    "chat/services/messages.py": "handed to the batch and to corrections, which screen",
    "chat/services/rooms.py": "check_texts",
    "chat/services/memberships.py": "the reason of a ban, shown to the banned and to those who moderate",
    "chat/services/deeds.py": "a reason of the moderation",
}
SCREENING = {
    "accounts/services/profiles.py",
    "accounts/services/pseudonyms.py",
    "chat/services/corrections.py",
    "chat/services/screens.py",
}


def calls(path: Path, name: str) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name for node in ast.walk(tree))


def services_that_call(name: str) -> set[str]:
    found = set()
    for app in ("accounts", "chat"):
        for path in (settings.BASE_DIR / app / "services").glob("*.py"):
            if calls(path, name):
                found.add(str(path.relative_to(settings.BASE_DIR)))
    return found


def test_every_service_that_takes_words_was_looked_at() -> None:
    new = services_that_call("clean") - set(CLEANING)
    assert new == set(), "say in CLEANING where these words are screened before others read them"


def test_the_rules_are_asked_where_the_table_says() -> None:
    assert services_that_call("screen") == SCREENING
    for path, word in CLEANING.items():
        if word in ("screen", "check_texts"):
            assert calls(settings.BASE_DIR / path, word), path
