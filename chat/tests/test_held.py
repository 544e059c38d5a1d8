"""What waits for a person: kept from everybody but its author, decided once, and never smuggled in."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from chat.access import NotMember
from chat.enums import HeldState, HeldWhy
from chat.models import HeldMessage, Membership, MessageMeta, Room, RoomEvent
from chat.queries import held as kept
from chat.queries.messages import read_page
from chat.queries.search import search_room
from chat.queries.wire import read_log
from chat.services import holding
from chat.services.held import MOST_WAITING, WAITS, Held, HeldRefused, HeldReturned, TooManyHeld
from chat.services.replays import ClientIdTaken
from chat.services.screens import Nudge, Screened
from chat.services.sending import SlowMode
from chat.tests.factories import NOON, join, make_room, say
from chat.tests.holding import SECRET, SOON, USUAL, LogIn, Notification, cost, fresh, hold, refuse
from chat.tests.screeners import SHADOW, WHY, Marker
from core.models import OutboxEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("marker", "texts")]


def events(name: str) -> list[dict[str, Any]]:
    return [row.payload for row in OutboxEvent.objects.filter(event=name)]


# ---- Kept -------------------------------------------------------------------------------------------------------------------
def test_it_has_no_place_in_the_log_and_lies_sealed(room: Room, amina: User) -> None:
    held = hold(amina, room)
    assert fresh(room) == (0, 0)
    assert (RoomEvent.objects.count(), MessageMeta.objects.count()) == (0, 0)
    assert (held.state, held.why, held.expires_at) == (HeldState.WAITING, HeldWhy.RULE, NOON + WAITS)
    assert b"mot qui attend" not in bytes(held.payload)
    assert kept.open_kept(held) == {"cid": str(held.client_id), "body": SECRET}
    assert kept.open_kept(HeldMessage(public_id="b" * 20, author_id=amina.pk, payload=held.payload)) is None


def test_above_hears_which_rules_matched_and_no_word(room: Room, amina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr("core.outbox.publish_many", told.extend)
    held = hold(amina, room)
    say(amina, room, "bonjour")
    assert len(told) == 1
    assert (told[0].held_id, told[0].room_id, told[0].author_id, told[0].why) == (held.public_id, room.pk, amina.pk, "RULE")
    assert told[0].hits == ({"rule_id": 7, "version": 2, "start": 0, "end": 6, "shadow": False},)
    assert "attend" not in str(told)


def test_a_rule_on_trial_holds_nothing_and_is_told(room: Room, amina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr("core.outbox.publish_many", told.extend)
    sent = say(amina, room, "vu [shadow]")
    assert [(one.room_id, one.seq, one.hits[0]["rule_id"], one.hits[0]["shadow"]) for one in told] == [
        (room.pk, sent.seq, SHADOW.rule_id, True)
    ]


@pytest.mark.parametrize("who", ["ben", "carol", "mod"])
def test_nobody_else_sees_or_counts_it(room: Room, amina: User, ben: User, carol: User, mod: User, as_: LogIn, who: str) -> None:
    say(amina, room, "avant")
    before = dict(Membership.objects.filter(room=room).values_list("user_id", "read_n"))
    hold(amina, room)
    room.refresh_from_db()
    reader = {"ben": ben, "carol": carol, "mod": mod}[who]
    browser = as_(reader)
    pages = [f"/rooms/{room.slug}/", f"/rooms/{room.slug}/about/", f"/rooms/{room.slug}/search/?q=attend", "/rooms/"]
    pages += [f"/rooms/{room.slug}/kept/", f"/rooms/{room.slug}/journal/"]
    routes = [f"/api/v1/rooms/{room.public_id}/{path}" for path in ("events", "messages", "pins", "search?q=attend", "kept", "journal")]
    for path in [*pages, *routes, "/api/v1/rooms/mine"]:
        assert "le mot qui" not in browser.get(path, follow=True).content.decode(), path
    assert room.last_n == 1
    assert dict(Membership.objects.filter(room=room).values_list("user_id", "read_n")) == before
    assert Notification.objects.count() == 0
    if who == "ben":
        membership = Membership.objects.get(room=room, user=ben)
        assert [m.body for m in read_page(room=room, membership=membership, hidden=set(), now=SOON).messages] == ["avant"]
        assert search_room(room=room, membership=membership, text="attend", hidden=set(), now=SOON) == []
        assert [event.body["k"] for event in read_log(room_public_id=room.public_id, after=0, limit=50, now=SOON)] == ["message"]


def test_its_author_sees_it_wait_on_the_page_and_over_rest(room: Room, amina: User, as_: LogIn) -> None:
    held = hold(amina, room, now=timezone.now())
    page = as_(amina).get(f"/rooms/{room.slug}/").content.decode()
    assert ("le mot qui attend" in page, "en attente d’une relecture" in page) == (True, True)
    (line,) = as_(amina).get(f"/api/v1/rooms/{room.public_id}/kept").json()
    assert (line["id"], line["body"], line["state"], line["cid"]) == (held.public_id, SECRET, "WAITING", str(held.client_id))


def test_who_has_no_seat_keeps_nothing(room: Room, carol: User) -> None:
    with pytest.raises(NotMember):
        say(carol, room, SECRET)
    assert HeldMessage.objects.count() == 0


# ---- The same again ---------------------------------------------------------------------------------------------------------
def test_the_same_again_has_the_same_answer_in_every_state(room: Room, amina: User, mod: User) -> None:
    cid = uuid.uuid4()
    held = hold(amina, room, cid=cid)
    for text in (SECRET, "un texte propre sous le même numéro"):
        with pytest.raises(Held):
            say(amina, room, text, cid=cid, now=SOON)
    assert HeldMessage.objects.count() == 1
    event = holding.release_held(held_id=held.public_id, now=SOON)
    assert [say(amina, room, text, cid=cid, now=SOON).seq for text in (SECRET, "autre")] == [event.seq, event.seq]
    assert say(amina, room, SECRET, cid=cid, now=SOON).replayed
    assert fresh(room) == (1, 1)


def test_what_was_refused_or_given_back_does_not_come_in_under_its_number(room: Room, amina: User) -> None:
    refused, late = uuid.uuid4(), uuid.uuid4()
    held = hold(amina, room, cid=refused)
    hold(amina, room, cid=late)
    refuse(held)
    for text in (SECRET, "propre"):
        with pytest.raises(HeldRefused):
            say(amina, room, text, cid=refused, now=SOON)
        with pytest.raises(HeldReturned):
            say(amina, room, text, cid=late, now=NOON + WAITS)
    assert fresh(room) == (0, 0)


def test_two_equal_ones_in_one_batch_are_kept_once(room: Room, amina: User) -> None:
    from django.db import transaction

    from chat.services.drafts import Draft
    from chat.services.sending import Batch

    cid = uuid.uuid4()
    drafts = [Draft(amina.pk, room.pk, room.public_id, cid, str(cid), text, NOON) for text in (SECRET, "propre")]
    with transaction.atomic():
        batch = Batch(connection, drafts)
        batch.judge(find_first=False)
        assert batch.statements() == []
        batch.write_news()
    assert [type(batch.outcomes[draft]) for draft in drafts] == [Held, Held]
    assert HeldMessage.objects.count() == 1


def test_a_number_used_elsewhere_keeps_nothing(room: Room, amina: User) -> None:
    other = make_room("autre")
    join(amina, other)
    cid = uuid.uuid4()
    first = say(amina, room, "propre", cid=cid)
    assert say(amina, room, SECRET, cid=cid).seq == first.seq  # it was sent before a rule forbade it
    with pytest.raises(ClientIdTaken):
        say(amina, other, SECRET, cid=cid)
    held = hold(amina, room)
    with pytest.raises(ClientIdTaken):
        say(amina, other, SECRET, cid=held.client_id)
    assert HeldMessage.objects.count() == 1


def test_a_number_used_in_another_room_meanwhile_does_not_stop_the_release(room: Room, amina: User) -> None:
    other = make_room("autre")
    join(amina, other)
    held = hold(amina, room)
    say(amina, other, "propre", cid=held.client_id)
    event = holding.release_held(held_id=held.public_id, now=SOON)
    assert MessageMeta.objects.get(room_id=room.pk, seq=event.seq).client_id != held.client_id


def test_ten_wait_at_most_and_waiting_counts_for_the_slow_mode(room: Room, amina: User, ben: User, settings: Any) -> None:
    settings.MESSAGES_IN_10_S = 1000
    for _n in range(MOST_WAITING):
        hold(amina, room)
    with pytest.raises(TooManyHeld):
        say(amina, room, SECRET)
    Room.objects.filter(pk=room.pk).update(slow_mode_s=30)
    hold(ben, room)
    with pytest.raises(SlowMode):
        say(ben, room, "propre", now=NOON + timedelta(seconds=29))
    assert say(ben, room, "propre", now=NOON + timedelta(seconds=30)).seq == 1


# ---- Asked, refused ---------------------------------------------------------------------------------------------------------
def test_a_nudge_asks_once_and_keeps_nothing(room: Room, amina: User, marker: Marker, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr("core.outbox.publish_many", told.extend)
    cid = uuid.uuid4()
    for _again in range(2):
        with pytest.raises(Nudge) as asked:
            say(amina, room, "idiot [nudge]", cid=cid)
        assert str(asked.value.words) == WHY
    assert say(amina, room, "idiot [nudge]", cid=cid, sure=True).seq == 1
    assert (HeldMessage.objects.count(), told) == (0, [])
    assert [context.nudged for context in marker.contexts] == [False, False, True]


def test_saying_yes_opens_neither_what_waits_nor_what_is_refused(room: Room, amina: User) -> None:
    with pytest.raises(Held):
        say(amina, room, "[nudge] [hold]", sure=True)
    with pytest.raises(Screened) as refused:
        say(amina, room, "[nudge] [refuse]", sure=True)
    assert (refused.value.code, str(refused.value.words)) == ("screened", WHY)
    assert fresh(room) == (0, 0)


def test_each_text_is_asked_about_once_with_all_that_is_known(room: Room, amina: User, mod: User, marker: Marker) -> None:
    say(amina, room, "un")
    say(mod, room, "deux")
    assert marker.asked == [("MESSAGE", "un"), ("MESSAGE", "deux")]
    assert [actor.trusted for actor in marker.actors] == [False, True]
    context = marker.contexts[0]
    assert (context.kind, context.room_id, context.age_gate, context.languages) == ("OPEN", room.pk, "GENERAL", ("fr",))
    assert (context.first_messages, context.shield, context.nudged) == (True, False, False)
    for _n in range(4):
        say(amina, room, "encore")
    say(amina, room, "sixième")
    assert marker.contexts[-1].first_messages is False


def test_a_clean_message_costs_no_query_more(room: Room, amina: User) -> None:
    say(amina, room, "réchauffe")
    assert cost(amina, room, now=NOON) == USUAL


# ---- Pages and REST ---------------------------------------------------------------------------------------------------------
def test_rest_says_each_verdict_by_its_code(room: Room, amina: User, as_: LogIn) -> None:
    browser, url = as_(amina), f"/api/v1/rooms/{room.public_id}/messages"

    def post(body: str, **more: Any) -> tuple[int, Any]:
        answer = browser.post(url, {"body": body, **more}, content_type="application/json", headers={"Idempotency-Key": str(uuid.uuid4())})
        return answer.status_code, answer.json().get("code")

    assert post("[hold]") == (202, "held")
    assert post("[nudge]") == (409, "nudge")
    assert post("[nudge]", sure=True) == (201, None)
    assert post("[refuse]", sure=True) == (400, "screened")


def test_the_form_asks_and_loses_nothing(room: Room, amina: User, as_: LogIn) -> None:
    browser, url, cid = as_(amina), f"/rooms/{room.slug}/messages/", str(uuid.uuid4())
    asked = browser.post(url, {"body": "mon texte [nudge]", "cid": cid})
    page = asked.content.decode()
    assert (asked.status_code, WHY in page, "mon texte [nudge]" in page, cid in page) == (400, True, True, True)
    assert 'name="sure" value="1"' in page
    assert browser.post(url, {"body": "mon texte [nudge]", "cid": cid, "sure": "1"}).status_code == 302
    assert fresh(room) == (1, 1)
    kept_back = browser.post(url, {"body": SECRET, "cid": str(uuid.uuid4())}, follow=True)
    assert "le mot qui attend" in kept_back.content.decode()
