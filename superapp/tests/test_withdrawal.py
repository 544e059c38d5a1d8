"""Taking the consent of article 9 back, from the button to the rooms that are left."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.enums import ConsentPurpose
from accounts.services.consents import give_consent
from accounts.tests.factories import make_user
from chat.queries.rooms import list_my_rooms
from chat.tests.factories import join, make_room, reader
from core import outbox
from core.relay import pump

pytestmark = pytest.mark.django_db


def test_one_button_leaves_the_sensitive_rooms_and_no_other() -> None:
    call_command("load_legal", stdout=StringIO())
    amina, ben, now = make_user("Amina"), make_user("Ben"), timezone.now()
    sensitive, plain = make_room("foi-et-doutes", age_gate="SENSITIVE"), make_room("cuisine")
    for person in (amina, ben):
        give_consent(user=person, purpose=ConsentPurpose.ART9_SENSITIVE_ROOMS, language="fr", now=now)
        for room in (sensitive, plain):
            join(person, room, now=now)
    browser = Client()
    browser.force_login(amina)
    assert browser.get(f"/rooms/{sensitive.slug}/").status_code == 200
    browser.post("/account/consents/art9_sensitive_rooms/withdraw/")
    assert browser.get(f"/rooms/{sensitive.slug}/").status_code != 200  # at once, before any handler ran
    pump(outbox.deliver)
    mine = {person: {line.room.slug for line in list_my_rooms(reader=reader(person))} for person in (amina, ben)}
    assert mine == {amina: {"cuisine"}, ben: {"cuisine", "foi-et-doutes"}}
    assert sensitive.slug not in browser.get("/rooms/").content.decode().split('id="all-title"')[0]
