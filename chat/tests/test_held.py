"""What waits for a person: kept from everybody but its author, decided once, and never smuggled in."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from chat.access import HeldNotFound, NotAllowed, NotMember, get_held_to_judge, get_moderator_seat, get_own_held
from chat.enums import AttachmentState, EventKind, HeldState, HeldWhy, Role, RoomAct
from chat.models import Attachment, HeldMessage, Membership, MessageMeta, Room, RoomDeed, RoomEvent
from chat.queries import held as kept
from chat.queries.messages import read_page
from chat.queries.search import search_room
from chat.queries.wire import read_log
from chat.services import holding, marks, messages, sights
from chat.services.attachments import store_image
from chat.services.deeds import ReasonMissing
from chat.services.held import KEPT, MOST_WAITING, WAITS, Held, HeldRefused, HeldReturned, TooManyHeld
from chat.services.replays import ClientIdTaken
from chat.services.screens import Nudge, Screened
from chat.services.sending import SlowMode
from chat.tests.factories import NOON, join, make_room, say
from chat.tests.screeners import SHADOW, WHY, Marker
from chat.tests.test_outsider import picture
from core.models import OutboxEvent
from core.tests.moments import at_noon

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("marker", "texts")]
SECRET = "le mot qui attend [hold]"
Notification = apps.get_model("notifications", "Notification")
SOON = NOON + timedelta(minutes=5)
LogIn = Callable[[User | None], Client]


@pytest.fixture
def mod(room: Room) -> User:
    mod = make_user("Rado")
    join(mod, room, role=Role.MODERATOR)
    return mod


def hold(user: User, room: Room, body: str = SECRET, *, cid: uuid.UUID | None = None, now: Any = NOON, **extra: Any) -> HeldMessage:
    """Write something that waits."""
    cid = cid or uuid.uuid4()
    with pytest.raises(Held):
        say(user, room, body, cid=cid, now=now, **extra)
    return HeldMessage.objects.get(author=user, client_id=cid)


def refuse(held: HeldMessage, reason: str = "Pas ici", now: Any = SOON) -> None:
    """As somebody who moderates its room."""
    by = make_user(f"Solo{held.pk}")
    join(by, held.room, role=Role.MODERATOR, now=now)
    holding.refuse_held(held_id=held.public_id, reason=reason, now=now, by=get_moderator_seat(user=by, slug=held.room.slug, now=now))


def fresh(room: Room) -> tuple[int, int]:
    room.refresh_from_db()
    return room.last_seq, room.last_n


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


def cost(user: User, room: Room, *, now: Any) -> int:
    """The statements of a clean message; none of them looks at what was kept."""
    with CaptureQueriesContext(connection) as spent:
        say(user, room, "propre", now=now)
    assert not [query["sql"] for query in spent.captured_queries if HeldMessage._meta.db_table in query["sql"]]
    return len(spent)


# On MariaDB several statements are one packet.
USUAL = 9 if connection.vendor == "sqlite" else 4


def test_a_clean_message_costs_no_query_more(room: Room, amina: User) -> None:
    say(amina, room, "réchauffe")
    assert cost(amina, room, now=NOON) == USUAL


# ---- Let in -----------------------------------------------------------------------------------------------------------------
def test_released_it_stands_where_it_was_let_in_and_says_when_it_was_written(room: Room, amina: User, ben: User) -> None:
    held = hold(amina, room, "salut @Ben [hold]")
    say(ben, room, "entre-temps", now=NOON + timedelta(minutes=1))
    event = holding.release_held(held_id=held.public_id, now=SOON)
    assert (event.seq, event.n, event.at, event.kind) == (2, 2, SOON, EventKind.MESSAGE)
    assert event.expires_at == SOON + timedelta(hours=room.visible_hours)
    (body,) = [one.body for one in read_log(room_public_id=room.public_id, after=1, limit=5, now=SOON)]
    assert (body["body"], body["cid"], body["written"][:19]) == ("salut @Ben [hold]", str(held.client_id), at_noon()[:19])
    assert body["mentions"] == [ben.public_id]
    page = read_page(room=room, membership=Membership.objects.get(room=room, user=ben), hidden=set(), now=SOON)
    assert page.messages[-1].written == NOON
    held.refresh_from_db()
    assert (held.state, held.seq, bytes(held.payload), held.decided_at) == (HeldState.RELEASED, 2, b"", SOON)
    assert kept.list_own(membership=Membership.objects.get(room=room, user=amina), now=SOON) == []


def test_ones_own_released_message_is_not_unread(room: Room, amina: User, ben: User) -> None:
    held = hold(amina, room)
    holding.release_held(held_id=held.public_id, now=SOON)
    room.refresh_from_db()
    unread = {m.user_id: room.last_n - m.read_n for m in Membership.objects.filter(room=room)}
    assert unread == {amina.pk: 0, ben.pk: 1}
    assert Membership.objects.get(room=room, user=amina).sent_n == 1


def test_its_image_is_for_author_and_moderation_until_then(room: Room, amina: User, ben: User, mod: User, as_: LogIn) -> None:
    now = timezone.now()
    image = store_image(user=amina, room_public_id=room.public_id, file=BytesIO(picture().getvalue()), size=100, now=now)
    held = hold(amina, room, now=now, attachment_ids=[image.public_id])
    url = f"/media/{image.public_id}/full/"
    everybody = (amina, mod, ben)
    assert [as_(person).get(url).status_code for person in everybody] == [200, 404, 404], "whoever decides waits for the check too"
    assert sights.pass_image(public_id=image.public_id, now=now)
    assert [as_(person).get(url).status_code for person in everybody] == [200, 200, 404]
    with pytest.raises(messages.BadAttachment):
        say(amina, room, "encore", now=now, attachment_ids=[image.public_id])
    event = holding.release_held(held_id=held.public_id, now=now)
    image.refresh_from_db()
    assert (image.state, image.seq, image.expires_at) == (AttachmentState.SENT, event.seq, event.expires_at)
    assert as_(ben).get(url).status_code == 200


def test_an_answer_to_what_is_gone_is_let_in_without_it(room: Room, amina: User, ben: User) -> None:
    first = say(ben, room, "question")
    held = hold(amina, room, reply_seq=first.seq)
    messages.delete_message(user=ben, room_public_id=room.public_id, seq=first.seq, now=SOON)
    event = holding.release_held(held_id=held.public_id, now=SOON)
    (body,) = [one.body for one in read_log(room_public_id=room.public_id, after=event.seq - 1, limit=5, now=SOON)]
    assert "reply" not in body


@pytest.mark.parametrize("why", ["banned", "muted", "silenced", "closed"])
def test_who_may_write_no_longer_is_not_let_in(room: Room, amina: User, why: str) -> None:
    held = hold(amina, room)
    seat = Membership.objects.filter(room=room, user=amina)
    if why == "banned":
        seat.update(state="BANNED")
    elif why == "muted":
        seat.update(muted_until=SOON + timedelta(hours=1))
    elif why == "silenced":
        User.objects.filter(pk=amina.pk).update(silenced=True)
    else:
        Room.objects.filter(pk=room.pk).update(state="CLOSED")
    with pytest.raises(holding.NotReleasable):
        holding.release_held(held_id=held.public_id, now=SOON)
    held.refresh_from_db()
    assert held.state == HeldState.WAITING


# ---- Refused, given back ----------------------------------------------------------------------------------------------------
def test_refused_its_author_reads_why_and_keeps_the_words(room: Room, amina: User, as_: LogIn) -> None:
    now = timezone.now()
    held = hold(amina, room, now=now)
    refuse(held, "  Pas\nde menaces  ", now)
    (own,) = kept.list_own(membership=Membership.objects.get(room=room, user=amina), now=now)
    assert (own.state, own.reason, own.text) == (HeldState.REFUSED, "Pas de menaces", SECRET)
    notice = Notification.objects.get(user=amina)
    assert (notice.kind, notice.path, notice.args) == ("HELD_REFUSED", f"/rooms/{room.public_id}/kept/", {})
    page = as_(amina).get(notice.path).content.decode()
    assert ("Pas de menaces" in page, "le mot qui attend" in page) == (True, True)


def test_a_refusal_without_a_reason_is_none(room: Room, amina: User) -> None:
    held = hold(amina, room)
    with pytest.raises(ReasonMissing):
        refuse(held, " \n")
    assert Notification.objects.count() == 0


def test_after_three_days_it_is_given_back_and_after_seven_more_nobody_is_shown_it(room: Room, amina: User) -> None:
    image = store_image(user=amina, room_public_id=room.public_id, file=BytesIO(picture().getvalue()), size=100, now=NOON)
    held = hold(amina, room, attachment_ids=[image.public_id])
    end = NOON + WAITS
    membership = Membership.objects.get(room=room, user=amina)
    assert holding.return_overdue(now=end - timedelta(seconds=1)) == 0
    assert kept.list_waiting(room=room, me=0, now=end) == []  # nobody is shown it any more, job or no job
    with pytest.raises(holding.AlreadyDecided):
        holding.release_held(held_id=held.public_id, now=end)
    assert (holding.return_overdue(now=end), holding.return_overdue(now=end)) == (1, 0)
    assert [notice.kind for notice in Notification.objects.filter(user=amina)] == ["HELD_RETURNED"]
    assert Attachment.objects.get(pk=image.pk).state == AttachmentState.READY
    assert [own.state for own in kept.list_own(membership=membership, now=end)] == [HeldState.RETURNED]
    held.refresh_from_db()
    assert held.expires_at == end + KEPT
    assert kept.list_own(membership=membership, now=end + KEPT) == []


def test_the_team_refuses_and_takes_it_back(room: Room, amina: User) -> None:
    image = store_image(user=amina, room_public_id=room.public_id, file=BytesIO(picture().getvalue()), size=100, now=NOON)
    held = hold(amina, room, attachment_ids=[image.public_id])
    holding.refuse_held_by_house(held_id=held.public_id, now=SOON)
    assert Notification.objects.count() == 0  # the statement of the decision says it
    with pytest.raises(HeldRefused):
        say(amina, room, SECRET, cid=held.client_id, now=SOON)
    assert (holding.readmit_held(held_id=held.public_id, now=SOON), holding.readmit_held(held_id=held.public_id, now=SOON)) == (True, False)
    assert fresh(room) == (1, 1)
    image.refresh_from_db()
    assert (image.state, image.seq) == (AttachmentState.SENT, 1)
    assert [(deed.act, deed.role) for deed in RoomDeed.objects.order_by("pk")] == [(RoomAct.REFUSE, ""), (RoomAct.RELEASE, "")]


def test_who_was_banned_meanwhile_is_not_let_in_by_an_appeal(room: Room, amina: User) -> None:
    held = hold(amina, room)
    holding.refuse_held_by_house(held_id=held.public_id, now=SOON)
    Membership.objects.filter(room=room, user=amina).update(state="BANNED")
    assert holding.readmit_held(held_id=held.public_id, now=SOON) is False
    assert holding.readmit_held(held_id="z" * 20, now=SOON) is False
    assert fresh(room) == (0, 0)


def test_its_author_takes_it_back(room: Room, amina: User, ben: User) -> None:
    held = hold(amina, room)
    with pytest.raises(HeldNotFound):
        get_own_held(user=ben, slug=room.slug, held_id=held.public_id)
    holding.withdraw_held(held=get_own_held(user=amina, slug=room.slug, held_id=held.public_id), now=SOON)
    with pytest.raises(holding.AlreadyDecided):
        holding.release_held(held_id=held.public_id, now=SOON)
    assert fresh(room) == (0, 0)


# ---- Who decides ------------------------------------------------------------------------------------------------------------
def test_the_moderation_of_its_room_decides_and_nobody_about_their_own(room: Room, amina: User, ben: User, mod: User, carol: User) -> None:
    held, own = hold(amina, room), hold(mod, room)
    for person in (ben, amina):
        with pytest.raises(NotAllowed):
            get_held_to_judge(user=person, slug=room.slug, held_id=held.public_id, now=SOON)
    with pytest.raises(HeldNotFound):
        get_held_to_judge(user=mod, slug=room.slug, held_id=own.public_id, now=SOON)
    elsewhere = make_room("autre")
    join(mod, elsewhere, role=Role.MODERATOR)
    with pytest.raises(HeldNotFound):
        get_held_to_judge(user=mod, slug=elsewhere.slug, held_id=held.public_id, now=SOON)
    assert [one.public_id for one in kept.list_waiting(room=room, me=mod.pk, now=SOON)] == [held.public_id]


def test_of_two_who_decide_one_is_late(room: Room, amina: User, mod: User) -> None:
    held = hold(amina, room)
    seat = get_moderator_seat(user=mod, slug=room.slug, now=SOON)
    holding.refuse_held(held_id=held.public_id, reason="Non", by=seat, now=SOON)
    with pytest.raises(holding.AlreadyDecided):
        holding.release_held(held_id=held.public_id, now=SOON)
    with pytest.raises(holding.AlreadyDecided):
        refuse(held, "Encore")
    assert fresh(room) == (0, 0)
    assert [(deed.act, deed.role, deed.reason) for deed in RoomDeed.objects.all()] == [(RoomAct.REFUSE, Role.MODERATOR, "Non")]


def test_who_moderates_is_told_in_the_room_how_many_wait(room: Room, amina: User, ben: User, mod: User, as_: LogIn) -> None:
    path, words = f"/rooms/{room.slug}/", "attend votre relecture."
    assert words not in as_(mod).get(path).content.decode()
    hold(amina, room, now=timezone.now())
    assert words in as_(mod).get(path).content.decode()
    assert words not in as_(ben).get(path).content.decode()


def test_once_nothing_of_theirs_is_kept_any_more_a_message_costs_what_it_costs_all(room: Room, amina: User) -> None:
    hold(amina, room)
    say(amina, room, "réchauffe", now=NOON + WAITS + KEPT)
    assert cost(amina, room, now=NOON + WAITS + KEPT) == USUAL


def test_the_page_lets_in_and_refuses(room: Room, amina: User, mod: User, as_: LogIn) -> None:
    one, two = (hold(amina, room, now=timezone.now()) for _n in range(2))
    browser, path = as_(mod), f"/rooms/{room.slug}/held/"
    assert browser.get(path).content.decode().count("le mot qui attend") == 2
    assert browser.post(f"{path}{one.public_id}/release/")["Location"] == path
    assert browser.post(f"{path}{two.public_id}/refuse/", {"reason": "Hors sujet"})["Location"] == path
    assert [HeldMessage.objects.get(pk=held.pk).state for held in (one, two)] == [HeldState.RELEASED, HeldState.REFUSED]
    assert "le mot qui attend" not in browser.get(path).content.decode()
    assert as_(amina).post(f"{path}{two.public_id}/release/").status_code == 403


# ---- Corrections ------------------------------------------------------------------------------------------------------------
def test_a_correction_that_waits_leaves_the_message_as_it_is(room: Room, amina: User) -> None:
    first = say(amina, room, "propre")
    with pytest.raises(Held):
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=first.seq, body=SECRET, now=SOON)
    assert fresh(room) == (1, 1)
    held = HeldMessage.objects.get()
    assert (held.target_seq, kept.open_kept(held)) == (1, {"body": SECRET})
    event = holding.release_held(held_id=held.public_id, now=SOON)
    assert (event.kind, event.target_seq) == (EventKind.EDIT, 1)
    page = read_page(room=room, membership=Membership.objects.get(room=room, user=amina), hidden=set(), now=SOON)
    assert [(one.body, one.edited) for one in page.messages] == [(SECRET, True)]


def test_the_last_words_count(room: Room, amina: User) -> None:
    """What waits to replace a message is dropped by a newer correction, and by taking the message back."""
    seqs = [say(amina, room, text).seq for text in ("un", "deux", "trois")]

    def edit(seq: int, body: str) -> None:
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body=body, now=SOON)

    for seq in seqs:
        with pytest.raises(Held):
            edit(seq, SECRET)
    edit(seqs[0], "propre")
    messages.delete_message(user=amina, room_public_id=room.public_id, seq=seqs[1], now=SOON)
    with pytest.raises(Held):
        edit(seqs[2], "autre [hold]")
    assert [(held.target_seq, kept.open_kept(held)) for held in HeldMessage.objects.all()] == [(seqs[2], {"body": "autre [hold]"})]


def test_a_correction_is_asked_about_and_refused_like_a_message(room: Room, amina: User, marker: Marker) -> None:
    seq = say(amina, room, "propre").seq
    with pytest.raises(Nudge):
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body="[nudge]", now=SOON)
    with pytest.raises(Screened):
        messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body="[refuse]", now=SOON, sure=True)
    messages.edit_message(user=amina, room_public_id=room.public_id, seq=seq, body="[nudge]", now=SOON, sure=True)
    assert [kind for kind, _text in marker.asked] == ["MESSAGE", "EDIT", "EDIT", "EDIT"]


def test_what_waits_cannot_be_pinned_quoted_or_marked(room: Room, amina: User, ben: User, mod: User) -> None:
    hold(amina, room)
    for deed in (
        lambda: say(ben, room, "réponse", reply_seq=1),
        lambda: marks.set_pin(user=mod, room_public_id=room.public_id, seq=1, on=True, now=SOON),
        lambda: marks.set_reaction(user=ben, room_public_id=room.public_id, seq=1, emoji="👍", on=True, now=SOON),
    ):
        with pytest.raises(messages.MessageNotFound):
            deed()


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
