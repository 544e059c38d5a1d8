"""Fills an empty house: themes, people, rooms and thirty days of talk, through the services that people use."""

from __future__ import annotations

import contextlib
import secrets
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.enums import AgeMethod
from accounts.models import User
from accounts.queries import find_user_by_email
from accounts.services.factors import ensure_totp
from accounts.services.people import create_confirmed_person, ensure_password
from accounts.services.pseudonyms import PseudonymTaken
from chat.queries.rooms import find_theme_room
from chat.services import marks, memberships, messages, rooms
from moderation.enums import Reason, ReportSource, StaffRole, TargetKind
from moderation.services.reports import file_report
from superapp.demo.talk import Line, parse_talk
from superapp.staff import make_money_staff, make_staff

FOLDER = Path(__file__).parent
VISIBLE_HOURS = 720
UNREAD = 3  # what Amina and Ben find unread
_WORDS = ("ravinala", "vanille", "baobab", "lagon", "salegy", "girofle", "pirogue", "jacaranda", "valiha", "mofo")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a run made; zeros when everything was there."""

    people: int
    rooms: int
    messages: int


def demo_password(wanted: str = "") -> str:
    """The one password of the demo's accounts, kept beside the data: the `wanted` one, else the kept one, else a new readable one."""
    path = Path(settings.DATA_DIR) / "demo-password.txt"
    kept = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    password = wanted or kept or f"{secrets.choice(_WORDS)}-{secrets.choice(_WORDS)}-{secrets.randbelow(900) + 100}"
    if password != kept:
        path.touch(mode=0o600)
        path.write_text(password + "\n", encoding="utf-8")
    return password


def load_demo(*, password: str, now: datetime) -> Loaded:
    """Make what is missing; a room that exists is left as it is. Accounts that can log in have `password` afterwards."""
    with transaction.atomic(), transaction.atomic(using="keys"):
        people, new_people = _load_people(password, now)
        themes = {theme["slug"]: rooms.ensure_theme(slug=theme["slug"], names=theme["names"]) for theme in read_themes()}
        missing = [room for room in read_rooms() if find_theme_room(slug=room["slug"]) is None]
        said = sum(_load_room(room, themes[room["theme"]], people, now) for room in missing)
        if new_people:
            _load_profile_reports(people, now)
    return Loaded(people=new_people, rooms=len(missing), messages=said)


def list_staff_secrets() -> dict[str, str]:
    """Address and TOTP secret of the demo's staff: without a code of their application nobody opens the admin."""
    people = [find_user_by_email(email=person["email"]) for person in read_people() if person.get("staff")]
    return {user.email: ensure_totp(user=user) for user in people if user is not None}


def read_people() -> list[Mapping[str, Any]]:
    """The tables of `people.toml`; those with an `email` can log in."""
    return list(_read(FOLDER / "people.toml")["people"])


def read_themes() -> list[Mapping[str, Any]]:
    """The tables of `themes.toml`."""
    return list(_read(FOLDER / "themes.toml")["themes"])


def read_rooms() -> list[Mapping[str, Any]]:
    """One table for each file of `rooms/`, by name."""
    return [_read(path) for path in sorted((FOLDER / "rooms").glob("*.toml"))]


def read_reports() -> list[Mapping[str, Any]]:
    """The tables of `reports.toml`: about a line of a `room`, or about a `profile`."""
    return list(_read(FOLDER / "reports.toml")["reports"])


def _read(path: Path) -> Mapping[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _load_people(password: str, now: datetime) -> tuple[dict[str, User], int]:
    people: dict[str, User] = {}
    new = 0
    for person in read_people():
        email = person.get("email", f"{person['key']}@people.demo.test")
        user = find_user_by_email(email=email)
        if user is None:
            new += 1
            user = _make_person(person, email, password, now)
        elif "email" in person:
            ensure_password(user=user, password=password)
        if person.get("staff"):
            make_staff(user=user, roles=map(StaffRole, person["staff"]), now=now)
            if person.get("money"):
                make_money_staff(user=user)
            ensure_totp(user=user)
        people[person["key"]] = user
    return people, new


def _make_person(person: Mapping[str, Any], email: str, password: str, now: datetime) -> User:
    """Somebody may wear the name already in a house that was in use before: then with a number behind it."""
    names = [person["pseudonym"], *(f"{person['pseudonym']}{number}" for number in range(2, 10))]
    for name in names:
        with contextlib.suppress(PseudonymTaken):
            return _register(person, name, email, password, now)
    raise PseudonymTaken(names[0])


def _register(person: Mapping[str, Any], pseudonym: str, email: str, password: str, now: datetime) -> User:
    return create_confirmed_person(
        pseudonym=pseudonym,
        email=email,
        password=password if "email" in person else None,
        country=person["country"],
        postal_code=person.get("postal_code", ""),
        birth_year=person["birth_year"],
        language=person["language"],
        bio=person.get("bio", ""),
        age_method=AgeMethod.DEMO_WALLET,
        now=now,
    )


def _load_room(room: Mapping[str, Any], theme: Any, people: Mapping[str, User], now: datetime) -> int:
    talk = parse_talk(room["talk"], slug=room["slug"], now=now)
    opened = rooms.create_theme_room(
        slug=room["slug"],
        theme=theme,
        title=room["title"],
        description=room["description"],
        rules=room["rules"],
        languages=room["languages"],
        visible_hours=VISIBLE_HOURS,
        now=now - timedelta(days=35),
    )
    names = members_of(talk)
    for name in names:
        memberships.join_room(user=people[name], slug=opened.slug, now=now - timedelta(days=34))
    memberships.appoint_moderator(room=opened, user=people["mod"])
    seqs: list[int] = []
    for line in talk:
        seqs.append(_say(opened.public_id, line, seqs, people))
    for name in names:
        seen = seqs[-UNREAD - 1] if name in {"amina", "ben"} else seqs[-1]
        memberships.mark_read(user=people[name], room_public_id=opened.public_id, seq=seen, now=now)
    for told in read_reports():
        if told.get("room") == room["slug"]:
            place = next(seq for line, seq in zip(talk, seqs, strict=True) if line.text.startswith(told["text"]))
            _report(told, TargetKind.MESSAGE, f"{opened.public_id}:{place}", people, now)
    return len(seqs)


def _load_profile_reports(people: Mapping[str, User], now: datetime) -> None:
    for told in read_reports():
        if "profile" in told:
            _report(told, TargetKind.PROFILE, people[told["profile"]].public_id, people, now)


def _report(told: Mapping[str, Any], kind: TargetKind, ref: str, people: Mapping[str, User], now: datetime) -> None:
    """What somebody told the team some hours ago, by the service that the page uses."""
    file_report(
        source=ReportSource.MEMBER,
        reporter=people[told["reporter"]],
        target_kind=kind,
        target_ref=ref,
        reason=Reason(told["reason"]),
        explanation=told["explanation"],
        now=now - timedelta(hours=told["hours"]),
    )


def members_of(talk: Sequence[Line]) -> list[str]:
    """The keys of all who speak or react in a talk, and of the moderator."""
    names = {line.who for line in talk} | {person for line in talk for person, _emoji in line.reactions}
    return sorted(names | {"mod"})


def _say(room: str, line: Line, seqs: Sequence[int], people: Mapping[str, User]) -> int:
    messages.forget_pace()  # the limits of pace are for people
    author = people[line.who]
    sent = messages.send_message(
        user=author,
        room_public_id=room,
        client_id=uuid.uuid4(),
        body=line.text,
        reply_seq=None if line.reply is None else seqs[line.reply],
        now=line.at,
    )
    if line.edited:
        messages.edit_message(user=author, room_public_id=room, seq=sent.seq, body=line.edited, now=line.at)
    for person, emoji in line.reactions:
        marks.forget_pace(user=people[person])
        marks.set_reaction(user=people[person], room_public_id=room, seq=sent.seq, emoji=emoji, on=True, now=line.at)
    if line.deleted:
        messages.delete_message(user=author, room_public_id=room, seq=sent.seq, now=line.at)
    if line.pinned:
        marks.set_pin(user=people["mod"], room_public_id=room, seq=sent.seq, on=True, now=line.at)
    return sent.seq
