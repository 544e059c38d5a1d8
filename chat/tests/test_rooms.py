"""The directory, proposals, settings, and what counts as unread."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from billing.tests.purses import entitle
from chat.access import NotAllowed, RoomGone
from chat.enums import EventKind, ProposalState, Role, RoomKind
from chat.models import Membership, Room, RoomEvent, RoomProposal
from chat.queries.payloads import open_payloads
from chat.queries.rooms import count_unread, list_directory, list_my_rooms
from chat.services import memberships, rooms
from chat.services.rooms import AlreadyDecided, BadRoom, TooManyRooms
from chat.tests.factories import NOON, close, join, make_group, make_room, make_theme, reader, say

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]


def titles(**wanted: str) -> list[str]:
    return [line.room.title for line in list_directory(reader=reader(), **wanted).lines]  # type: ignore[arg-type]


def propose(user: User, title: str = "Vélo à Tana") -> RoomProposal:
    return rooms.propose_room(
        user=user, theme=make_theme("sport"), language="fr", title=title, description="Routes et vélos.", rules="Casque.", now=NOON
    )


# ---- Directory --------------------------------------------------------------------------------------------------------------


def test_by_theme_language_and_words() -> None:
    make_room("jardin", languages=["mg"], theme=make_theme("terre"))
    make_room("cuisine", languages=["fr", "mg"])
    make_room("english-corner", languages=["en"], description="Talk and learn")
    assert titles(theme="terre") == ["Jardin"]
    assert sorted(titles(language="mg")) == ["Cuisine", "Jardin"]
    assert titles(text="LEARN corner") == ["English Corner"]
    assert titles(text="learn jardin") == []
    assert titles(theme="nulle-part") == []


def test_busiest_first_and_closed_ones_nowhere(amina: User) -> None:
    quiet, busy, gone = make_room("calme"), make_room("vivant"), make_room("ferme")
    join(amina, busy)
    close(gone)
    assert titles() == [busy.title, quiet.title]


def test_pages_of_the_directory() -> None:
    for number in range(27):
        make_room(f"salon-{number}")
    first, second = list_directory(reader=reader()), list_directory(reader=reader(), page=2)
    assert (len(first.lines), first.more, len(second.lines), second.more) == (24, True, 3, False)
    assert {line.room.pk for line in first.lines} & {line.room.pk for line in second.lines} == set()


@pytest.mark.parametrize("query", ["?page=0", "?page=-3", "?page=x", "?page=99999999999999999999", "?q=%00", "?theme=%27", "?language=xx"])
def test_odd_questions_are_answered(client: Client, query: str) -> None:
    assert client.get("/rooms/" + query).status_code == 200


def page_queries(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connections["default"]) as main, CaptureQueriesContext(connections["keys"]) as keys:
        assert browser.get(path).status_code == 200
    return len(main) + len(keys)


@pytest.mark.parametrize("member", [False, True])
def test_the_directory_costs_the_same_for_one_room_and_for_twenty(amina: User, as_: LogIn, member: bool) -> None:
    browser = as_(amina if member else None)
    join(amina, make_room("premier"))
    browser.get("/rooms/")
    one = page_queries(browser, "/rooms/")
    for number in range(20):
        join(amina, make_room(f"salon-{number}", theme=make_theme(f"theme-{number}")))
    assert page_queries(browser, "/rooms/") == one <= 10


@pytest.mark.parametrize(
    "path", ["new/", "propose/", "{slug}/about/", "{slug}/search/", "{slug}/search/?q=Bonjour", "{slug}/settings/", "{slug}/messages/1/"]
)
def test_ones_rooms_stand_beside_every_page_of_the_rooms_for_one_query(amina: User, as_: LogIn, path: str) -> None:
    group = make_group(amina, "Famille", now=timezone.now())
    seq = say(amina, group, now=timezone.now()).seq
    browser, url = as_(amina), "/rooms/" + path.format(slug=group.slug).replace("/1/", f"/{seq}/")
    browser.get(url)
    one = page_queries(browser, url)
    for number in range(12):
        join(amina, make_room(f"salon-{number}", theme=make_theme(f"theme-{number}")))
    text = browser.get(url).content.decode()
    beside = text[text.index('id="my-rooms"') : text.index('class="pane"')]
    assert sorted(re.findall(r'href="/rooms/([^/]+)/" data-room', beside)) == sorted([group.slug, *(f"salon-{n}" for n in range(12))])
    assert page_queries(browser, url) == one <= 13


def test_a_guest_has_no_list_of_rooms(room: Room, client: Client) -> None:
    assert 'id="my-rooms"' not in client.get(f"/rooms/{room.slug}/about/").content.decode()


def test_the_form_of_settings_keeps_what_it_has_no_word_for(group: Room, amina: User, as_: LogIn) -> None:
    """REST takes any number of seconds and hours; a select without it would send its first one instead."""
    rooms.change_room(user=amina, slug=group.slug, changes={"slow_mode_s": 45, "visible_hours": 100}, now=NOON)
    browser, url = as_(amina), f"/rooms/{group.slug}/settings/"
    form = browser.get(url).content.decode()
    chosen = re.findall(r'<option value="(\w+)" selected>([^<]+)</option>', form)
    assert ("45", "Un message toutes les 45 secondes") in chosen
    assert ("100", "100 heures") in chosen
    values = [int(value) for value in re.findall(r'<option value="(\d+)"', form[form.index('name="slow_mode_s"') :])]
    assert values == [0, 5, 15, 30, 45, 60, 300, 1, 24, 72, 100, 168, 720]
    sent = {"title": "Famille et amis", "languages": "fr", "history": "ALL", "state": "ACTIVE"}
    assert browser.post(url, sent | {"slow_mode_s": "45", "visible_hours": "100"}).status_code == 302
    group.refresh_from_db()
    assert (group.title, group.slow_mode_s, group.visible_hours) == ("Famille et amis", 45, 100)
    assert browser.post(url, sent | {"slow_mode_s": "44", "visible_hours": "100"}).status_code == 400


# ---- Unread -------------------------------------------------------------------------------------------------------------------


def test_unread_counts_messages_after_the_cursor_only(room: Room, amina: User, ben: User) -> None:
    for text in ("un", "deux", "trois"):
        say(amina, room, text)
    memberships.mark_read(user=ben, room_public_id=room.public_id, seq=1, now=NOON)
    assert (count_unread(reader=reader(ben)), count_unread(reader=reader(amina))) == (2, 0)
    memberships.mark_read(user=ben, room_public_id=room.public_id, seq=10**9, now=NOON)
    memberships.mark_read(user=ben, room_public_id=room.public_id, seq=1, now=NOON)
    assert count_unread(reader=reader(ben)) == 0


def test_a_newcomer_has_nothing_unread(room: Room, amina: User, carol: User) -> None:
    say(amina, room)
    join(carol, room)
    assert count_unread(reader=reader(carol)) == 0


def test_my_rooms_come_with_the_last_spoken_first(amina: User) -> None:
    old, new = make_room("ancien"), make_room("nouveau")
    for place in (old, new):
        join(amina, place)
        say(amina, place)
    assert [line.room.slug for line in list_my_rooms(reader=reader(amina))][-1] in {"ancien", "nouveau"}
    Room.objects.filter(pk=old.pk).update(last_at=NOON.replace(hour=9))
    assert [line.room.slug for line in list_my_rooms(reader=reader(amina))] == ["nouveau", "ancien"]


# ---- Opening and proposing ------------------------------------------------------------------------------------------------------


def test_a_group_belongs_to_who_opens_it(amina: User) -> None:
    group = make_group(amina, "  Cousins   de Tana ")
    assert (group.kind, group.title, group.slug) == (RoomKind.GROUP, "Cousins de Tana", group.public_id)
    assert Membership.objects.get(room=group, user=amina).role == Role.OWNER


@pytest.mark.parametrize("title", ["", "ab", "   ", "\u200b\u200b\u200b", "x" * 61])
def test_a_room_needs_a_title(amina: User, title: str) -> None:
    with pytest.raises(BadRoom):
        make_group(amina, title)


def test_a_room_needs_a_known_language(amina: User) -> None:
    for languages in ([], ["xx"]):
        with pytest.raises(BadRoom):
            rooms.open_group(user=amina, title="Famille", description="", languages=languages, now=NOON)


def test_five_rooms_a_day(amina: User) -> None:
    entitle(amina, "GROUPS_OWNED", 200)
    for number in range(5):
        make_group(amina, f"Groupe {number}")
    with pytest.raises(TooManyRooms):
        propose(amina)


def test_a_form_sent_twice_opens_one_room_and_proposes_one(amina: User, ben: User) -> None:
    assert make_group(amina).pk == make_group(amina).pk
    assert make_group(ben).pk != make_group(amina).pk
    assert make_group(amina, now=NOON + timedelta(minutes=2)).pk != make_group(amina).pk
    assert propose(amina).pk == propose(amina).pk


def test_an_accepted_proposal_is_a_room_that_its_proposer_moderates(amina: User) -> None:
    proposal = propose(amina)
    room = rooms.accept_proposal(proposal=proposal, now=NOON)
    assert (room.slug, room.kind, room.language_list) == ("velo-a-tana", RoomKind.OPEN, ["fr"])
    assert Membership.objects.get(room=room, user=amina).role == Role.MODERATOR
    with pytest.raises(AlreadyDecided):
        rooms.refuse_proposal(proposal=proposal, reason="trop tard", now=NOON)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.room_id) == (ProposalState.ACCEPTED, room.pk)


@pytest.mark.parametrize("title", ["new", "propose", "Vélo à Tana"])
def test_a_proposed_title_never_takes_a_page_or_another_room(amina: User, title: str) -> None:
    make_room("velo-a-tana")
    room = rooms.accept_proposal(proposal=propose(amina, title), now=NOON)
    assert room.slug not in {"new", "propose", "velo-a-tana"}


def test_a_refusal_gives_its_reason(amina: User, as_: LogIn) -> None:
    rooms.refuse_proposal(proposal=propose(amina), reason="Le salon « Sport » suffit.", now=NOON)
    assert "Le salon « Sport » suffit." in as_(amina).get("/rooms/propose/").content.decode()


def test_proposing_by_form_with_every_field_wrong_keeps_what_was_typed(amina: User, as_: LogIn) -> None:
    browser = as_(amina)
    answer = browser.post("/rooms/propose/", {"title": "x", "theme": "0", "language": "xx", "description": "Mon idée", "rules": ""})
    assert answer.status_code in (200, 400)
    assert "Mon idée" in answer.content.decode()
    assert RoomProposal.objects.count() == 0


# ---- Settings -----------------------------------------------------------------------------------------------------------------


def test_members_see_what_changed(group: Room, amina: User) -> None:
    rooms.change_room(user=amina, slug=group.slug, changes={"title": "Famille élargie", "rules": "Calme."}, now=NOON)
    row = RoomEvent.objects.get(room_id=group.pk, kind=EventKind.ROOM)
    assert open_payloads([row])[row.seq] == {"fields": {"title": "Famille élargie", "rules": True}}
    group.refresh_from_db()
    assert (group.title, group.rules_version) == ("Famille élargie", 2)


def test_saying_the_same_again_changes_nothing(group: Room, amina: User) -> None:
    rooms.change_room(user=amina, slug=group.slug, changes={"title": group.title}, now=NOON)
    assert RoomEvent.objects.filter(room_id=group.pk, kind=EventKind.ROOM).count() == 0


@pytest.mark.parametrize(
    "change",
    [{"visible_hours": 0}, {"visible_hours": 721}, {"slow_mode_s": -1}, {"slow_mode_s": 3601}, {"history": "NONE"}, {"title": "x"}],
)
def test_settings_out_of_range_change_nothing(group: Room, amina: User, change: dict[str, object]) -> None:
    with pytest.raises(BadRoom):
        rooms.change_room(user=amina, slug=group.slug, changes=change, now=NOON)
    fresh = Room.objects.get(pk=group.pk)
    assert all(getattr(fresh, name) == getattr(group, name) for name in change)


def test_what_is_not_a_setting_cannot_be_set(group: Room, amina: User) -> None:
    rooms.change_room(user=amina, slug=group.slug, changes={"kind": "OPEN", "last_seq": 99, "invite_code": "x"}, now=NOON)
    fresh = Room.objects.get(pk=group.pk)
    assert (fresh.kind, fresh.last_seq, fresh.invite_code) == (group.kind, group.last_seq, group.invite_code)


def test_a_closed_room_is_gone_for_everybody(group: Room, amina: User, ben: User, as_: LogIn) -> None:
    with pytest.raises(NotAllowed):
        rooms.change_room(user=ben, slug=group.slug, changes={"state": "CLOSED"}, now=NOON)
    rooms.change_room(user=amina, slug=group.slug, changes={"state": "CLOSED"}, now=NOON)
    with pytest.raises(RoomGone):
        say(amina, group)
    assert as_(ben).get(f"/rooms/{group.slug}/").status_code == 410
    assert list_my_rooms(reader=reader(ben)) == []
