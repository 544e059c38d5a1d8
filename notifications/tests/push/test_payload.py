"""What a payload holds, however long a title or a page is, and nothing that anybody wrote."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from core.tests.moments import NOON
from notifications.enums import Category, NoticeKind
from notifications.kinds import KINDS
from notifications.models import Notification
from notifications.transports.answers import read_pause
from notifications.transports.payload import build_data, build_payload, build_spare, seconds_of_use, tag_of, urgency_of
from notifications.words.base import Words

pytestmark = pytest.mark.django_db


def notice(user: User, kind: str = NoticeKind.NEW_LOGIN, **fields: Any) -> Notification:
    given: dict[str, Any] = {
        "group_key": "room:abc",
        "dedupe_key": "1",
        "path": "/rooms/cuisine/?around=5#m5",
        "created_at": NOON,
        **fields,
    }
    return Notification.objects.create(user=user, kind=kind, subject_app="chat", subject_kind="ROOM", subject_public_id="a" * 20, **given)


def test_it_is_small_whatever_is_said(amina: User) -> None:
    words = Words("Ŝ" * 500, "漢" * 500, "x")
    raw = build_payload(notice(amina, path="/" + "x" * 199), words=words, unseen=10**6)
    assert len(raw) <= 600
    assert json.loads(raw)["t"] == "Ŝ" * 59 + "…"
    long = build_payload(notice(amina, dedupe_key="3"), words=Words("T", "漢" * 121, "x"), unseen=0)
    assert json.loads(long)["b"] == "漢" * 119 + "…"
    longer = build_payload(notice(amina, dedupe_key="4"), words=Words("T", "🏝" * 121, "x"), unseen=0)
    assert json.loads(longer)["b"] == "🏝" * 59 + "…"
    short = build_payload(notice(amina, dedupe_key="2"), words=Words("T" * 61, "b" * 121, "x"), unseen=0)
    assert (json.loads(short)["t"], json.loads(short)["b"]) == ("T" * 59 + "…", "b" * 119 + "…")


def test_what_does_not_fit_leads_to_the_list(amina: User) -> None:
    raw = build_payload(notice(amina, path="/" + "é" * 199), words=Words("漢" * 60, "漢" * 120, "x"), unseen=1)
    assert raw == build_spare(Notification.objects.get())
    assert json.loads(raw)["p"] == "/account/notifications/"


def test_the_least_is_small_enough_for_everybody(amina: User) -> None:
    assert len(build_spare(notice(amina))) <= 200


def test_google_learns_neither_kind_nor_page_nor_group(amina: User) -> None:
    data = build_data(notice(amina), unseen=3)
    assert all(isinstance(value, str) for value in data.values())
    assert not {"k", "g"} & data.keys()
    assert "cuisine" not in json.dumps(data)
    assert not any(name in {"from", "message_type", "collapse_key"} or name.startswith(("google", "gcm")) for name in data)


def test_tags_stay_and_tell_nothing(amina: User, ben: User, settings: Any) -> None:
    one, same, other = notice(amina), notice(amina, dedupe_key="2"), notice(amina, dedupe_key="3", group_key="room:abd")
    assert tag_of(one) == tag_of(same)
    assert len({tag_of(one), tag_of(other), tag_of(notice(ben))}) == 3
    before = tag_of(one)
    settings.SECRET_KEY = "another"
    assert tag_of(one) != before


@pytest.mark.parametrize("kind", NoticeKind.values)
def test_every_kind_has_an_urgency_that_services_know(amina: User, kind: str) -> None:
    row = notice(amina, kind)
    assert urgency_of(row) in {"low", "normal", "high"}
    assert (urgency_of(row) == "high") == (KINDS[kind].category in {Category.SECURITY, Category.DUTY, Category.ROOMS})


def test_how_long_it_is_of_use(amina: User) -> None:
    row = notice(amina)
    hours = KINDS["NEW_LOGIN"].useful // timedelta(hours=1)
    assert seconds_of_use(row, now=NOON + timedelta(hours=1)) == (hours - 1) * 3600
    assert seconds_of_use(row, now=NOON + timedelta(days=30)) == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0", 1),
        ("99999", 3600),
        ("9" * 40, 3600),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("\u0665", None),
    ],
)
def test_pauses_are_read(text: str, seconds: int | None) -> None:
    found = read_pause(text, now=NOON)
    assert (found.total_seconds() if found else None) == seconds


def test_a_pause_may_be_a_date() -> None:
    date = (NOON + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert read_pause(date, now=NOON) == timedelta(seconds=90)
    assert read_pause(date, now=NOON + timedelta(days=1)) == timedelta(seconds=1)
    assert read_pause(date, now=NOON - timedelta(days=1)) == timedelta(hours=1)
