"""Texts that people type into rooms, and what is shown of them to whom."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services.relations import block_person
from chat.enums import History, Role
from chat.models import Membership, MessageMeta, Room, RoomEvent, RoomProposal
from chat.queries.messages import read_page
from chat.queries.pins import list_pinned_seqs
from chat.queries.rooms import list_members
from chat.queries.search import search_room
from chat.services import marks, memberships, messages, rooms
from chat.services.attachments import store_image
from chat.tests.factories import NOON, give_standing, join, make_room, make_theme, say
from chat.tests.purging import purge_expired
from chat.tests.test_outsider import picture

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]
TRICK = "Ami\u202ecod.exe\u2066 \u200bla\u00ad v\x00ille"
SHOWN = "Amicod.exe la ville"
SETTINGS = {"slow_mode_s": "0", "visible_hours": "168", "history": "ALL", "state": "ACTIVE"}


def last_seat(room: Room, user: User) -> Membership:
    return Membership.objects.select_related("room").get(room=room, user=user)


# ---- Direction tricks and invisible characters ---------------------------------------------------------------------------------


def test_a_new_group_has_no_tricks_in_it(amina: User) -> None:
    group = rooms.open_group(user=amina, title=TRICK, description=TRICK, rules=TRICK, languages=["fr", "mg", "fr"], now=NOON)
    group.refresh_from_db()
    assert (group.title, group.description, group.rules, group.languages) == (SHOWN, SHOWN, SHOWN, "fr,mg")


def test_nor_have_changed_settings(group: Room, amina: User) -> None:
    changes = {"title": TRICK, "description": TRICK + "\n\nx", "rules": TRICK + "\nEnfin", "languages": "mg,fr,mg"}
    rooms.change_room(user=amina, slug=group.slug, changes=changes, now=NOON)
    group.refresh_from_db()
    assert (group.title, group.description, group.rules) == (SHOWN, SHOWN + " x", SHOWN + "\nEnfin")
    assert group.languages == "mg,fr"


@pytest.mark.parametrize("title", ["\u200b\u200b\u200b\u200b", "\u202e\u202d\u2066\u2069", "a\u200b\u200b\u200b", "   ", "x" * 61])
def test_a_title_must_be_visible(group: Room, amina: User, as_: LogIn, title: str) -> None:
    with pytest.raises(rooms.BadRoom):
        rooms.change_room(user=amina, slug=group.slug, changes={"title": title}, now=NOON)
    form = SETTINGS | {"title": title, "languages": "fr"}
    assert as_(amina).post(f"/rooms/{group.slug}/settings/", form).status_code == 400
    assert as_(amina).patch(f"/api/v1/rooms/{group.public_id}", {"title": title}, content_type="application/json").status_code == 400
    group.refresh_from_db()
    assert group.title == "Famille"


def test_long_texts_over_rest_are_cut_like_those_of_the_form(group: Room, amina: User, as_: LogIn) -> None:
    changes = {"description": "x" * 5000, "rules": "y" * 5000, "languages": ["fr"] * 9}
    assert as_(amina).patch(f"/api/v1/rooms/{group.public_id}", changes, content_type="application/json").status_code == 200
    group.refresh_from_db()
    assert (len(group.description), len(group.rules), group.languages) == (300, 4000, "fr")


def test_a_proposal_has_no_tricks_in_it(amina: User) -> None:
    made = rooms.propose_room(user=amina, theme=make_theme(), language="fr", title=TRICK, description=TRICK, rules=TRICK, now=NOON)
    kept = RoomProposal.objects.get(pk=made.pk)
    assert (kept.title, kept.description, kept.rules) == (SHOWN, SHOWN, SHOWN)


def test_nor_has_the_reason_of_a_ban(group: Room, amina: User, ben: User) -> None:
    memberships.ban_member(user=amina, slug=group.slug, member_public_id=ben.public_id, reason=TRICK, now=NOON)
    assert Membership.objects.get(room=group, user=ben).ban_reason == SHOWN


# ---- Nothing that was typed is lost --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [{"body": "long " * 4000}, {"reply": "x"}, {"cid": "rien"}, {"cid": "\x00"}, {"reply": "9" * 40}])
def test_a_form_that_cannot_be_read_keeps_the_words(room: Room, amina: User, as_: LogIn, fields: dict[str, str]) -> None:
    sent = {"body": "mes mots", "cid": str(uuid.uuid4())} | fields
    answer = as_(amina).post(f"/rooms/{room.slug}/messages/", sent)
    assert answer.status_code == 400
    assert sent["body"].strip() in answer.content.decode()
    assert MessageMeta.objects.count() == 0


def test_what_was_refused_for_its_id_gets_another(room: Room, group: Room, amina: User, as_: LogIn) -> None:
    fields, browser = {"body": "mes mots", "cid": str(uuid.uuid4())}, as_(amina)
    assert browser.post(f"/rooms/{room.slug}/messages/", fields).status_code == 302
    text = browser.post(f"/rooms/{group.slug}/messages/", fields).content.decode()
    offered = text.split('name="cid" value="', 1)[1].split('"', 1)[0]
    assert offered != fields["cid"]
    assert browser.post(f"/rooms/{group.slug}/messages/", fields | {"cid": offered}).status_code == 302


@pytest.mark.parametrize("body", ["x" * 4001, " \n\u200b"])
def test_an_edit_that_is_refused_keeps_the_words(room: Room, amina: User, as_: LogIn, body: str) -> None:
    seq = say(amina, room, "avant", now=timezone.now()).seq
    answer = as_(amina).post(f"/rooms/{room.slug}/messages/{seq}/edit/", {"body": body})
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "Écrivez quelque chose" in text or "4 000" in text
    assert body.strip("\n \u200b") in text
    assert RoomEvent.objects.filter(room_id=room.pk).count() == 1


# ---- The limit of pins -----------------------------------------------------------------------------------------------------------


def test_a_deleted_pin_makes_room(room: Room, amina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "MAX_PINS", 2)
    Membership.objects.filter(room=room, user=amina).update(role=Role.MODERATOR)
    seqs = [say(amina, room, str(number)).seq for number in range(3)]

    def pin(seq: int) -> None:
        marks.set_pin(user=amina, room_public_id=room.public_id, seq=seq, on=True, now=NOON)

    pin(seqs[0])
    pin(seqs[1])
    with pytest.raises(marks.TooManyPins):
        pin(seqs[2])
    messages.delete_message(user=amina, room_public_id=room.public_id, seq=seqs[0], now=NOON)
    pin(seqs[2])
    assert list_pinned_seqs(room=room, now=NOON) == seqs[1:]


# ---- Who came later reads nothing of before, not even in a quote -------------------------------------------------------------------


def test_a_quote_does_not_show_what_was_said_before_one_came(group: Room, amina: User, carol: User, as_: LogIn) -> None:
    now = timezone.now()
    assert group.history == History.FROM_JOIN
    secret = say(amina, group, "le-secret-d-avant", now=now).seq
    join(carol, group, now=now)
    say(amina, group, "réponse visible", now=now, reply_seq=secret)
    for path in ("/rooms/{}/", "/rooms/{}/search/?q=visible", "/api/v1/rooms/{}/messages", "/api/v1/rooms/{}/search?q=visible"):
        text = as_(carol).get(path.format(group.slug)).content.decode()
        assert "visible" in text, path
        assert "le-secret-d-avant" not in text, path
    assert "le-secret-d-avant" in as_(amina).get(f"/api/v1/rooms/{group.slug}/messages").content.decode()


def test_lines_about_hidden_people_do_not_name_them(group: Room, amina: User, ben: User, carol: User) -> None:
    """The moderator did it, so the line stays; who it was done to is nobody for the one who blocked them."""
    join(carol, group)
    memberships.set_role(user=amina, slug=group.slug, member_public_id=carol.public_id, role=Role.MODERATOR, now=NOON)
    block_person(user=ben, person=carol, now=NOON)
    page = read_page(room=group, membership=last_seat(group, ben), hidden={carol.pk}, now=NOON)
    assert [line.who for line in page.messages if line.act.get("act") == "role"] == [None]


def test_nor_an_image_of_before_or_of_somebody_hidden(group: Room, amina: User, ben: User, carol: User, as_: LogIn) -> None:
    """Also for who knows its address, from a quote or a screenshot."""
    now = timezone.now()
    file = io.BytesIO(picture().getvalue())
    give_standing(amina)
    image = store_image(user=amina, room_public_id=group.public_id, file=file, size=100, now=now).public_id
    say(amina, group, "avant", now=now, attachment_ids=[image])
    join(carol, group, now=now)

    def seen_by(user: User) -> int:
        return as_(user).get(f"/media/{image}/full/").status_code

    assert [seen_by(user) for user in (amina, ben, carol)] == [200, 200, 404]
    block_person(user=amina, person=ben, now=now)
    assert [seen_by(user) for user in (amina, ben)] == [200, 404]


def test_closing_over_rest_is_answered_with_the_closed_room(group: Room, amina: User, as_: LogIn) -> None:
    answer = as_(amina).patch(f"/api/v1/rooms/{group.public_id}", {"state": "CLOSED"}, content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (200, "CLOSED")
    assert as_(amina).get(f"/api/v1/rooms/{group.public_id}").status_code == 410


# ---- Counting -----------------------------------------------------------------------------------------------------------------------


def test_reading_up_to_what_was_purged_counts_it_as_read(room: Room, amina: User, ben: User) -> None:
    """The cursor of somebody who was long away moves over messages that are gone: they are not unread for ever."""
    Membership.objects.filter(room=room, user=ben).update(read_seq=0, read_n=0)
    old = [say(amina, room, "vieux", now=NOON).seq for _ in range(3)]
    later = NOON + timedelta(days=20)
    say(amina, room, "neuf", now=later)
    purge_expired(now=later)
    seat = memberships.mark_read(user=ben, room_public_id=room.public_id, seq=old[-1], now=later)
    assert (seat.membership.read_seq, seat.membership.read_n) == (3, 3)
    room.refresh_from_db()
    assert room.last_n - seat.membership.read_n == 1


def test_a_crowd_never_hides_who_looks_after_the_room(room: Room, amina: User, ben: User, carol: User) -> None:
    join(carol, room)
    Membership.objects.filter(room=room, user=carol).update(role=Role.MODERATOR)
    assert list_members(room=room, hidden=set(), limit=1)[0].person.public_id == carol.public_id


def test_a_question_of_nothing_but_marks_finds_nothing(room: Room, amina: User) -> None:
    say(amina, room, "bonjour")
    found = search_room(room=room, membership=last_seat(room, amina), text="\u0301 \u0300", hidden=set(), now=NOON)
    assert found == []


# ---- Slow mode is the same by every door ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", ["form", "rest", "service"])
def test_slow_mode_at_every_door(amina: User, as_: LogIn, door: str) -> None:
    room = make_room("lente", slow_mode_s=300)
    join(amina, room)
    say(amina, room, "premier", now=timezone.now())
    if door == "service":
        with pytest.raises(messages.SlowMode) as refused:
            say(amina, room, "second", now=timezone.now())
        assert refused.value.retry
        return
    if door == "form":
        answer = as_(amina).post(f"/rooms/{room.slug}/messages/", {"body": "second", "cid": str(uuid.uuid4())})
    else:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        path = f"/api/v1/rooms/{room.public_id}/messages"
        answer = as_(amina).post(path, {"body": "second"}, content_type="application/json", headers=headers)
        assert answer.json()["code"] == "slow_mode"
    assert answer.status_code == 429
    assert MessageMeta.objects.count() == 1


def test_the_clock_of_the_client_counts_for_nothing(room: Room, amina: User, as_: LogIn) -> None:
    """A key made by a clock that is a day off, either way, sends like any other; the message has the server's time."""
    for hours in (-24, 24):
        wrong = int((timezone.now() + timedelta(hours=hours)).timestamp() * 1000)
        cid = str(uuid.UUID(int=(wrong << 80) | (0x7 << 76) | (0b10 << 62) | uuid.uuid4().int & ((1 << 62) - 1)))
        answer = as_(amina).post(
            f"/api/v1/rooms/{room.slug}/messages", {"body": "x"}, content_type="application/json", headers={"Idempotency-Key": cid}
        )
        assert answer.status_code == 201
    at = list(MessageMeta.objects.order_by("seq").values_list("at", flat=True))
    assert at == sorted(at)
    assert abs((timezone.now() - at[-1]).total_seconds()) < 60


def test_a_full_group_sends_back_to_the_door(group: Room, carol: User, as_: LogIn) -> None:
    Room.objects.filter(pk=group.pk).update(members=memberships.MAX_GROUP)
    answer = as_(carol).post(f"/rooms/{group.slug}/join/", {"code": group.invite_code}, follow=True)
    assert answer.status_code == 200
    assert "Ce groupe est complet" in answer.content.decode()
