"""The demo: its files can be trusted, and loading it fills the house once, in the past, by the rules of the log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts.models import User
from accounts.queries import find_user_by_email, list_consents
from chat.enums import LANGUAGES, REACTIONS, EventKind, MemberState, Role
from chat.queries.payloads import open_payloads
from chat.queries.rooms import list_my_rooms
from chat.services.messages import MAX_LENGTH
from chat.tests.factories import reader
from core.text import clean
from superapp.demo.loader import VISIBLE_HOURS, demo_password, load_demo, members_of, read_people, read_rooms, read_themes
from superapp.demo.talk import BadTalk, Line, parse_talk

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PASSWORD = "voyage-ravinala-26"
ROOMS = read_rooms()
KEYS = {person["key"] for person in read_people()}
# The rooms' tables are private to their app; this test looks at them from outside, by name.
Membership, MessageMeta, Room, RoomEvent = (apps.get_model("chat", name) for name in ("Membership", "MessageMeta", "Room", "RoomEvent"))
Case, StaffProfile = (apps.get_model("moderation", name) for name in ("Case", "StaffProfile"))
each_room = pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room["slug"]))


def talk_of(room: Mapping[str, Any], now: datetime = NOW) -> list[Line]:
    return parse_talk(room["talk"], slug=room["slug"], now=now)


# ---- The files ------------------------------------------------------------------------------------------------------------


def test_every_room_stands_on_a_known_shelf_in_known_languages() -> None:
    shelves = {theme["slug"] for theme in read_themes()}
    assert {room["theme"] for room in ROOMS} == shelves
    assert {code for room in ROOMS for code in room["languages"]} == set(LANGUAGES)
    assert [theme["slug"] for theme in read_themes() if len(theme["names"]) != 3] == []


def test_three_languages_lead_rooms() -> None:
    first = [room["languages"][0] for room in ROOMS]
    assert (len(first), first.count("fr"), first.count("mg"), first.count("en")) == (15, 8, 5, 2)


@each_room
def test_heads_fit_their_columns(room: Mapping[str, Any]) -> None:
    limits = {"slug": 60, "title": 60, "description": 300, "rules": 4000}
    assert [name for name, most in limits.items() if not 3 <= len(room[name]) <= most or clean(room[name]) != room[name]] == []
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", room["slug"])


@each_room
def test_talk_is_of_a_good_length_by_known_people(room: Mapping[str, Any]) -> None:
    talk = talk_of(room)
    assert 20 <= len(talk) <= 45
    assert set(members_of(talk)) - KEYS == set()
    assert "carol" not in members_of(talk)
    assert [line.text for line in talk if clean(line.text) != line.text or len(line.text) > MAX_LENGTH] == []


@each_room
@pytest.mark.parametrize("hour", [0, 3, 12, 20, 23])
def test_talk_runs_forward_through_thirty_days(room: Mapping[str, Any], hour: int) -> None:
    now = NOW.replace(hour=hour)
    times = [line.at for line in talk_of(room, now)]
    assert times == sorted(times)
    assert now - timedelta(days=30) < times[0] < now - timedelta(days=20)
    assert times[-1] <= now


@each_room
def test_talk_is_by_day_except_what_is_said_right_now(room: Mapping[str, Any]) -> None:
    home = ZoneInfo("Indian/Antananarivo")
    hours = [line.at.astimezone(home).hour for line in talk_of(room) if line.at < NOW - timedelta(hours=3)]
    assert [hour for hour in hours if not 6 <= hour <= 22] == []


@each_room
def test_deeds_are_possible(room: Mapping[str, Any]) -> None:
    talk = talk_of(room)
    gone = {place for place, line in enumerate(talk) if line.deleted}
    assert [line.text for line in talk if line.reply in gone] == []
    assert [line.text for line in talk if line.deleted and (line.pinned or line.reactions)] == []
    assert {emoji for line in talk for _who, emoji in line.reactions} - set(REACTIONS) == set()
    assert [line.text for line in talk if len(set(line.reactions)) != len(line.reactions)] == []
    assert [line.text for line in talk if line.edited == line.text] == []


@each_room
def test_mentions_name_people_of_the_room(room: Mapping[str, Any]) -> None:
    talk = talk_of(room)
    here = {person["pseudonym"] for person in read_people() if person["key"] in members_of(talk)}
    named = {name.rstrip(".-_") for line in talk for name in re.findall(r"@([\w.\-]+)", line.text + " " + line.edited)}
    assert named - here == set()


def test_the_demo_shows_every_kind_of_deed() -> None:
    lines = [line for room in ROOMS for line in talk_of(room)]
    shown = {
        "replies": sum(line.reply is not None for line in lines) >= 80,
        "reactions": {emoji for line in lines for _who, emoji in line.reactions} == set(REACTIONS),
        "edits": sum(bool(line.edited) for line in lines) >= 10,
        "deletions": sum(line.deleted for line in lines) >= 3,
        "pins": sum(line.pinned for line in lines) >= 12,
        "mentions": sum("@" in line.text for line in lines) >= 10,
    }
    assert [name for name, enough in shown.items() if not enough] == []


def test_nobody_gives_a_telephone_number_an_address_or_a_link() -> None:
    private = re.compile(r"(\+\d{6,}|\b0\d([ .]?\d\d){3,}|\w@\w+\.\w|https?://|www\.|\blot [IVX]+\b)", re.IGNORECASE)
    assert [line.text for room in ROOMS for line in talk_of(room) if private.search(line.text + " " + line.edited)] == []


# ---- The way talks are written ----------------------------------------------------------------------------------------------


def test_a_talk_is_read_line_by_line() -> None:
    text = "@ 2 19:30\namina: Un\n| deux\n* 👍 ben mod\n~ Un, deux\n! pin\n@ 0 -40\nben ^1: Trois\n! delete"
    first, second = parse_talk(text, slug="essai", now=NOW)
    assert (first.who, first.text, first.edited, first.pinned) == ("amina", "Un\ndeux", "Un, deux", True)
    assert (first.reactions, first.reply, first.deleted) == ([("ben", "👍"), ("mod", "👍")], None, False)
    assert timedelta() < first.at - datetime(2026, 11, 21, 16, 30, tzinfo=UTC) < timedelta(minutes=5)
    assert (second.who, second.reply, second.deleted) == ("ben", 0, True)
    assert timedelta() < second.at - (NOW - timedelta(minutes=40)) < timedelta(minutes=5)


@pytest.mark.parametrize("text", ["! pin", "amina: Un\nrien du tout", "amina ^1: Un", "amina: Un\nben ^2: Deux", "amina: Un\nben ^0: Deux"])
def test_a_line_nobody_can_read_is_named(text: str) -> None:
    with pytest.raises(BadTalk):
        parse_talk(text, slug="essai", now=NOW)


# ---- Loading ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return tmp_path


@pytest.fixture
def loaded(folder: Path) -> None:
    for name in ("load_legal", "load_postal", "load_rules"):
        call_command(name, verbosity=0, stdout=StringIO())
    load_demo(password=PASSWORD, now=NOW)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("load_demo", *arguments, stdout=out)
    return out.getvalue()


def census() -> dict[str, int]:
    models = [model for app in ("accounts", "chat", "account") for model in apps.get_app_config(app).get_models()]
    return {model.__name__: model._default_manager.count() for model in models}


@pytest.mark.django_db
def test_the_second_run_changes_nothing_and_tells_the_same(folder: Path) -> None:
    first = run()
    before = census()
    second = run()
    assert census() == before
    assert second.split("Demo accounts")[1] == first.split("Demo accounts")[1]
    assert demo_password() in second
    assert (folder / "demo-password.txt").stat().st_mode & 0o777 == 0o600
    assert (before["User"], before["Room"]) == (len(read_people()), len(ROOMS))
    assert before["MessageMeta"] == sum(len(talk_of(room)) for room in ROOMS)

    assert "password: une-autre-phrase" in run("--password", "une-autre-phrase")
    assert "password: une-autre-phrase" in run()
    amina = find_user_by_email(email="amina@demo.test")
    assert amina is not None
    assert amina.check_password("une-autre-phrase")


@pytest.mark.django_db
@pytest.mark.usefixtures("loaded")
def test_every_room_is_whole() -> None:
    rooms = list(Room.objects.order_by("slug"))
    for room, source in zip(rooms, ROOMS, strict=True):
        rows = list(RoomEvent.objects.filter(room_id=room.pk).order_by("seq"))
        talk = talk_of(source)
        check_log(room, rows)
        check_bodies(rows, talk)
        check_seats(room, talk)


def check_log(room: Any, rows: list[Any]) -> None:
    """No gap in `seq`, no gap in `n`, times that never go back, a MessageMeta for each message."""
    told = [row for row in rows if row.kind == EventKind.MESSAGE]
    assert [row.seq for row in rows] == list(range(1, room.last_seq + 1))
    assert [row.n for row in told] == list(range(1, room.last_n + 1))
    assert (rows[-1].n, told[-1].at) == (room.last_n, room.last_at)
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert {row.expires_at - row.at for row in told} == {timedelta(hours=VISIBLE_HOURS)}
    assert all(row.expires_at > NOW for row in rows)
    meta = MessageMeta.objects.filter(room_id=room.pk).order_by("seq")
    assert [(m.seq, m.author_id, m.at) for m in meta] == [(row.seq, row.actor_id, row.at) for row in told]


def check_bodies(rows: list[Any], talk: list[Line]) -> None:
    """Every payload opens and reads as its file; only what was taken back is gone."""
    told = open_payloads(row for row in rows if row.kind == EventKind.MESSAGE)
    assert [payload and payload["body"] for payload in told.values()] == [None if line.deleted else line.text for line in talk]
    deeds = open_payloads(row for row in rows if row.kind not in (EventKind.MESSAGE, EventKind.DELETE))
    assert [seq for seq, payload in deeds.items() if payload is None] == []


def check_seats(room: Any, talk: list[Line]) -> None:
    """Everybody has a cursor, at the end for all but the two who shall find something unread."""
    seats = Membership.objects.filter(room=room, state=MemberState.JOINED)
    assert room.members == seats.count() == len(members_of(talk))
    assert seats.filter(read_n__lt=1).count() == 0
    behind = set(seats.filter(read_n__lt=F("room__last_n")).values_list("user__email", flat=True))
    assert behind <= {"amina@demo.test", "ben@demo.test"}
    assert list(seats.filter(role=Role.MODERATOR).values_list("user__email", flat=True)) == ["mod@demo.test"]


@pytest.mark.django_db
@pytest.mark.usefixtures("loaded")
def test_only_five_of_the_confirmed_people_have_a_password() -> None:
    opened = []
    for person in read_people():
        user = find_user_by_email(email=person.get("email", f"{person['key']}@people.demo.test"))
        assert user is not None
        assert user.profile.pseudonym == person["pseudonym"]
        assert {consent.purpose for consent in list_consents(user=user)} == {"CHARTER", "TERMS"}
        opened += [person["key"]] if user.has_usable_password() and user.check_password(PASSWORD) else []
    assert opened == ["amina", "ben", "carol", "mod", "sena"]
    unread = {name: sum(line.unread for line in list_my_rooms(reader=reader(user))) for name, user in the_four()}
    assert [name for name, count in unread.items() if count > 0] == ["amina", "ben"]
    assert [len(list_my_rooms(reader=reader(user))) for name, user in the_four() if name in {"carol", "mod"}] == [0, len(ROOMS)]


def the_four() -> Iterator[tuple[str, User]]:
    for name in ("amina", "ben", "carol", "mod"):
        user = find_user_by_email(email=f"{name}@demo.test")
        assert user is not None
        yield name, user


@pytest.mark.django_db
@pytest.mark.usefixtures("loaded")
def test_the_queue_of_the_team_is_alive_and_another_answers_appeals() -> None:
    """Three cases, of which one is late, each with what was there when it was reported; and nobody of the team is in one of them."""
    cases = Case.objects.order_by("due_at").values_list("target_kind", "reason", "evidence__kind", "subject__email")
    assert list(cases) == [
        ("MESSAGE", "HARASSMENT", "SNAPSHOT", "kevin@people.demo.test"),
        ("MESSAGE", "SCAM", "SNAPSHOT", "toky@people.demo.test"),
        ("PROFILE", "IMPERSONATION", "SNAPSHOT", "fatima@people.demo.test"),
    ]
    assert Case.objects.filter(due_at__lt=NOW).count() == 1
    assert sorted(StaffProfile.objects.filter(roles__contains="APPEALS").values_list("user__email", flat=True)) == [
        "mod@demo.test",
        "sena@demo.test",
    ]


def test_the_server_shape_has_no_demo(settings: Any) -> None:
    settings.EMBEDDED = False
    with pytest.raises(CommandError):
        run()
