"""What the team takes out of a room is seen by nobody, on no page and in no frame, and comes back whole."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image

from accounts.models import User
from accounts.tests.overhearing import overhear
from chat.access import Banned, NotMember, RoomGone, RoomNotFound, get_seat, get_seat_of_message
from chat.enums import AttachmentState, EventKind, Role, RoomState
from chat.models import Attachment, HiddenBody, Membership, Room, RoomEvent
from chat.queries.evidence import find_message_evidence, read_image_bytes
from chat.queries.messages import find_message, read_page
from chat.queries.pins import list_pinned_seqs
from chat.queries.search import search_room
from chat.queries.wire import read_log, render_events
from chat.services import marks, messages, restrictions
from chat.services.attachments import store_image
from chat.services.restrictions import NothingToRestrict
from chat.services.sending import MutedHere
from chat.tests.factories import NOON, give_standing, join, say
from chat.tests.purging import purge_expired
from core import sealing
from core.tests.moments import at_noon
from realtime.bus import Posted
from realtime.registry import LogEntry
from realtime.topic import Topic

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)
SECRET = "zanahary-mena"


def a_photo(owner: User, room: Room) -> Attachment:
    file = BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")
    upload = SimpleUploadedFile("a.png", file.getvalue())
    return store_image(user=owner, room_public_id=room.public_id, file=upload, size=len(file.getvalue()), now=NOON)


def insult(ben: User, room: Room, **more: Any) -> int:
    return say(ben, room, f"Tu es {SECRET}", **more).seq


def hide(room: Room, seq: int) -> list[str]:
    return restrictions.hide_message(room_public_id=room.public_id, seq=seq, now=LATER)


def everything_amina_reads(amina: User, room: Room) -> str:
    """Pages, frames, quotes, pins and search, as one text."""
    seat = get_seat(user=amina, public_id=room.public_id, now=LATER)
    page = read_page(room=seat.room, membership=seat.membership, hidden=set(), now=LATER, with_pins=True)
    found = search_room(room=seat.room, membership=seat.membership, text=SECRET, hidden=set(), now=LATER)
    frames = [event.body for event in read_log(room_public_id=room.public_id, after=0, limit=100, now=LATER)]
    return f"{page} {found} {json.dumps(frames, ensure_ascii=False)}"


def test_nothing_of_a_hidden_message_is_read_anywhere(amina: User, ben: User, room: Room, as_: Callable[..., Client]) -> None:
    seq = insult(ben, room)
    messages.edit_message(user=ben, room_public_id=room.public_id, seq=seq, body=f"encore {SECRET}", now=NOON)
    say(amina, room, "Quoi ?", reply_seq=seq)
    Membership.objects.filter(room=room, user=amina).update(role=Role.MODERATOR)
    marks.set_pin(user=amina, room_public_id=room.public_id, seq=seq, on=True, now=NOON)
    assert SECRET in everything_amina_reads(amina, room)
    hide(room, seq)
    assert SECRET not in everything_amina_reads(amina, room)
    assert list_pinned_seqs(room=room, now=LATER) == []
    for path in (f"/rooms/{room.slug}/", f"/rooms/{room.slug}/search/?q={SECRET}", f"/api/v1/rooms/{room.slug}/messages"):
        answer = as_(amina).get(path)
        assert answer.status_code == 200
        shown = answer.content.decode().replace(f'value="{SECRET}"', "")
        assert f"Tu es {SECRET}" not in shown
        assert f"encore {SECRET}" not in shown


def test_its_author_sees_it_no_more_than_others_and_cannot_bring_it_back(ben: User, room: Room) -> None:
    seq = insult(ben, room)
    hide(room, seq)
    assert SECRET not in everything_amina_reads(ben, room)
    for deed in (
        lambda: messages.edit_message(user=ben, room_public_id=room.public_id, seq=seq, body="autre", now=LATER),
        lambda: messages.delete_message(user=ben, room_public_id=room.public_id, seq=seq, now=LATER),
        lambda: marks.set_reaction(user=ben, room_public_id=room.public_id, seq=seq, emoji="👍", on=True, now=LATER),
        lambda: say(ben, room, "suite", reply_seq=seq),
    ):
        with pytest.raises(messages.MessageNotFound):
            deed()


def test_restoring_brings_words_edits_and_images_back(amina: User, ben: User, room: Room) -> None:
    photo = a_photo(ben, room)
    seq = insult(ben, room, attachment_ids=[photo.public_id])
    messages.edit_message(user=ben, room_public_id=room.public_id, seq=seq, body=f"encore {SECRET}", now=NOON)
    before = everything_amina_reads(amina, room)
    images = hide(room, seq)
    assert images == [photo.public_id]
    assert restrictions.restore_message(room_public_id=room.public_id, seq=seq, images=images, now=LATER) is True
    seat = get_seat(user=amina, public_id=room.public_id, now=LATER)
    found = find_message(room=seat.room, membership=seat.membership, seq=seq, hidden=set(), now=LATER)
    assert found is not None
    assert (found.body, found.edited, [image.public_id for image in found.images]) == (f"encore {SECRET}", True, [photo.public_id])
    assert before.count(SECRET) <= everything_amina_reads(amina, room).count(SECRET)
    assert not HiddenBody.objects.exists()
    kinds = list(RoomEvent.objects.filter(room_id=room.pk).order_by("seq").values_list("kind", flat=True))
    assert kinds[-2:] == [EventKind.HIDE, EventKind.RESTORE]


def test_the_frames_name_the_message_and_nobody_else(ben: User, room: Room) -> None:
    seq = insult(ben, room)
    hide(room, seq)
    (event,) = render_events(list(RoomEvent.objects.filter(room_id=room.pk, kind=EventKind.HIDE)))
    assert event.body == {"seq": seq + 1, "k": "hide", "at": at_noon(minutes=5), "target": seq}
    assert event.actor == ""
    assert event.as_entry().rewrites is True


@pytest.mark.django_db(transaction=True)
def test_open_sockets_hear_at_once_that_it_went_and_that_it_is_back(ben: User, room: Room) -> None:
    seq = insult(ben, room)
    with overhear() as heard:
        images = hide(room, seq)
        restrictions.restore_message(room_public_id=room.public_id, seq=seq, images=images, now=LATER)
    entries = [entry for parcel in heard if isinstance(parcel, Posted) for entry in parcel.entries]
    assert [(json.loads(entry.body)["k"], json.loads(entry.body)["target"], entry.rewrites) for entry in entries] == [
        ("hide", seq, True),
        ("restore", seq, False),
    ]
    assert SECRET not in "".join(entry.body.decode() for entry in entries)


def test_who_comes_back_does_not_find_it_in_what_the_process_remembers() -> None:
    topic = Topic(name="room:x", room="x", last=0)
    topic.accept([LogEntry(1, "ben", b'{"seq":1,"body":"tsatsa"}'), LogEntry(2, "ben", b'{"seq":2}')])
    assert topic.read_tail(0) is not None
    topic.accept([LogEntry(3, "", b'{"seq":3,"k":"hide","target":1}', rewrites=True)])
    assert topic.read_tail(0) is None, "the log is read instead"
    assert [entry.seq for entry in topic.read_tail(2) or []] == [3]


def test_hiding_twice_or_what_is_not_there_is_refused(ben: User, room: Room) -> None:
    seq = insult(ben, room)
    hide(room, seq)
    for gone in (seq, seq + 1, 999):
        with pytest.raises(NothingToRestrict):
            hide(room, gone)
    with pytest.raises(NothingToRestrict):
        restrictions.hide_message(room_public_id="a" * 20, seq=1, now=LATER)


def test_what_has_expired_does_not_come_back_and_leaves_with_its_time(ben: User, room: Room) -> None:
    seq = insult(ben, room)
    images = hide(room, seq)
    end = NOON + room.visible_for
    assert restrictions.restore_message(room_public_id=room.public_id, seq=seq, images=images, now=end) is False
    assert purge_expired(now=end)["hidden_bodies"] == 1


def test_one_image_goes_and_comes_back_while_the_words_stay(amina: User, ben: User, room: Room, as_: Callable[..., Client]) -> None:
    give_standing(ben)
    first, second = a_photo(ben, room), a_photo(ben, room)
    seq = say(ben, room, "deux photos", attachment_ids=[first.public_id, second.public_id]).seq

    def shown(reader: User) -> list[str]:
        seat = get_seat(user=reader, public_id=room.public_id, now=LATER)
        found = find_message(room=seat.room, membership=seat.membership, seq=seq, hidden=set(), now=LATER)
        assert found is not None
        assert found.body == "deux photos"
        return [image.public_id for image in found.images]

    restrictions.hide_image(public_id=first.public_id, now=LATER)
    assert shown(amina) == shown(ben) == [second.public_id]
    for reader in (amina, ben):
        for variant in ("full", "thumb"):
            assert as_(reader).get(f"/media/{first.public_id}/{variant}/").status_code == 404
            assert as_(reader).get(f"/media/{second.public_id}/{variant}/").status_code == 200
    frames = [event.body for event in read_log(room_public_id=room.public_id, after=0, limit=9, now=LATER)]
    assert [image["id"] for frame in frames for image in frame.get("att", [])] == [second.public_id]
    assert frames[-1]["image"] == first.public_id
    with pytest.raises(NothingToRestrict):
        restrictions.hide_image(public_id=first.public_id, now=LATER)
    assert restrictions.restore_image(public_id=first.public_id, now=LATER) is True
    assert shown(amina) == [first.public_id, second.public_id]
    assert restrictions.restore_image(public_id=first.public_id, now=LATER) is False


def test_an_image_hidden_by_itself_stays_hidden_when_its_message_returns(ben: User, room: Room) -> None:
    first, second = a_photo(ben, room), a_photo(ben, room)
    seq = say(ben, room, "deux", attachment_ids=[first.public_id, second.public_id]).seq
    restrictions.hide_image(public_id=first.public_id, now=LATER)
    images = hide(room, seq)
    assert images == [second.public_id]
    restrictions.restore_message(room_public_id=room.public_id, seq=seq, images=images, now=LATER)
    states = dict(Attachment.objects.values_list("public_id", "state"))
    assert states == {first.public_id: AttachmentState.HIDDEN, second.public_id: AttachmentState.SENT}


def test_a_room_is_frozen_slowed_closed_and_opened_again(amina: User, room: Room) -> None:
    before = restrictions.set_room(room_public_id=room.public_id, changes={"state": RoomState.FROZEN.value}, now=LATER)
    assert before == {"state": "ACTIVE"}
    with pytest.raises(messages.RoomFrozen):
        say(amina, room, "quand même")
    restrictions.set_room(room_public_id=room.public_id, changes=before, now=LATER)
    say(amina, room, "de retour")
    slow = restrictions.set_room(room_public_id=room.public_id, changes={"slow_mode_s": 60}, now=LATER)
    assert slow == {"slow_mode_s": 0}
    with pytest.raises(messages.SlowMode):
        say(amina, room, "trop vite", now=NOON + timedelta(seconds=30))
    restrictions.set_room(room_public_id=room.public_id, changes={"state": RoomState.CLOSED.value}, now=LATER)
    with pytest.raises(RoomGone):
        get_seat(user=amina, public_id=room.public_id, now=LATER)
    restrictions.set_room(room_public_id=room.public_id, changes={"state": RoomState.ACTIVE.value}, now=LATER)
    assert get_seat(user=amina, public_id=room.public_id, now=LATER).room.state == RoomState.ACTIVE


def test_the_page_says_that_the_team_did_it(amina: User, room: Room, as_: Callable[..., Client]) -> None:
    restrictions.set_room(room_public_id=room.public_id, changes={"slow_mode_s": 60}, now=LATER)
    assert "L’équipe de Resaka a modifié les réglages du salon." in as_(amina).get(f"/rooms/{room.slug}/").content.decode()


def test_who_is_mute_in_one_room_reads_there_and_writes_elsewhere(amina: User, ben: User, room: Room, group: Room) -> None:
    until = NOON + timedelta(hours=1)
    assert restrictions.mute_member(room_public_id=room.public_id, user_id=ben.pk, until=until) is None
    with pytest.raises(MutedHere) as refused:
        say(ben, room, now=NOON)
    assert refused.value.retry == 3600
    assert get_seat(user=ben, public_id=room.public_id, now=NOON)
    say(ben, group)
    say(amina, room)
    say(ben, room, now=until)
    other = until + timedelta(hours=1)
    assert restrictions.unmute_member(room_public_id=room.public_id, user_id=ben.pk, until=other, before=None) is False
    assert restrictions.unmute_member(room_public_id=room.public_id, user_id=ben.pk, until=until, before=None) is True
    say(ben, room, now=NOON)


def test_a_mute_stops_editing_and_reactions_too_and_no_role_lifts_it(ben: User, room: Room) -> None:
    seq = say(ben, room).seq
    Membership.objects.filter(room=room, user=ben).update(role=Role.MODERATOR)
    restrictions.mute_member(room_public_id=room.public_id, user_id=ben.pk, until=NOON + timedelta(hours=1))
    with pytest.raises(MutedHere):
        say(ben, room)
    with pytest.raises(MutedHere):
        messages.edit_message(user=ben, room_public_id=room.public_id, seq=seq, body="autrement", now=NOON)
    with pytest.raises(MutedHere):
        marks.set_reaction(user=ben, room_public_id=room.public_id, seq=seq, emoji="👍", on=True, now=NOON)
    messages.delete_message(user=ben, room_public_id=room.public_id, seq=seq, now=NOON)


def test_the_team_bans_even_an_owner_and_gives_the_seat_back(amina: User, group: Room) -> None:
    before = restrictions.ban_from_room(room_public_id=group.public_id, user_id=amina.pk, reason="D-1", until=None, now=LATER)
    with pytest.raises(Banned):
        get_seat(user=amina, public_id=group.public_id, now=LATER)
    group.refresh_from_db()
    assert group.members == 1
    restrictions.unban_from_room(room_public_id=group.public_id, user_id=amina.pk, reason="D-1", before=before, now=LATER)
    assert get_seat(user=amina, public_id=group.public_id, now=LATER).membership.role == Role.OWNER
    group.refresh_from_db()
    assert group.members == 2


def test_who_had_left_is_kept_out_and_may_come_in_again_later(ben: User, room: Room) -> None:
    Membership.objects.filter(room=room, user=ben).update(state="LEFT")
    before = restrictions.ban_from_room(room_public_id=room.public_id, user_id=ben.pk, reason="D-1", until=None, now=LATER)
    with pytest.raises(Banned):
        join(ben, room)
    restrictions.unban_from_room(room_public_id=room.public_id, user_id=ben.pk, reason="D-1", before=before, now=LATER)
    with pytest.raises(NotMember):
        get_seat(user=ben, public_id=room.public_id, now=LATER)
    join(ben, room)


def test_what_somebody_else_has_set_since_stays(ben: User, room: Room) -> None:
    frozen, closed = {"state": RoomState.FROZEN.value}, {"state": RoomState.CLOSED.value}
    before = restrictions.set_room(room_public_id=room.public_id, changes=frozen, now=LATER)
    restrictions.set_room(room_public_id=room.public_id, changes=closed, now=LATER)
    restrictions.set_room(room_public_id=room.public_id, changes=before, expected=frozen, now=LATER)
    room.refresh_from_db()
    assert room.state == RoomState.CLOSED
    seat = restrictions.ban_from_room(room_public_id=room.public_id, user_id=ben.pk, reason="D-1", until=None, now=LATER)
    Membership.objects.filter(room=room, user=ben).update(ban_reason="D-2")
    restrictions.unban_from_room(room_public_id=room.public_id, user_id=ben.pk, reason="D-1", before=seat, now=LATER)
    assert Membership.objects.get(room=room, user=ben).state == "BANNED"


def test_nobody_is_muted_or_banned_where_they_never_were(carol: User, room: Room) -> None:
    with pytest.raises(NothingToRestrict):
        restrictions.mute_member(room_public_id=room.public_id, user_id=carol.pk, until=LATER)
    with pytest.raises(NothingToRestrict):
        restrictions.ban_from_room(room_public_id=room.public_id, user_id=carol.pk, reason="", until=None, now=LATER)


def test_evidence_has_the_message_its_versions_and_ten_on_each_side(amina: User, ben: User, room: Room, settings: Any) -> None:
    settings.MESSAGES_IN_10_S = 100
    for n in range(12):
        say(amina, room, f"avant {n}", now=NOON + timedelta(seconds=n))
    photo = a_photo(ben, room)
    seq = insult(ben, room, attachment_ids=[photo.public_id])
    messages.edit_message(user=ben, room_public_id=room.public_id, seq=seq, body="gentil", now=LATER)
    for n in range(12):
        say(ben if n % 2 else amina, room, f"après {n}", now=NOON + timedelta(minutes=n))
    found = find_message_evidence(room_public_id=room.public_id, seq=seq, now=LATER)
    assert found is not None
    assert [text for _at, text in found.message.versions] == [f"Tu es {SECRET}", "gentil"]
    assert [line.versions[0][1] for line in found.context] == [f"avant {n}" for n in range(2, 12)] + [f"après {n}" for n in range(10)]
    assert (found.author_id, found.room.public_id, found.seen_by) == (ben.pk, room.public_id, 2)
    assert [image.public_id for image in found.message.images] == [photo.public_id]
    assert (read_image_bytes(public_id=photo.public_id) or b"")[:4] == b"RIFF"


def test_evidence_begins_where_the_reporter_came_in(amina: User, ben: User, room: Room) -> None:
    early = say(ben, room, "avant son arrivée").seq
    seq = insult(ben, room)
    found = find_message_evidence(room_public_id=room.public_id, seq=seq, after_seq=early, now=LATER)
    assert found is not None
    assert found.context == ()


def test_what_was_taken_back_or_hidden_is_evidence_for_its_time(amina: User, ben: User, room: Room) -> None:
    taken, hidden = insult(ben, room), insult(ben, room)
    messages.delete_message(user=ben, room_public_id=room.public_id, seq=taken, now=NOON)
    hide(room, hidden)
    for seq, word in ((taken, "DELETED"), (hidden, "HIDDEN")):
        found = find_message_evidence(room_public_id=room.public_id, seq=seq, now=LATER)
        assert found is not None
        assert (found.message.withdrawn, found.message.versions[0][1]) == (word, f"Tu es {SECRET}")
        assert found.context == (), "of the others nothing is opened that was taken back"
    day_after = NOON + messages.DELETED_BODY_KEPT
    assert find_message_evidence(room_public_id=room.public_id, seq=taken, now=day_after) is None
    assert find_message_evidence(room_public_id=room.public_id, seq=hidden, now=NOON + room.visible_for) is None


def test_without_the_key_of_its_author_there_is_no_evidence_any_more(ben: User, room: Room) -> None:
    seq = insult(ben, room)
    sealing.destroy_key(f"user:{ben.pk}")
    assert find_message_evidence(room_public_id=room.public_id, seq=seq, now=LATER) is None


def test_the_seat_for_a_report_ignores_blocks_and_keeps_the_rest(amina: User, ben: User, carol: User, group: Room) -> None:
    seq = insult(ben, group)
    assert get_seat_of_message(user=amina, room_public_id=group.public_id, seq=seq, now=LATER).room == group
    join(carol, group)
    with pytest.raises(RoomNotFound):
        get_seat_of_message(user=carol, room_public_id=group.public_id, seq=seq, now=LATER)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite writes one after the other anyway")
def test_of_many_who_hide_at_once_one_does(ben: User, room: Room) -> None:
    seq = insult(ben, room)
    done: list[str] = []

    def try_it() -> None:
        try:
            hide(room, seq)
            done.append("hidden")
        except NothingToRestrict:
            done.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == ["hidden", *["refused"] * 7]
    assert HiddenBody.objects.count() == 1
