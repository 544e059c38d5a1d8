"""Whom a message means is told: once, later, and nobody from whom its author is hidden."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.services.closure import begin_closing, pause_account
from accounts.services.devices import mark_device, new_token
from accounts.services.relations import block_person, mute_person
from accounts.tests.factories import make_user
from chat import handlers
from chat.enums import NotifyLevel
from chat.events import MessageAddressed
from chat.models import Membership, Room
from chat.services import holding, memberships, messages, restrictions, telling
from chat.services.telling import tell_of_message
from chat.tests.factories import NOON, close, join, make_group, make_room, say
from chat.tests.holding import hold
from core.models import OutboxEvent
from notifications.services.notices import notify
from notifications.services.reading import look_at_notices
from notifications.tests.factories import deliver_all

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
Notification, Delivery = (apps.get_model("notifications", name) for name in ("Notification", "Delivery"))
HOUR = timedelta(hours=1)


def addressed() -> list[tuple[int, int]]:
    """The messages that the outbox has as meant for somebody, in their order."""
    rows = OutboxEvent.objects.filter(event="chat.MessageAddressed").order_by("pk")
    return [(row.payload["room_id"], row.payload["seq"]) for row in rows]


def told(user: User) -> list[tuple[str, int]]:
    """What somebody was told of messages: kind and number."""
    rows = Notification.objects.filter(user=user, subject_kind="MESSAGE").order_by("pk")
    return [(row.kind, row.args["seq"]) for row in rows]


# ---- Who is meant -------------------------------------------------------------------------------------------------------------------


def test_whom_a_message_names_is_told_and_nobody_else(room: Room, amina: User, ben: User, carol: User) -> None:
    dina = make_user("Dina")
    join(dina, room)
    seq = say(amina, room, "Manahoana @Ben ! @Carol n’est pas là.").seq
    assert addressed() == [(room.pk, seq)]
    deliver_all()
    assert (told(ben), told(amina), told(dina), told(carol)) == ([("MENTION", seq)], [], [], [])
    notice = Notification.objects.get(user=ben)
    assert (notice.path, notice.subject_public_id, notice.group_key, notice.hushed) == (
        f"/rooms/{room.public_id}/?around={seq}#m{seq}",
        room.public_id,
        f"room:{room.public_id}",
        False,
    )


def test_the_page_that_it_leads_to_shows_the_message(room: Room, amina: User, ben: User, as_: LogIn) -> None:
    seq = say(amina, room, "Ici, @Ben", now=timezone.now()).seq
    deliver_all()
    path = Notification.objects.get(user=ben).path.partition("#")[0]
    assert f'id="m{seq}"' in as_(ben).get(path).content.decode()


def test_whom_a_message_answers_is_told(room: Room, amina: User, ben: User) -> None:
    first = say(ben, room, "Qui vient ?").seq
    answer = say(amina, room, "Moi.", reply_seq=first).seq
    deliver_all()
    assert (told(ben), told(amina)) == ([("REPLY", answer)], [])


def test_who_is_answered_and_named_hears_of_the_answer_alone(room: Room, amina: User, ben: User) -> None:
    first = say(ben, room, "Qui vient ?").seq
    answer = say(amina, room, "@Ben moi.", reply_seq=first).seq
    deliver_all()
    assert told(ben) == [("REPLY", answer)]


def test_who_means_themselves_hears_nothing(room: Room, amina: User) -> None:
    first = say(amina, room, "Note à @Amina").seq
    say(amina, room, "suite", reply_seq=first)
    deliver_all()
    assert told(amina) == []


def test_most_messages_mean_nobody_and_leave_no_event(room: Room, amina: User) -> None:
    for body in ("Bonjour", "a@b.example", "@Personne", "@Carol"):
        say(amina, room, body)
    assert addressed() == []


def test_a_correction_means_nobody_anew(room: Room, amina: User, ben: User) -> None:
    """Or somebody could be called a hundred times by one message."""
    seq = say(amina, room, "Bonjour").seq
    messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body="Bonjour @Ben", now=NOON + HOUR / 2)
    deliver_all()
    assert (addressed(), told(ben)) == ([], [])


def test_what_was_kept_back_is_told_when_it_is_let_in(room: Room, amina: User, ben: User, marker: Any, texts: None) -> None:
    held = hold(amina, room, body="@Ben un mot qui attend [hold]")
    deliver_all()
    assert told(ben) == []
    event = holding.release_held(held_id=held.public_id, now=NOON + HOUR)
    deliver_all()
    assert told(ben) == [("MENTION", event.seq)]


def test_at_most_ten_are_called_by_one_message(room: Room, amina: User) -> None:
    people = [make_user(f"Voisin{number}") for number in range(12)]
    for person in people:
        join(person, room)
    say(amina, room, " ".join(f"@Voisin{number}" for number in range(12)))
    deliver_all()
    assert Notification.objects.filter(kind="MENTION").count() == 10


# ---- Who must not be told -----------------------------------------------------------------------------------------------------------


def both_ways(room: Room, amina: User, ben: User) -> MessageAddressed:
    """Ben has written; Amina answers and names him. Nobody was told yet."""
    first = say(ben, room, "Qui vient ?").seq
    seq = say(amina, room, "@Ben moi.", reply_seq=first).seq
    return MessageAddressed(room_id=room.pk, seq=seq)


@pytest.mark.parametrize(
    "hide",
    [
        lambda amina, ben: block_person(user=ben, person=amina, now=NOON),
        lambda amina, ben: block_person(user=amina, person=ben, now=NOON),
        lambda amina, ben: mute_person(user=ben, person=amina, now=NOON),
    ],
    ids=["ben blocked her", "she blocked ben", "ben masked her"],
)
def test_between_two_of_whom_one_hid_the_other_nothing_is_told(
    room: Room, amina: User, ben: User, hide: Callable[[User, User], None]
) -> None:
    """Also when it came between the message and its notice."""
    event = both_ways(room, amina, ben)
    hide(amina, ben)
    handlers.on_message_addressed(event)
    assert told(ben) == []


def test_who_masked_somebody_can_still_call_them(room: Room, amina: User, ben: User) -> None:
    """A masked person is not told that they are; what is written to them reaches them."""
    first = say(ben, room, "Qui vient ?").seq
    seq = say(amina, room, "moi", reply_seq=first).seq
    mute_person(user=amina, person=ben, now=NOON)
    handlers.on_message_addressed(MessageAddressed(room_id=room.pk, seq=seq))
    assert told(ben) == [("REPLY", seq)]


def test_another_account_of_the_same_browser_is_not_told_either(room: Room, amina: User, ben: User) -> None:
    """Ben was blocked under another name: what Amina does stays hidden from all who use his browser."""
    other, token = make_user("Rabe"), new_token()
    for person in (ben, other):
        mark_device(user=person, token=token, now=NOON)
    event = both_ways(room, amina, ben)
    block_person(user=amina, person=other, now=NOON)
    handlers.on_message_addressed(event)
    assert told(ben) == []


@pytest.mark.parametrize(
    "go",
    [
        lambda room, ben, mod: memberships.leave_room(user=ben, slug=room.slug, now=NOON),
        lambda room, ben, mod: memberships.kick_member(user=mod, slug=room.slug, member_public_id=ben.public_id, now=NOON),
        lambda room, ben, mod: memberships.ban_member(user=mod, slug=room.slug, member_public_id=ben.public_id, reason="", now=NOON),
        lambda room, ben, mod: pause_account(user=ben, now=NOON),
        lambda room, ben, mod: begin_closing(user=ben, now=NOON),
        lambda room, ben, mod: User.objects.filter(pk=ben.pk).update(barred=True),
        lambda room, ben, mod: close(room),
    ],
    ids=["left", "kicked", "banned", "paused", "closing", "barred", "room closed"],
)
def test_who_is_no_longer_there_is_not_told(room: Room, amina: User, ben: User, mod: User, go: Callable[[Room, User, User], Any]) -> None:
    event = both_ways(room, amina, ben)
    go(room, ben, mod)
    handlers.on_message_addressed(event)
    assert told(ben) == []


def test_what_its_author_took_back_is_not_announced(room: Room, amina: User, ben: User) -> None:
    event = both_ways(room, amina, ben)
    messages.delete_message(user=amina, room_public_id=room.public_id, seq=event.seq, now=NOON)
    handlers.on_message_addressed(event)
    assert told(ben) == []


def test_what_the_team_hid_is_not_announced(room: Room, amina: User, ben: User) -> None:
    event = both_ways(room, amina, ben)
    restrictions.hide_message(room_public_id=room.public_id, seq=event.seq, now=NOON)
    handlers.on_message_addressed(event)
    assert told(ben) == []


def test_what_has_expired_is_not_announced(room: Room, amina: User, ben: User) -> None:
    event = both_ways(room, amina, ben)
    assert tell_of_message(room_id=room.pk, seq=event.seq, now=NOON + timedelta(days=8)) == 0
    assert tell_of_message(room_id=room.pk, seq=10**6, now=NOON) == tell_of_message(room_id=10**6, seq=1, now=NOON) == 0


def test_an_answer_to_what_is_gone_tells_nobody_of_an_answer(room: Room, amina: User, ben: User) -> None:
    first = say(ben, room, "Qui vient ?").seq
    seq = say(amina, room, "moi", reply_seq=first).seq
    messages.delete_message(user=ben, room_public_id=room.public_id, seq=first, now=NOON)
    handlers.on_message_addressed(MessageAddressed(room_id=room.pk, seq=seq))
    assert told(ben) == []


# ---- What a member wants ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "count"), [(NotifyLevel.ALL, 1), (NotifyLevel.MENTIONS, 1), (NotifyLevel.NONE, 0)])
def test_a_level_says_who_wants_to_know(room: Room, amina: User, ben: User, level: NotifyLevel, count: int) -> None:
    Membership.objects.filter(room=room, user=ben).update(notify_level=level)
    say(amina, room, "@Ben ?")
    deliver_all()
    assert len(told(ben)) == count


def test_silence_leaves_it_in_the_pages(room: Room, amina: User, ben: User) -> None:
    Membership.objects.filter(room=room, user=ben).update(hushed_until=timezone.now() + HOUR)
    say(amina, room, "@Ben ?")
    deliver_all()
    assert Notification.objects.get(user=ben).hushed
    assert list(Delivery.objects.values_list("transport", flat=True)) == ["IN_APP"]


def test_a_silence_that_is_over_is_none(room: Room, amina: User, ben: User) -> None:
    Membership.objects.filter(room=room, user=ben).update(hushed_until=timezone.now() - HOUR)
    say(amina, room, "@Ben ?")
    deliver_all()
    assert not Notification.objects.get(user=ben).hushed


def test_being_muted_by_the_team_is_no_silence(room: Room, amina: User, ben: User) -> None:
    """Who may not write here reads and is told as before."""
    Membership.objects.filter(room=room, user=ben).update(muted_until=timezone.now() + HOUR)
    say(amina, room, "@Ben ?")
    deliver_all()
    assert [row.hushed for row in Notification.objects.filter(user=ben)] == [False]


# ---- Once ---------------------------------------------------------------------------------------------------------------------------


def test_the_same_event_twice_tells_once(room: Room, amina: User, ben: User) -> None:
    event = both_ways(room, amina, ben)
    for _twice in range(2):
        handlers.on_message_addressed(event)
    assert told(ben) == [("REPLY", event.seq)]


def test_a_message_sent_twice_is_one_event(room: Room, amina: User) -> None:
    cid = uuid.uuid4()
    for _twice in range(3):
        say(amina, room, "@Ben ?", cid=cid)
    assert len(addressed()) == 1


def test_a_process_that_ends_tells_nothing_by_halves(room: Room, amina: User, ben: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notice of the first was written when the second failed: all of it goes back, and comes again."""
    dina = make_user("Dina")
    join(dina, room)
    say(amina, room, "@Ben @Dina ?")
    calls = []

    def fail(**words: Any) -> bool:
        calls.append(words["user_id"])
        if len(calls) == 2:
            raise ValueError("the process ends here")
        return notify(**words)

    with monkeypatch.context() as broken:
        broken.setattr(telling, "notify", fail)
        deliver_all()
    assert (len(calls), Notification.objects.count(), Delivery.objects.count()) == (2, 0, 0)
    OutboxEvent.objects.update(due_at=timezone.now())
    deliver_all()
    assert (len(told(ben)), len(told(dina))) == (1, 1)


# ---- Reading ------------------------------------------------------------------------------------------------------------------------


def test_reading_the_room_reads_its_notices(room: Room, amina: User, ben: User) -> None:
    first = say(amina, room, "@Ben un").seq
    second = say(amina, room, "@Ben deux").seq
    deliver_all()
    memberships.mark_read(user=ben, room_public_id=room.public_id, seq=first, now=timezone.now())
    assert list(Notification.objects.filter(user=ben, read_at=None).values_list("args__seq", flat=True)) == [second]
    memberships.mark_read(user=ben, room_public_id=room.public_id, seq=second, now=timezone.now())
    assert not Notification.objects.filter(user=ben, read_at=None).exists()


def test_answering_is_reading_too_by_the_next_look_at_the_list(room: Room, amina: User, ben: User) -> None:
    seq = say(amina, room, "@Ben ?").seq
    deliver_all()
    say(ben, room, "oui", reply_seq=seq)
    assert Notification.objects.filter(user=ben, read_at=None).count() == 1
    look_at_notices(user=ben, now=timezone.now())
    assert not Notification.objects.filter(user=ben, read_at=None).exists()


def test_reading_one_room_reads_no_other(room: Room, amina: User, ben: User) -> None:
    other = make_room("jardin")
    for person in (amina, ben):
        join(person, other)
    say(amina, room, "@Ben ici")
    seq = say(amina, other, "@Ben là").seq
    deliver_all()
    memberships.mark_read(user=ben, room_public_id=other.public_id, seq=seq, now=timezone.now())
    [left] = Notification.objects.filter(user=ben, read_at=None)
    assert left.subject_public_id == room.public_id


# ---- Costs --------------------------------------------------------------------------------------------------------------------------


def test_a_mention_costs_its_sender_one_statement(room: Room, amina: User, ben: User) -> None:
    """The event travels with the rows of the message; on MariaDB in the same packet."""
    say(amina, room, "chauffe")
    with CaptureQueriesContext(connection) as plain:
        say(amina, room, "Bonjour")
    with CaptureQueriesContext(connection) as meant:
        say(amina, room, "@Ben")
    resolving = 3
    assert len(meant) - len(plain) - resolving == (0 if connection.vendor == "mysql" else 1)


def test_carol_outside_is_told_of_nothing_in_a_group_that_she_left(amina: User, ben: User, carol: User) -> None:
    group = make_group(amina)
    for person in (ben, carol):
        join(person, group)
    seq = say(carol, group, "au revoir").seq
    memberships.leave_room(user=carol, slug=group.slug, now=NOON)
    say(amina, group, "@Carol reviens", reply_seq=seq)
    deliver_all()
    assert told(carol) == []
