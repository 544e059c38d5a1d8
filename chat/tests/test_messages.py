"""Sending, editing, deleting: what is promised and what is refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import User
from accounts.services import relations
from chat.access import Banned, NotAllowed, NotMember, RoomGone, RoomNotFound
from chat.enums import EventKind, Role, RoomState
from chat.models import Attachment, DeletedBody, Membership, MessageMeta, Room, RoomEvent
from chat.queries.messages import find_message, read_page
from chat.services import marks, memberships, messages
from chat.tests.factories import NOON, close, join, make_group, make_room, say
from core import sealing

pytestmark = pytest.mark.django_db


def bodies(room: Room, user: User, **extra: object) -> list[str]:
    membership = Membership.objects.get(room=room, user=user)
    room.refresh_from_db()
    page = read_page(room=room, membership=membership, hidden=extra.get("hidden", set()), now=extra.get("now", NOON))  # type: ignore[arg-type]
    return [message.body for message in page.messages]


def test_messages_are_numbered_without_gaps(room: Room, amina: User, ben: User) -> None:
    sent = [say(amina, room, "un"), say(ben, room, "deux"), say(amina, room, "trois")]
    assert [s.seq for s in sent] == [1, 2, 3]
    assert bodies(room, ben) == ["un", "deux", "trois"]
    room.refresh_from_db()
    assert (room.last_seq, room.last_n) == (3, 3)


def test_the_same_client_id_gets_the_first_answer_for_ever(room: Room, amina: User) -> None:
    cid = uuid.uuid4()
    first = say(amina, room, "une fois", cid=cid)
    again = say(amina, room, "autre texte", cid=cid, now=NOON + timedelta(days=300))
    assert (again.seq, again.at, again.replayed) == (first.seq, first.at, True)
    assert bodies(room, amina) == ["une fois"]
    assert MessageMeta.objects.count() == 1


def test_a_client_id_belongs_to_its_author_alone(room: Room, amina: User, ben: User) -> None:
    cid = uuid.uuid4()
    assert say(amina, room, "moi", cid=cid).seq == 1
    assert say(ben, room, "moi aussi", cid=cid).seq == 2


def test_a_client_id_used_in_another_room_is_refused(room: Room, amina: User) -> None:
    other = make_room("autre")
    join(amina, other)
    cid = uuid.uuid4()
    say(amina, room, cid=cid)
    with pytest.raises(messages.ClientIdTaken):
        say(amina, other, cid=cid)
    assert RoomEvent.objects.filter(room_id=other.pk).count() == 0


def test_a_replay_is_answered_even_when_the_room_is_frozen_and_slow(room: Room, amina: User) -> None:
    cid = uuid.uuid4()
    first = say(amina, room, cid=cid)
    Room.objects.update(state=RoomState.FROZEN, slow_mode_s=60)
    assert say(amina, room, cid=cid).seq == first.seq


@pytest.mark.parametrize("body", ["", "   ", "\n\t ", "\u200b\u200b", "\u2060", "\u3164", "\u202e\u202c", "\u2800"])
def test_nothing_visible_is_not_a_message(room: Room, amina: User, body: str) -> None:
    with pytest.raises(messages.EmptyMessage):
        say(amina, room, body)


def test_four_thousand_characters_pass_and_one_more_does_not(room: Room, amina: User) -> None:
    assert say(amina, room, "é" * 4000).seq == 1
    with pytest.raises(messages.TooLong):
        say(amina, room, "é" * 4001)
    with pytest.raises(messages.TooLong):
        say(amina, room, " " * 20_000)


def test_length_is_counted_after_composition(room: Room, amina: User) -> None:
    assert say(amina, room, "e\u0301" * 4000).seq == 1


def test_direction_tricks_and_control_characters_are_taken_out(room: Room, amina: User) -> None:
    say(amina, room, "photo\u202egpj.exe\x00\u200b fin")
    assert bodies(room, amina) == ["photogpj.exe fin"]


def test_joined_emoji_stay_whole(room: Room, amina: User) -> None:
    family = "👨\u200d👩\u200d👧"
    say(amina, room, family)
    assert bodies(room, amina) == [family]


def test_outsiders_cannot_write_anywhere(room: Room, amina: User, carol: User) -> None:
    with pytest.raises(NotMember):
        say(carol, room)
    with pytest.raises(RoomNotFound):
        say(carol, make_group(amina))
    with pytest.raises(RoomNotFound):
        messages.send_message(user=carol, room_public_id="a" * 20, client_id=uuid.uuid4(), body="x", now=NOON)
    assert RoomEvent.objects.filter(actor_id=carol.pk).count() == 0


def test_banned_frozen_closed(room: Room, amina: User, ben: User) -> None:
    Membership.objects.filter(user=amina).update(role=Role.MODERATOR)
    memberships.ban_member(user=amina, slug=room.slug, member_public_id=ben.public_id, reason="insultes", now=NOON)
    with pytest.raises(Banned):
        say(ben, room)
    Room.objects.update(state=RoomState.FROZEN)
    assert say(amina, room).seq == 2  # moderators may
    Membership.objects.filter(user=amina).update(role=Role.MEMBER)
    with pytest.raises(messages.RoomFrozen):
        say(amina, room)
    close(room)
    with pytest.raises(RoomGone):
        say(amina, room)


def test_in_a_room_in_pause_nobody_marks_or_edits_but_who_moderates(room: Room, amina: User, ben: User) -> None:
    Membership.objects.filter(user=amina).update(role=Role.MODERATOR)
    seq = say(ben, room).seq
    Room.objects.update(state=RoomState.FROZEN)
    spot: dict[str, Any] = {"room_public_id": room.public_id, "seq": seq, "now": NOON}
    deeds: list[Callable[[], object]] = [
        lambda: marks.set_reaction(user=ben, emoji="👍", on=True, **spot),
        lambda: marks.set_reaction(user=ben, emoji="👍", on=False, **spot),
        lambda: messages.edit_message(user=ben, body="autre", **spot),
    ]
    for deed in deeds:
        with pytest.raises(messages.RoomFrozen) as refused:
            deed()
        assert refused.value.code == "frozen"
    with pytest.raises(NotAllowed):
        marks.set_pin(user=ben, on=True, **spot)
    assert marks.set_reaction(user=amina, emoji="👍", on=True, **spot)
    assert marks.set_pin(user=amina, on=True, **spot)
    assert messages.delete_message(user=ben, **spot)  # to take one's own words back stays everybody's right


def test_slow_mode_says_how_long_to_wait(room: Room, amina: User, ben: User) -> None:
    Room.objects.update(slow_mode_s=30)
    say(amina, room)
    with pytest.raises(messages.SlowMode) as refused:
        say(amina, room, now=NOON + timedelta(seconds=10))
    assert refused.value.retry == 20.0
    assert say(ben, room, now=NOON + timedelta(seconds=10)).seq == 2
    assert say(amina, room, now=NOON + timedelta(seconds=30)).seq == 3


def test_too_many_messages_are_refused(room: Room, amina: User, settings: LazySettings) -> None:
    settings.MESSAGES_IN_10_S = 3
    for _ in range(3):
        say(amina, room)
    with pytest.raises(messages.TooFast):
        say(amina, room)


def test_a_reply_must_answer_a_living_message_of_the_room(room: Room, amina: User, ben: User) -> None:
    first = say(amina, room, "question ?")
    reply = say(ben, room, "réponse", reply_seq=first.seq)
    membership = Membership.objects.get(room=room, user=ben)
    found = find_message(room=room, membership=membership, seq=reply.seq, hidden=set(), now=NOON)
    assert found is not None
    assert found.reply is not None
    assert (found.reply.seq, found.reply.name, found.reply.text) == (first.seq, "Amina", "question ?")
    with pytest.raises(messages.MessageNotFound):
        say(ben, room, "à qui ?", reply_seq=99)
    messages.delete_message(user=amina, room_public_id=room.public_id, seq=first.seq, now=NOON)
    with pytest.raises(messages.MessageNotFound):
        say(ben, room, "trop tard", reply_seq=first.seq)


def test_a_quote_shows_the_edited_text_and_never_the_deleted_one(room: Room, amina: User, ben: User) -> None:
    first = say(amina, room, "avant")
    reply = say(ben, room, "réponse", reply_seq=first.seq)
    messages.edit_message(user=amina, room_public_id=room.public_id, seq=first.seq, body="après", now=NOON)
    membership = Membership.objects.get(room=room, user=ben)

    def quote() -> str:
        found = find_message(room=room, membership=membership, seq=reply.seq, hidden=set(), now=NOON)
        assert found is not None
        assert found.reply is not None
        return found.reply.text

    assert quote() == "après"
    messages.delete_message(user=amina, room_public_id=room.public_id, seq=first.seq, now=NOON)
    assert quote() == ""


def test_an_edit_replaces_the_text(room: Room, amina: User, ben: User) -> None:
    sent = say(amina, room, "bnjour")
    messages.edit_message(user=amina, room_public_id=room.public_id, seq=sent.seq, body="bonjour", now=NOON)
    assert bodies(room, ben) == ["bonjour"]
    with pytest.raises(messages.NotYours):
        messages.edit_message(user=ben, room_public_id=room.public_id, seq=sent.seq, body="moi", now=NOON)
    with pytest.raises(messages.TooLateToEdit):
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=sent.seq, body="x", now=NOON + timedelta(hours=25))
    with pytest.raises(messages.EmptyMessage):
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=sent.seq, body=" ", now=NOON)


def test_deleting_takes_all_words_out_of_the_log(room: Room, amina: User, ben: User) -> None:
    sent = say(amina, room, "secret un")
    messages.edit_message(user=amina, room_public_id=room.public_id, seq=sent.seq, body="secret deux", now=NOON)
    with pytest.raises(messages.NotYours):
        messages.delete_message(user=ben, room_public_id=room.public_id, seq=sent.seq, now=NOON)
    messages.delete_message(user=amina, room_public_id=room.public_id, seq=sent.seq, now=NOON)
    assert [bytes(row.payload) for row in RoomEvent.objects.order_by("seq")] == [b"", b"", b""]
    assert bodies(room, ben) == [""]
    kept = DeletedBody.objects.order_by("seq")
    assert [row.seq for row in kept] == [1, 2]
    assert {row.expires_at for row in kept} == {NOON + timedelta(hours=24)}
    with pytest.raises(messages.MessageNotFound):
        messages.delete_message(user=amina, room_public_id=room.public_id, seq=sent.seq, now=NOON)


def test_words_lie_sealed_in_the_database(room: Room, amina: User) -> None:
    say(amina, room, "rendez-vous à Soarano")
    row = RoomEvent.objects.get()
    assert b"Soarano" not in bytes(row.payload)
    with pytest.raises(sealing.SealingError):  # moved to another place of the log
        sealing.open_sealed(f"user:{amina.pk}", bytes(row.payload), f"chat.RoomEvent.payload:{room.pk}:{row.seq + 1}")


def test_a_message_is_hidden_from_its_second_of_expiry(room: Room, amina: User, ben: User) -> None:
    Room.objects.update(visible_hours=1)
    say(amina, room, "bref")
    assert bodies(room, ben, now=NOON + timedelta(minutes=59, seconds=59)) == ["bref"]
    assert bodies(room, ben, now=NOON + timedelta(hours=1)) == []


def test_a_change_expires_with_its_message(room: Room, amina: User) -> None:
    sent = say(amina, room)
    messages.edit_message(user=amina, room_public_id=room.public_id, seq=sent.seq, body="b", now=NOON + timedelta(hours=5))
    assert len(set(RoomEvent.objects.values_list("expires_at", flat=True))) == 1


def test_blocked_people_are_holes_both_ways(room: Room, amina: User, ben: User) -> None:
    say(amina, room, "de Amina")
    say(ben, room, "de Ben")
    relations.block_person(user=amina, person=ben, now=NOON)
    from accounts.queries import hidden_actor_ids

    assert bodies(room, amina, hidden=hidden_actor_ids(user=amina)) == ["de Amina"]
    assert bodies(room, ben, hidden=hidden_actor_ids(user=ben)) == ["de Ben"]
    with pytest.raises(messages.MessageNotFound):
        say(ben, room, "quand même", reply_seq=1)


def test_sending_means_having_read(room: Room, amina: User, ben: User) -> None:
    say(amina, room)
    say(ben, room)
    seat = Membership.objects.get(room=room, user=ben)
    assert (seat.read_seq, seat.read_n) == (2, 2)


def test_mentions_name_members_alone(room: Room, amina: User, ben: User, carol: User) -> None:
    say(amina, room, "Salut @Ben, @Carol et @Personne. Écris à moi@ben.example")
    membership = Membership.objects.get(room=room, user=ben)
    found = find_message(room=room, membership=membership, seq=1, hidden=set(), now=NOON)
    assert found is not None
    assert found.mentions == ((ben.public_id, "Ben"),)


def test_unsent_images_of_others_cannot_be_sent(room: Room, amina: User, ben: User) -> None:
    fields = {"room_id": room.pk, "size": 1, "width": 1, "height": 1, "file_name": "a", "thumb_name": "b", "created_at": NOON}
    image = Attachment.objects.create(owner=amina, expires_at=NOON + timedelta(days=1), **fields)
    with pytest.raises(messages.BadAttachment):
        say(ben, room, "", attachment_ids=[image.public_id])
    sent = say(amina, room, "", attachment_ids=[image.public_id])
    image.refresh_from_db()
    assert (image.seq, image.state) == (sent.seq, "SENT")
    with pytest.raises(messages.BadAttachment):  # an image belongs to one message
        say(amina, room, "", attachment_ids=[image.public_id])


def test_every_event_of_the_room_stands_once_in_order(room: Room, amina: User, ben: User) -> None:
    say(amina, room)
    messages.edit_message(user=amina, room_public_id=room.public_id, seq=1, body="b", now=NOON)
    say(ben, room)
    messages.delete_message(user=ben, room_public_id=room.public_id, seq=3, now=NOON)
    rows = RoomEvent.objects.order_by("seq").values_list("seq", "kind", "n")
    assert list(rows) == [(1, EventKind.MESSAGE, 1), (2, EventKind.EDIT, 1), (3, EventKind.MESSAGE, 2), (4, EventKind.DELETE, 2)]
