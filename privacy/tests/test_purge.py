"""Destroying: exactly what is due and not held, in batches, each with its record; partitions leave what is held behind."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import close_old_connections, connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.enums import ConnectionKind, UserStatus
from accounts.models import ConnectionRecord, DeviceMark, User
from accounts.queries.subscribers import list_connection_rows
from accounts.services.closure import begin_closing
from accounts.services.connections import _TABLE
from accounts.services.recorder import record_connection
from accounts.tests.factories import NOON
from core.audit import Verdict as ChainVerdict
from core.models import SetAside
from core.peers import Peer
from moderation.courts.terms import FormalReason, HoldScope
from moderation.enums import StaffRole
from moderation.services.holds import place_hold
from moderation.services.requests import refuse_formal
from moderation.tests.courts import call_back, register
from moderation.tests.factories import make_staff_member
from privacy.enums import Verdict
from privacy.matrix import MATRIX
from privacy.models import DeletionRecord, RetentionRule
from privacy.retention import decide
from privacy.services import purge
from privacy.services.purge import close_accounts, purge_due, turn_days
from privacy.services.recordcheck import verify_records
from privacy.services.shelves import SHELVES
from privacy.tests.conftest import seed_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
DAY = timedelta(days=1)
needs_partitions = pytest.mark.skipif(connection.vendor != "mysql", reason="only MariaDB and MySQL keep days in partitions")
MessageMeta = apps.get_model("chat", "MessageMeta")
RoomEvent = apps.get_model("chat", "RoomEvent")
DeletedBody = apps.get_model("chat", "DeletedBody")
LegalHold = apps.get_model("moderation", "LegalHold")
LegalRelease = apps.get_model("moderation", "LegalRelease")
LegalRequest = apps.get_model("moderation", "LegalRequest")


def trace(author: int, seq: int, *, days: float, room: int = 1) -> Any:
    return MessageMeta(author_id=author, client_id=uuid.uuid4(), room_id=room, seq=seq, at=NOON - timedelta(days=days))


def body(author: int, seq: int, *, hours: float, room: int = 1) -> Any:
    return DeletedBody(room_id=room, seq=seq, author_id=author, payload=b"x", deleted_at=NOON, expires_at=NOON + timedelta(hours=hours))


def hold(by: Any, *ids: int, scope: HoldScope = HoldScope.USER, codes: tuple[str, ...] = (), until: datetime | None = None) -> Any:
    return place_hold(scope=scope, subject_ids=ids, codes=codes, by=by, reason="réquisition", until_at=until, now=NOON - 400 * DAY)


# ---- What goes and what stays -------------------------------------------------------------------------------------------------


class AnyMixture(TestCase):
    """A database of its own for every example."""

    databases = {"default", "keys"}

    @given(
        rows=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(300, 430)), max_size=40), held=st.sets(st.integers(1, 4))
    )
    @settings(max_examples=30, deadline=None)
    def test_exactly_those_rows_go_that_the_decision_destroys(self, rows: list[tuple[int, int, int]], held: set[int]) -> None:
        seed_rules()
        by = make_staff_member("Modo1", StaffRole.LEGAL_DESK)
        made = [trace(author, seq, days=days, room=room) for seq, (author, room, days) in enumerate(rows, start=1)]
        MessageMeta.objects.bulk_create(made)
        spans = {author: hold(by, author) for author in held}
        rule = RetentionRule.objects.get(code="MESSAGE_META").rule
        stay = {
            row.seq
            for row in made
            if decide(rule, {rule.clock: row.at}, NOON, [spans[row.author_id]] if row.author_id in spans else [], None) != Verdict.DESTROY
        }
        done = purge_due(now=NOON)
        assert set(MessageMeta.objects.values_list("seq", flat=True)) == stay
        assert done.get("MESSAGE_META", 0) == len(rows) - len(stay)
        assert purge_due(now=NOON) == {}


def test_a_hold_names_people_rooms_and_kinds(lea: Any) -> None:
    DeletedBody.objects.bulk_create([body(author, author * 10 + room, hours=-1, room=room) for author in (1, 2, 3) for room in (1, 2)])
    MessageMeta.objects.bulk_create([trace(author, author, days=400) for author in (1, 2, 3)])
    hold(lea, 1)
    hold(lea, 2, scope=HoldScope.ROOM)
    hold(lea, 3, codes=("MESSAGE_META",))
    assert purge_due(now=NOON) == {"MESSAGE_DELETED": 2, "MESSAGE_META": 1}
    assert sorted(DeletedBody.objects.values_list("seq", flat=True)) == [11, 12, 22, 32]
    assert sorted(MessageMeta.objects.values_list("author_id", flat=True)) == [1, 3]


def test_held_rows_at_the_front_hold_nobody_else_up(lea: Any) -> None:
    MessageMeta.objects.bulk_create([trace(1, seq, days=400) for seq in range(1, 602)] + [trace(2, 9000, days=400)])
    hold(lea, 1)
    assert purge_due(now=NOON, rounds=1) == {"MESSAGE_META": 1}
    assert MessageMeta.objects.count() == 601


def test_what_has_nothing_due_is_looked_at_once_and_locks_nothing() -> None:
    MessageMeta.objects.bulk_create([trace(1, 1, days=300)])
    with CaptureQueriesContext(connection) as asked:
        assert purge_due(now=NOON) == {}
    assert not [one["sql"] for one in asked if "holdepoch" in one["sql"]]
    shelves = sum(len(SHELVES[entry.rule.code]) for entry in MATRIX)
    assert len(asked) <= shelves + 5  # the rules in two, the beginnings of two chains, what lies aside


def test_when_a_hold_ends_what_is_due_goes(lea: Any) -> None:
    MessageMeta.objects.bulk_create([trace(1, 1, days=400)])
    hold(lea, 1, until=NOON + DAY)
    assert purge_due(now=NOON + DAY - timedelta(seconds=1)) == {}
    assert purge_due(now=NOON + DAY) == {"MESSAGE_META": 1}


def test_every_batch_leaves_its_record_and_no_word_of_anybody() -> None:
    MessageMeta.objects.bulk_create([trace(7, seq, days=400) for seq in range(1, 702)])
    assert purge_due(now=NOON) == {"MESSAGE_META": 701}
    found = DeletionRecord.objects.order_by("pk").values_list("code", "store", "rows", "kept", "reason", "at")
    assert list(found) == [("MESSAGE_META", "chat_messagemeta", rows, 365 * DAY, "DUE", NOON) for rows in (500, 201)]
    assert set(DeletionRecord.objects.values_list("job", "subject_mac", "step", "result")) == {("privacy.purge_due", "", "", "")}
    assert verify_records() == ChainVerdict(2)


def test_a_call_ends_after_its_rounds_and_the_next_goes_on() -> None:
    MessageMeta.objects.bulk_create([trace(7, seq, days=400) for seq in range(1, 702)])
    assert purge_due(now=NOON, rounds=1) == {"MESSAGE_META": 500}
    assert purge_due(now=NOON, rounds=1) == {"MESSAGE_META": 201}


def test_a_slow_batch_makes_the_next_one_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    MessageMeta.objects.bulk_create([trace(7, seq, days=400) for seq in range(1, 702)])
    monkeypatch.setattr(purge, "_SLOW", 0.0)
    purge_due(now=NOON)
    assert list(DeletionRecord.objects.order_by("pk").values_list("rows", flat=True)) == [500, 201]
    MessageMeta.objects.bulk_create([trace(7, seq, days=400) for seq in range(1, 902)])
    purge_due(now=NOON)
    assert list(DeletionRecord.objects.order_by("pk").values_list("rows", flat=True))[2:] == [500, 250, 125, 26]


def test_quick_batches_grow_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    MessageMeta.objects.bulk_create([trace(7, seq, days=400) for seq in range(1, 11_602)])
    monkeypatch.setattr(purge, "_QUICK", 60.0)
    monkeypatch.setattr(purge, "_SLOW", 60.0)
    purge_due(now=NOON)
    assert list(DeletionRecord.objects.order_by("pk").values_list("rows", flat=True)) == [500, 1000, 2000, 2000, 2000, 2000, 2000, 101]


def test_other_kinds_follow_their_rules(amina: User, ben: User, lea: Any) -> None:
    for person in (amina, ben):
        DeviceMark.objects.create(user=person, mac=person.public_id, set_at=NOON - 200 * DAY, expires_at=NOON - DAY)
    hold(lea, ben.pk)
    assert purge_due(now=NOON) == {"DEVICE_MARK": 1}
    assert DeviceMark.objects.get().user == ben


def test_what_has_no_rule_is_kept_and_does_not_pass_the_check() -> None:
    MessageMeta.objects.bulk_create([trace(1, 1, days=4000)])
    assert run_checks(databases=["default"], tags=["database"]) == []
    RetentionRule.objects.filter(code="MESSAGE_META").delete()
    assert purge_due(now=NOON) == {}
    assert MessageMeta.objects.count() == 1
    assert [error.id for error in run_checks(databases=["default"], tags=["database"])] == ["privacy.E001"]


def test_a_house_that_is_not_migrated_yet_may_be() -> None:
    RetentionRule.objects.filter(code="MESSAGE_META").delete()
    MigrationRecorder.Migration.objects.filter(app="privacy").latest("id").delete()
    assert run_checks(databases=["default"], tags=["database"]) == []


def test_an_account_that_is_held_does_not_close(amina: User, ben: User, lea: Any, settings: Any) -> None:
    settings.CLOSURE_GRACE = 0
    for person in (amina, ben):
        begin_closing(user=person, now=NOON)
    hold(lea, ben.pk)
    assert close_accounts(now=NOON) == 1
    assert dict(User.objects.filter(pk__in=[amina.pk, ben.pk]).values_list("username", "status"))["ben"] == UserStatus.CLOSING
    assert User.objects.get(pk=amina.pk).status == UserStatus.CLOSED


def test_a_closed_request_goes_after_five_years_unless_its_hold_lasts(ben: User, lea: Any) -> None:
    request = call_back(register(lea, ben), lea)
    refuse_formal(request=request, reason=FormalReason.UNCLEAR, words="flou", by=lea, now=NOON)
    LegalRequest.objects.update(closed_at=NOON)
    late = NOON + 1826 * DAY
    held = place_hold(scope=HoldScope.USER, subject_ids=[ben.pk], by=lea, reason="x", request=request, now=NOON)
    assert purge_due(now=late).get("LEGAL_REQUEST", 0) == 0
    LegalHold.objects.filter(pk=held.pk).update(until_at=late)
    assert purge_due(now=late - timedelta(seconds=1)).get("LEGAL_REQUEST", 0) == 0
    assert purge_due(now=late)["LEGAL_REQUEST"] == 1
    assert (LegalRequest.objects.count(), LegalRelease.objects.count()) == (0, 0)
    assert LegalHold.objects.get().request is None


# ---- Partitions ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def as_it_was() -> Iterator[None]:
    """Statements of partitions commit themselves, so the layout is put back by hand."""
    yield
    for model in (RoomEvent, ConnectionRecord):
        model.objects.all().delete()
        table = model._meta.db_table
        days = type(_TABLE)(table, 0).list_days() if connection.vendor == "mysql" else []
        if days:
            names = ", ".join(f"p{day:%Y%m%d}" for day in days)
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {table} REORGANIZE PARTITION {names}, pmax INTO (PARTITION pmax VALUES LESS THAN (MAXVALUE))")


@needs_partitions
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("as_it_was")
def test_a_day_goes_and_of_many_rows_those_that_are_held_stay(lea: Any) -> None:
    turn_days(now=NOON)
    RoomEvent.objects.bulk_create(
        [
            RoomEvent(room_id=1, seq=seq, kind=1, n=seq, actor_id=seq % 1000, at=NOON, payload=b"\x01%d" % seq, expires_at=NOON)
            for seq in range(1, 20_001)
        ],
        batch_size=2000,
    )
    hold(lea, 7)
    done = turn_days(now=NOON + DAY)["MESSAGE_BODY"]
    assert done["dropped"] == 1
    assert RoomEvent.objects.count() == 0
    rows = SetAside.objects.all()
    assert {(row.table, row.owner_id, row.place_id) for row in rows} == {("chat_roomevent", 7, 1)}
    assert rows.count() == 20
    assert b"\x017" not in b"".join(bytes(row.blob) for row in rows)
    assert purge_due(now=NOON + DAY) == {}
    LegalHold.objects.update(until_at=NOON + 2 * DAY)
    assert purge_due(now=NOON + 2 * DAY) == {"SET_ASIDE": 20}
    assert SetAside.objects.count() == 0
    assert DeletionRecord.objects.get(reason="HOLD_OVER").rows == 20


@needs_partitions
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("as_it_was")
def test_connections_of_somebody_held_are_found_after_their_day_is_gone(lea: Any, amina: User, ben: User) -> None:
    year = 365 * DAY
    turn_days(now=NOON)
    for person in (amina, ben):
        record_connection(user_id=person.pk, kind=ConnectionKind.SOCKET, peer=Peer("203.0.113.7", 1, "wss"), now=NOON)
    hold(lea, ben.pk)
    late = NOON + year + DAY
    assert turn_days(now=late)["CONNECTION"]["dropped"] == 1
    assert ConnectionRecord.objects.count() == 0
    found = {
        person.pk: len(list_connection_rows(user_id=person.pk, since=NOON - DAY, until=NOON + DAY, held=True, now=late))
        for person in (amina, ben)
    }
    assert found == {amina.pk: 0, ben.pk: 1}


# ---- A hold while it runs -----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(connection.vendor != "mysql", reason="SQLite lets one transaction write at a time anyway")
@pytest.mark.django_db(transaction=True)
def test_a_hold_takes_effect_within_a_second_while_a_purge_runs(lea: Any) -> None:
    """A purge of 20,000 rows runs in a thread; a hold is placed in the midst of it. From its return on not one of those rows goes."""
    MessageMeta.objects.bulk_create([trace(seq % 2 + 1, seq, days=400) for seq in range(1, 20_001)], batch_size=2000)
    begun = threading.Event()

    def run() -> None:
        begun.set()
        while purge_due(now=NOON, rounds=1):
            pass
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait(10)
    while MessageMeta.objects.count() == 20_000:
        time.sleep(0.002)
    before = time.monotonic()
    hold(lea, 1)
    took = time.monotonic() - before
    left = MessageMeta.objects.filter(author_id=1).count()
    thread.join(120)
    close_old_connections()
    assert took < 1.0
    assert 0 < left < 10_000  # it was placed in the midst
    assert MessageMeta.objects.filter(author_id=1).count() == left
    assert MessageMeta.objects.filter(author_id=2).count() == 0
