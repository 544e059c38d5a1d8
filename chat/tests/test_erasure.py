"""Who leaves by erasure: their words, their images, their seats; the group they answered for; and everybody else's, which stay."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from accounts.services.erasure import close_account, erase_profile, hide_account
from accounts.tests.factories import make_user
from accounts.tests.overhearing import overhear
from chat.enums import EventKind, MemberState, Role, RoomState
from chat.models import DeletedBody, HiddenBody, Membership, MessageMeta, Room, RoomEvent
from chat.queries.messages import read_page
from chat.queries.wire import read_log
from chat.services import erasure, marks, messages, restrictions
from chat.tests.factories import NOON, join, make_group, make_room, say
from core.setaside import set_aside
from realtime.bus import Lost, Posted
from realtime.registry import LogEntry
from realtime.topic import Topic

pytestmark = pytest.mark.django_db


def erase(user: User) -> int:
    """All batches, each in a transaction of its own as `privacy` runs them; how many."""
    batches = 0
    while _erase_some(user):
        batches += 1
    return batches


def _erase_some(user: User) -> bool:
    with transaction.atomic():
        return bool(erasure.erase_words(user_id=user.pk, now=NOON))


def page(reader: User, room: Room) -> list[tuple[str, str, bool]]:
    """Who said what, as a page shows it."""
    seat = Membership.objects.get(user=reader, room=room)
    shown = read_page(room=Room.objects.get(pk=room.pk), membership=seat, hidden=set(), now=NOON).messages
    return [(one.author.name if one.author else "", one.body, one.deleted) for one in shown]


def test_their_words_go_and_those_of_others_stay(room: Room, amina: User, ben: User) -> None:
    say(amina, room, "Avant")
    say(ben, room, "Parole de Ben")
    say(amina, room, "Après")
    erase(ben)
    assert page(amina, room) == [("Amina", "Avant", False), ("Ben", "", True), ("Amina", "Après", False)]
    assert erasure.has_words(user_id=ben.pk) is False


def test_once_the_account_is_closed_nobody_is_named(room: Room, amina: User, ben: User) -> None:
    say(ben, room, "Parole de Ben")
    hide_account(user_id=ben.pk, now=NOON)
    erase(ben)
    while erase_profile(user_id=ben.pk, now=NOON):
        pass
    while close_account(user_id=ben.pk, now=NOON):
        pass
    assert page(amina, room) == [("", "", True)]
    browser = Client()
    browser.force_login(amina)
    text = browser.get(f"/rooms/{room.slug}/").content.decode()
    assert "Parole de Ben" not in text
    assert ben.public_id not in text
    assert "Message retiré" in text


def test_a_reply_to_them_quotes_nothing_any_more(room: Room, amina: User, ben: User) -> None:
    said = say(ben, room, "Parole de Ben")
    say(amina, room, "Je réponds", reply_seq=said.seq)
    erase(ben)
    seat = Membership.objects.get(user=amina, room=room)
    answer = read_page(room=room, membership=seat, hidden=set(), now=NOON).messages[-1]
    assert answer.reply is None or (answer.reply.text, answer.body) == ("", "Je réponds")


def test_their_reactions_pins_and_comings_go_too(room: Room, amina: User, ben: User) -> None:
    Membership.objects.filter(room=room, user=ben).update(role=Role.MODERATOR)
    said = say(amina, room, "Bravo ?")
    marks.set_reaction(user=ben, room_public_id=room.public_id, seq=said.seq, emoji="🙏", on=True, now=NOON)
    marks.set_pin(user=ben, room_public_id=room.public_id, seq=said.seq, on=True, now=NOON)
    erase(ben)
    assert list(RoomEvent.objects.filter(actor_id=ben.pk)) == []
    seat = Membership.objects.get(user=amina, room=room)
    (shown,) = read_page(room=room, membership=seat, hidden=set(), now=NOON).messages
    assert (shown.reactions, shown.pinned) == ((), False)


def test_what_they_took_back_or_a_decision_hid_goes_as_well(room: Room, ben: User) -> None:
    taken, hidden = say(ben, room, "repris"), say(ben, room, "masqué")
    messages.edit_message(user=ben, room_public_id=room.public_id, seq=hidden.seq, body="masqué deux fois", now=NOON)
    messages.delete_message(user=ben, room_public_id=room.public_id, seq=taken.seq, now=NOON)
    restrictions.hide_message(room_public_id=room.public_id, seq=hidden.seq, now=NOON)
    assert (DeletedBody.objects.count(), HiddenBody.objects.count()) == (1, 2)
    erase(ben)
    assert (DeletedBody.objects.count(), HiddenBody.objects.count()) == (0, 0)
    assert restrictions.restore_message(room_public_id=room.public_id, seq=hidden.seq, images=[], now=NOON) is False


def test_what_a_decision_hid_of_others_stays(room: Room, amina: User, ben: User) -> None:
    hidden = say(amina, room, "masqué")
    restrictions.hide_message(room_public_id=room.public_id, seq=hidden.seq, now=NOON)
    say(ben, room, "Parole de Ben")
    erase(ben)
    assert HiddenBody.objects.count() == 1
    assert restrictions.restore_message(room_public_id=room.public_id, seq=hidden.seq, images=[], now=NOON) is True


def test_who_wrote_when_is_kept_for_a_year_and_nothing_else(room: Room, ben: User) -> None:
    said = say(ben, room, "Parole de Ben")
    erase(ben)
    meta = MessageMeta.objects.get(author_id=ben.pk)
    assert (meta.room_id, meta.seq, meta.at) == (room.pk, said.seq, NOON)


def test_words_in_rooms_that_they_left_long_ago_are_found_by_their_traces(room: Room, amina: User, ben: User) -> None:
    say(ben, room, "Parole de Ben")
    Membership.objects.filter(room=room, user=ben).delete()
    assert erasure.has_words(user_id=ben.pk) is True
    erase(ben)
    assert page(amina, room) == [("Ben", "", True)]


def test_what_was_kept_aside_for_a_hold_that_is_over_goes(room: Room, amina: User, ben: User) -> None:
    for user in (amina, ben):
        say(user, room, f"Parole de {user.username}")
    set_aside(RoomEvent.objects.filter(room_id=room.pk), owner="actor_id", place="room_id", number="seq", now=NOON)
    from core.models import SetAside

    erase(ben)
    assert list(SetAside.objects.values_list("owner_id", flat=True)) == [amina.pk]


def test_open_pages_hear_of_it_once_and_lose_the_room(room: Room, amina: User, ben: User) -> None:
    say(ben, room, "Parole de Ben")
    erase(ben)
    last = read_log(room_public_id=room.public_id, after=0, limit=50, now=NOON)[-1]
    assert (last.body["k"], last.body["gone"]) == ("forget", ben.public_id)
    assert last.as_entry().rewrites is True  # no process shows what it remembers of the room any more


def test_processes_forget_what_they_remember_of_the_room() -> None:
    topic = Topic(name="room:x", room="x", last=0)
    topic.accept([LogEntry(1, "ben", b'{"seq":1,"body":"tsatsa"}'), LogEntry(2, "amina", b'{"seq":2}')])
    assert topic.read_tail(0) is not None
    topic.accept([LogEntry(3, "", b'{"seq":3,"k":"forget","gone":"ben"}', rewrites=True)])
    assert topic.read_tail(0) is None
    assert b"tsatsa" not in b"".join(entry.body for entry in topic.read_tail(2) or [])


@pytest.mark.django_db(transaction=True)
def test_their_sockets_lose_each_room() -> None:
    ben, room = make_user("Ben"), make_room()
    join(ben, room)
    say(ben, room, "Parole de Ben")
    with overhear() as heard:
        erase(ben)
    assert [(parcel.user, parcel.code) for parcel in heard if isinstance(parcel, Lost)] == [(ben.public_id, "left")]
    told = [entry.body for parcel in heard if isinstance(parcel, Posted) for entry in parcel.entries]
    assert any(b'"forget"' in body for body in told)


# ---- Groups ------------------------------------------------------------------------------------------------------------------
def roles(room: Room) -> dict[str, str]:
    return dict(Membership.objects.filter(room=room, state=MemberState.JOINED).values_list("user__username", "role"))


def test_another_owner_keeps_the_group(amina: User, ben: User) -> None:
    group = make_group(ben)
    join(amina, group, role=Role.OWNER)
    erase(ben)
    assert roles(group) == {"amina": Role.OWNER}


def test_who_moderates_longest_comes_before_who_is_there_longest(amina: User, ben: User, carol: User) -> None:
    group = make_group(ben)
    join(amina, group)
    join(carol, group, role=Role.MODERATOR, now=NOON + timedelta(hours=1))
    erase(ben)
    assert roles(group) == {"amina": Role.MEMBER, "carol": Role.OWNER}
    kinds = RoomEvent.objects.filter(room_id=group.pk, actor_id=None).order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == [EventKind.MEMBER, EventKind.FORGET]  # the house says who answers for it now


def test_where_nobody_may_answer_for_one_more_the_group_is_closed(amina: User, ben: User, monkeypatch: pytest.MonkeyPatch) -> None:
    group = make_group(ben)
    join(amina, group)
    from chat.services import owning

    monkeypatch.setattr(owning, "groups_allowed", lambda **_given: 0)  # what her plan lets her
    erase(ben)
    group.refresh_from_db()
    assert (group.state, roles(group)) == (RoomState.CLOSED, {"amina": Role.MEMBER})


def test_whoever_is_gone_themselves_inherits_nothing(amina: User, ben: User) -> None:
    group = make_group(ben)
    join(amina, group)
    User.objects.filter(pk=amina.pk).update(barred=True)
    erase(ben)
    group.refresh_from_db()
    assert group.state == RoomState.CLOSED


def test_members_are_counted_right_afterwards(room: Room, amina: User, ben: User) -> None:
    erase(ben)
    room.refresh_from_db()
    assert room.members == Membership.objects.filter(room=room, state=MemberState.JOINED).count() == 1


def test_a_ban_of_theirs_goes_with_the_seat_and_counts_nobody_out(room: Room, amina: User, ben: User) -> None:
    Membership.objects.filter(room=room, user=ben).update(state=MemberState.BANNED)
    Room.objects.filter(pk=room.pk).update(members=1)
    erase(ben)
    room.refresh_from_db()
    assert room.members == 1
    assert Membership.objects.filter(user=ben).count() == 0


def test_the_second_time_nothing_is_found(room: Room, ben: User) -> None:
    say(ben, room, "Parole de Ben", cid=uuid.uuid4())
    assert erase(ben) > 0
    assert erase(ben) == 0
