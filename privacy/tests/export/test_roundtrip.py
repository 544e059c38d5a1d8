"""What is taken along can be brought in elsewhere: an archive brought into an empty house gives the same archive, but for ids and order."""

from __future__ import annotations

import io
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from PIL import Image

from accounts.enums import Gender
from accounts.models import Profile, User
from accounts.services.relations import block_person, mute_person
from accounts.tests.factories import NOON, make_user
from billing.queries.taxpayers import Details
from billing.services.taxpayers import save_details
from chat.enums import HeldWhy
from chat.services import attachments, marks, messages
from chat.services import held as waiting
from chat.services.memberships import leave_room
from chat.services.rooms import propose_room
from chat.tests.factories import give_standing, join, make_group, make_room, make_theme, say
from privacy.export.reading import Archive
from privacy.export.table import FILES
from privacy.tests.conftest import seed_rules
from privacy.tests.export.factories import make_archive, read
from privacy.tests.export.importing import Importer

pytestmark = pytest.mark.django_db(transaction=True)
Preference, NotificationSettings = (apps.get_model("notifications", name) for name in ("Preference", "NotificationSettings"))
LATER = NOON + timedelta(hours=1)
CID = UUID("01935d5c-0000-7000-8000-000000000001")
# What a person gave themselves, and may take elsewhere (GDPR, article 20).
PORTABLE = [file.name for file in FILES if file.article == 20]
# Given anew by every house: ids, numbers of a room, addresses within the archive, and the hour at which an edit was noted.
IDS = {
    *("public_id", "client_id", "number", "to_number", "room", "seq", "joined_seq", "read_seq", "read_n", "target_seq", "path", "username"),
    *("updated_at", "checked_at"),
}


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (12, 8), "orange").save(out, "PNG")
    return out.getvalue()


def live(amina: User, ben: User, carol: User) -> None:
    """Amina does everything that a person can do here."""
    User.objects.filter(pk=amina.pk).update(
        theme="dark", data_saver=True, enter_sends=False, tips_hidden="LINK", last_active_date=NOON.date()
    )
    Profile.objects.filter(pk=amina.pk).update(gender=Gender.SELF_DESCRIBED, gender_text="moi", bio="👩‍🍳 שלום «é» <b>", languages="fr,mg")
    block_person(user=amina, person=carol, now=NOON)
    mute_person(user=amina, person=make_user("Toky"), now=NOON)
    Preference.objects.create(user=amina, category="SUMMARY", transport="MAIL", level="OFF")
    NotificationSettings.objects.create(user=amina, content="SENDER", quiet_from=time(22), quiet_to=time(7), zone="Indian/Antananarivo")
    save_details(
        user=amina, details=Details(name="Amina R.", street="12 rue du Lac", postal_code="69001", town="Lyon", country="FR"), now=NOON
    )
    room, left = make_room(), make_room("sport")
    for person, where in ((amina, room), (ben, room), (amina, left)):
        join(person, where)
    leave_room(user=amina, slug=left.slug, now=LATER)
    group = make_group(amina, "Famille")
    join(ben, group)
    talk(amina, ben, room, group)
    theme = make_theme("musique")
    propose_room(user=amina, theme=theme, language="fr", title="Le salegy", description="La danse.", rules="Soyez aimables.", now=NOON)


def talk(amina: User, ben: User, room: Any, group: Any) -> None:
    asked = say(ben, room, "Qui a une recette de ravitoto ?")
    answer = say(amina, room, "Moi, @Ben !", reply_seq=asked.seq)
    messages.edit_message(user=amina, room_public_id=room.public_id, seq=answer.seq, body="Moi, @Ben : avec du coco.", now=LATER)
    say(amina, room, "Je me réponds", reply_seq=answer.seq)
    for on in (True, False, True):
        marks.set_reaction(user=amina, room_public_id=room.public_id, seq=asked.seq, emoji="❤️", on=on, now=NOON)
    give_standing(amina)
    data = photo()
    image = attachments.store_image(user=amina, room_public_id=group.public_id, file=io.BytesIO(data), size=len(data), now=NOON)
    shown = say(amina, group, "Regardez\nbien", attachment_ids=[image.public_id])
    marks.set_pin(user=amina, room_public_id=group.public_id, seq=shown.seq, on=True, now=NOON)
    gone = say(amina, group, "retiré")
    messages.delete_message(user=amina, room_public_id=group.public_id, seq=gone.seq, now=NOON)
    with transaction.atomic():
        words = {"cid": str(CID), "body": "j’attends"}
        waiting.keep(room_id=room.pk, author_id=amina.pk, client_id=CID, payload=words, why=HeldWhy.FIRST, now=NOON)


def plain(value: Any) -> Any:
    """Without ids, in an order of its own."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if key not in IDS}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


def told(archive: Archive, name: str) -> list[Any]:
    rows = [plain(row) for row in archive.rows(name)]
    for row in rows:
        row.pop("images", None)
        for version in row.get("before", ()):
            version.pop("at")
    return sorted(rows, key=repr)


def pictures(archive: Archive) -> list[bytes]:
    return sorted(archive.read(path) for path in archive.files if path.startswith("media/"))


def empty_the_house() -> None:
    for alias in ("default", "keys"):
        call_command("flush", database=alias, interactive=False, verbosity=0)


def test_an_archive_brought_into_an_empty_house_gives_the_same_archive() -> None:
    seed_rules()
    amina, ben, carol = (make_user(name) for name in ("Amina", "Ben", "Carol"))
    live(amina, ben, carol)
    first = read(make_archive(amina, now=LATER))
    empty_the_house()
    seed_rules()
    assert User.objects.count() == 0
    second = read(make_archive(Importer(first).bring_in(), now=LATER))
    assert len(PORTABLE) >= 15
    for name in PORTABLE:
        assert told(second, name) == told(first, name), name
    assert pictures(second) == pictures(first)
    assert len(pictures(first)) == 1


def test_every_file_that_can_be_taken_elsewhere_has_something_in_it() -> None:
    """Else the test above compares nothing with nothing."""
    seed_rules()
    amina, ben, carol = (make_user(name) for name in ("Amina", "Ben", "Carol"))
    live(amina, ben, carol)
    archive = read(make_archive(amina, now=LATER))
    assert [name for name in PORTABLE if not list(archive.rows(name))] == []
