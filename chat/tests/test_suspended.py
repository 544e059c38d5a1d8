"""Who may not write writes nothing, by no way in; who is barred is not even heard."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from accounts.enums import SuspensionKind
from accounts.models import User
from accounts.queries import NoSuchMember, read_senders, senders_query
from accounts.services.suspension import lift, suspend
from chat import commands
from chat.models import Attachment, Room, RoomEvent, RoomProposal
from chat.services import marks, messages, rooms, writer
from chat.services.errors import PostingRestricted
from chat.services.rooms import ensure_theme
from chat.tests.factories import NOON, say
from core.sql import fetch_all
from realtime.registry import CommandRefused

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
RESTRICTED = SuspensionKind.POSTING_RESTRICTED


def put(user: User, kind: SuspensionKind = RESTRICTED) -> User:
    """The measure in force, and the account as the next request reads it."""
    suspend(user=user, kind=kind, decision_ref="D-1", reason="insultes", now=NOON)
    return User.objects.select_related("profile").get(pk=user.pk)


def count(room: Room) -> int:
    return RoomEvent.objects.filter(room_id=room.pk).count()


# ---- Writing ------------------------------------------------------------------------------------------------------------------


def test_the_form_refuses_and_keeps_the_words(room: Room, amina: User, as_: LogIn) -> None:
    browser = as_(put(amina))
    answer = browser.post(f"/rooms/{room.slug}/messages/", {"cid": str(uuid.uuid4()), "body": "Salama daholo"})
    assert answer.status_code != 302
    assert "suspend votre droit d’écrire" in answer.content.decode()
    assert count(room) == 0


def test_rest_refuses_with_a_code(room: Room, amina: User, as_: LogIn) -> None:
    browser, path = as_(put(amina)), f"/api/v1/rooms/{room.public_id}/messages"
    answer = browser.post(path, {"body": "Salama"}, content_type="application/json", headers={"Idempotency-Key": str(uuid.uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (403, "restricted")
    assert count(room) == 0


class Ctx:
    """A socket's command context, without its socket."""

    session_key = ""

    def __init__(self, user: User) -> None:
        self.user_id, self.user_public_id = user.pk, user.public_id

    def now(self) -> Any:
        return NOON

    async def run(self, function: Callable[[], Any]) -> Any:
        return await asyncio.to_thread(function)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "code"), [(RESTRICTED, "restricted"), (SuspensionKind.SUSPENDED, "forbidden")])
def test_the_socket_refuses_message_edit_and_reaction(room: Room, amina: User, ben: User, kind: SuspensionKind, code: str) -> None:
    mine, theirs = say(amina, room).seq, say(ben, room).seq
    put(amina, kind)
    ctx: Any = Ctx(amina)
    frames: list[tuple[Any, dict[str, Any]]] = [
        (commands.send, {"t": "send", "room": room.public_id, "cid": str(uuid.uuid4()), "body": "Salama"}),
        (commands.edit, {"t": "edit", "room": room.public_id, "seq": mine, "body": "Veloma"}),
        (commands.react, {"t": "react", "room": room.public_id, "seq": theirs, "emoji": "👍"}),
    ]
    if kind == RESTRICTED:
        frames[2][1]["on"] = True
    writer.start()
    try:
        for command, frame in frames:
            with pytest.raises(CommandRefused) as refused:
                asyncio.run(command(ctx, frame))
            assert refused.value.code == code, frame
    finally:
        writer.stop()
    assert count(room) == 2


@pytest.mark.django_db(transaction=True)
def test_a_barred_account_subscribes_to_nothing(room: Room, amina: User) -> None:
    put(amina, SuspensionKind.SUSPENDED)
    with pytest.raises(CommandRefused):
        asyncio.run(commands.subscribe(Ctx(amina), {"t": "sub", "rooms": {room.public_id: 0}}))  # type: ignore[arg-type]


def test_a_batch_writes_for_the_others_and_refuses_the_one(room: Room, amina: User, ben: User) -> None:
    put(amina)
    with pytest.raises(PostingRestricted):
        say(amina, room)
    assert say(ben, room).seq == 1


def test_what_was_sent_before_the_measure_has_its_first_answer(room: Room, amina: User) -> None:
    cid = uuid.uuid4()
    first = say(amina, room, cid=cid)
    put(amina)
    again = say(amina, room, cid=cid)
    assert (again.seq, again.replayed) == (first.seq, True)
    assert count(room) == 1


def test_a_moderator_who_may_not_write_may_not_either(group: Room, amina: User) -> None:
    put(amina)
    with pytest.raises(PostingRestricted):
        say(amina, group)


def test_a_barred_author_has_no_way_to_write(room: Room, amina: User) -> None:
    put(amina, SuspensionKind.SUSPENDED)
    with pytest.raises(NoSuchMember):
        say(amina, room)
    assert count(room) == 0


def test_the_other_ways_to_speak_are_closed_too(room: Room, group: Room, amina: User, ben: User) -> None:
    mine, theirs = say(amina, room).seq, say(ben, room).seq
    marks.set_reaction(user=amina, room_public_id=room.public_id, seq=theirs, emoji="👍", on=True, now=NOON)
    amina = put(amina)
    theme = ensure_theme(slug="voyage", names=["Voyage", "Dia", "Travel"])
    group_fields: dict[str, Any] = {"title": "Tante Lala", "description": "", "languages": ["fr"], "now": NOON}
    deeds: list[Callable[[], object]] = [
        lambda: messages.edit_message(user=amina, room_public_id=room.public_id, seq=mine, body="autre", now=NOON),
        lambda: marks.set_reaction(user=amina, room_public_id=room.public_id, seq=theirs, emoji="❤️", on=True, now=NOON),
        lambda: rooms.open_group(user=amina, **group_fields),
        lambda: rooms.propose_room(user=amina, theme=theme, language="fr", title="Dago", description="d", rules="", now=NOON),
        lambda: rooms.change_room(user=amina, slug=group.slug, changes={"title": "Insulte"}, now=NOON),
    ]
    for deed in deeds:
        with pytest.raises(PostingRestricted):
            deed()
    assert (count(room), RoomProposal.objects.count()) == (3, 0)
    # taking back is no speech
    marks.set_reaction(user=amina, room_public_id=room.public_id, seq=theirs, emoji="👍", on=False, now=NOON)
    messages.delete_message(user=amina, room_public_id=room.public_id, seq=mine, now=NOON)
    assert count(room) == 5


def test_no_image_is_stored(room: Room, amina: User, as_: LogIn) -> None:
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    browser = as_(put(amina))
    answer = browser.post(
        f"/api/v1/rooms/{room.public_id}/images", {"attachment": SimpleUploadedFile("a.png", out.getvalue(), "image/png")}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "restricted")
    assert Attachment.objects.count() == 0


# ---- Reading ------------------------------------------------------------------------------------------------------------------


def test_who_may_not_write_reads_and_is_told_where_the_decision_is(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    say(ben, room, "Tonga soa", now=timezone.now())
    page = as_(put(amina)).get(f"/rooms/{room.slug}/").content.decode()
    assert "Tonga soa" in page
    assert 'href="/account/standing/"' in page
    assert 'id="composer"' not in page
    assert 'id="composer"' in as_(ben).get(f"/rooms/{room.slug}/").content.decode()


def test_after_it_is_lifted_writing_works_again(room: Room, amina: User) -> None:
    put(amina)
    lift(user=amina, kind=RESTRICTED, reason="fini", now=NOON)
    assert say(amina, room).seq == 1


def test_the_rights_of_all_senders_of_a_batch_are_one_query(amina: User, ben: User) -> None:
    put(amina)
    put(ben, SuspensionKind.SUSPENDED)
    with CaptureQueriesContext(connection) as queries:
        rows = fetch_all(connection, [senders_query([amina.pk, ben.pk])])[0]
    assert len(queries) == 1
    found = read_senders(rows)
    assert (found[amina.pk].is_member, found[amina.pk].silenced) == (True, True)
    assert (found[ben.pk].is_member, found[ben.pk].silenced) == (False, False)


def test_the_words_of_a_barred_person_keep_their_name(group: Room, amina: User, ben: User, as_: LogIn) -> None:
    say(ben, group, "Salama", now=timezone.now())
    put(ben, SuspensionKind.SUSPENDED)
    page = as_(amina).get(f"/rooms/{group.slug}/").content.decode()
    assert "Salama" in page
    assert "Ben" in page
