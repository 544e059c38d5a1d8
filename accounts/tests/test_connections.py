"""From where accounts are used: written off the path, sealed, kept for its time, opened by two for justice alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from django.contrib import admin
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import ConnectionKind, SuspensionKind
from accounts.models import ConnectionRecord, User
from accounts.services import recorder
from accounts.services.approvals import Approval, NotApproved
from accounts.services.connections import _TABLE, ConnectionFact, open_for_legal_request, turn_connections
from accounts.services.recorder import end_connection, record_connection, write_down
from accounts.services.suspension import suspend
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import NOON, make_user
from accounts.tests.purging import purge_connections
from core import audit, sealing
from core.models import AuditEntry
from core.peers import Peer
from core.sealing import SealingError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts")]
PEER = Peer("203.0.113.7", 40123, "wss/1.1")
YEAR = timedelta(days=365)


@pytest.fixture
def mods() -> list[User]:
    return [make_user(f"Modo{number}", reserved_name=True, is_staff=True) for number in (1, 2)]


def note(user: User, *, now: datetime = NOON, kind: ConnectionKind = ConnectionKind.SOCKET) -> recorder.Connection:
    return record_connection(user_id=user.pk, kind=kind, peer=PEER, now=now)


def agree(*staff: User, at: datetime = NOON, reason: str = "réquisition lue") -> list[Approval]:
    return [Approval(by=one, reason=reason, given_at=at) for one in staff]


def opened(user: User, approvals: list[Approval], *, now: datetime = NOON, ref: str = "REQ-1") -> list[ConnectionFact]:
    return open_for_legal_request(user_id=user.pk, since=NOON - YEAR, until=NOON + YEAR, request_ref=ref, approvals=approvals, now=now)


# ---- Written ------------------------------------------------------------------------------------------------------------------


def test_a_log_in_is_noted_once_with_where_it_came_from() -> None:
    dina = make_user("Dina", password=PASSWORD)
    Client().post("/login/", {"login": "dina@example.org", "password": PASSWORD}, REMOTE_ADDR="198.51.100.4", REMOTE_PORT="50123")
    Client().post("/login/", {"login": "dina@example.org", "password": "rano-mafana-99"}, REMOTE_ADDR="198.51.100.4")
    row = ConnectionRecord.objects.get()
    assert (row.user_id, row.kind, row.last_seen_at) == (dina.pk, "LOGIN", row.started_at)


def test_a_forged_header_changes_nothing_in_the_record(mods: list[User]) -> None:
    dina = make_user("Dina", password=PASSWORD)
    forged = {"X-Forwarded-For": "1.2.3.4", "X-Client-Port": "1"}
    Client().post(
        "/login/", {"login": "dina@example.org", "password": PASSWORD}, headers=forged, REMOTE_ADDR="198.51.100.4", REMOTE_PORT="50123"
    )
    now = timezone.now()
    (fact,) = open_for_legal_request(
        user_id=dina.pk, since=now - YEAR, until=now + YEAR, request_ref="REQ-1", approvals=agree(*mods, at=now), now=now
    )
    assert fact.peer == Peer("198.51.100.4", 50123, "http")


def test_neither_address_nor_port_lies_open_in_the_table(amina: User) -> None:
    note(amina)
    stored = str(list(ConnectionRecord.objects.values_list()))
    assert "203.0.113" not in stored
    assert "40123" not in stored
    raw = bytes(ConnectionRecord.objects.get().peer)
    assert b"203.0.113" not in raw
    assert raw[:1] == b"\x01"


def test_nobody_can_look_at_the_records_in_the_admin() -> None:
    assert ConnectionRecord not in admin.site._registry


@pytest.fixture
def gathering(monkeypatch: pytest.MonkeyPatch) -> recorder.Recorder:
    """A recorder that writes when the test says so."""
    waiting = recorder.Recorder()
    monkeypatch.setattr(recorder, "_recorder", waiting)
    monkeypatch.setattr(recorder, "_book", recorder._Book())
    return waiting


def test_where_a_recorder_runs_opening_and_closing_touch_no_database(
    amina: User, ben: User, gathering: recorder.Recorder, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        made = [note(user) for user in (amina, ben, amina)]
        end_connection(made[0])
    assert ConnectionRecord.objects.count() == 0
    assert write_down(now=NOON + timedelta(minutes=5)) == 3
    assert write_down(now=NOON + timedelta(minutes=6)) == 0
    seen = dict(ConnectionRecord.objects.values_list("ref", "last_seen_at"))
    assert [seen[one.ref] - NOON for one in made] == [timedelta(minutes=5), timedelta(0), timedelta(0)]


def test_many_sockets_are_one_insert_and_one_update(amina: User, gathering: recorder.Recorder) -> None:
    note(amina)
    write_down(now=NOON)  # the key is there now
    for number in (1, 100):
        for one in [note(amina, now=NOON + timedelta(seconds=n)) for n in range(number)]:
            end_connection(one)
        with CaptureQueriesContext(connection) as queries:
            write_down(now=NOON + timedelta(hours=1))
        verbs = [query["sql"].split()[0] for query in queries.captured_queries]
        assert [verb for verb in verbs if verb in {"SELECT", "INSERT", "UPDATE"}] == [
            "SELECT",
            "INSERT",
            "UPDATE",
        ]  # whose law holds, rows, ends
    assert ConnectionRecord.objects.count() == 102


def test_a_socket_that_stays_open_is_seen_again_without_a_word_of_its_own(amina: User, gathering: recorder.Recorder) -> None:
    still, gone = note(amina), note(amina)
    write_down(now=NOON)
    end_connection(gone)
    write_down(now=NOON + timedelta(seconds=1))
    gathering._rounds = 599
    gathering.round()
    seen = dict(ConnectionRecord.objects.values_list("ref", "last_seen_at"))
    assert seen[gone.ref] == NOON + timedelta(seconds=1)
    assert seen[still.ref] > NOON + timedelta(seconds=1)
    end_connection(still)


def test_what_could_not_be_written_is_written_later(amina: User, gathering: recorder.Recorder, settings: LazySettings) -> None:
    note(amina, now=NOON - timedelta(seconds=1))
    write_down(now=NOON)  # a key is made, under the right KEK
    made = [note(amina, now=NOON + timedelta(seconds=n)) for n in range(3)]
    kek = settings.RESAKA_KEK
    settings.RESAKA_KEK = "0" * 64  # the key store does not open
    sealing.forget_keys()
    gathering.round()
    settings.RESAKA_KEK = kek
    assert ConnectionRecord.objects.count() == 1
    gathering.round()
    assert list(ConnectionRecord.objects.order_by("started_at").values_list("ref", flat=True))[1:] == [one.ref for one in made]


# ---- Kept ---------------------------------------------------------------------------------------------------------------------


def test_records_stay_a_year_and_thirty_days_where_the_law_asks_for_nothing(amina: User, ben: User) -> None:
    User.objects.filter(pk=ben.pk).update(jurisdiction="MG")
    note(amina)
    note(ben)
    kept = dict(ConnectionRecord.objects.values_list("user_id", "expires_at"))
    assert kept == {amina.pk: NOON + YEAR, ben.pk: NOON + timedelta(days=30)}
    assert purge_connections(now=NOON + timedelta(days=30, seconds=-1)) == 0
    assert purge_connections(now=NOON + timedelta(days=30)) == 1
    assert list(ConnectionRecord.objects.values_list("user_id", flat=True)) == [amina.pk]


def test_records_outlive_the_account_and_no_key_ties_them(amina: User) -> None:
    note(amina)
    User.objects.filter(pk=amina.pk).delete()
    assert ConnectionRecord.objects.count() == 1
    assert [field for field in ConnectionRecord._meta.get_fields() if field.is_relation] == []


@pytest.mark.skipif(connection.vendor == "mysql", reason="there whole days go")
def test_where_there_are_no_partitions_rows_go_in_batches(amina: User) -> None:
    for number in range(7):
        note(amina, now=NOON + timedelta(hours=number))
    assert turn_connections(now=NOON) == {"made": 0, "dropped": 0}
    assert purge_connections(now=NOON + YEAR + timedelta(hours=3)) == 4
    assert ConnectionRecord.objects.count() == 3


@pytest.mark.skipif(connection.vendor != "mysql", reason="only MariaDB and MySQL keep days in partitions")
@pytest.mark.django_db(transaction=True)
def test_a_days_partition_goes_whole_when_it_ended_a_year_ago() -> None:
    amina = make_user("Amina")
    try:
        assert turn_connections(now=NOON) == {"made": 4, "dropped": 0}
        for number in range(3):
            note(amina, now=NOON + timedelta(days=number))
        assert turn_connections(now=NOON + YEAR)["dropped"] == 0
        assert ConnectionRecord.objects.count() == 3
        assert turn_connections(now=NOON + YEAR + timedelta(days=1))["dropped"] == 1
        assert ConnectionRecord.objects.count() == 2
    finally:
        ConnectionRecord.objects.all().delete()
        names = ", ".join(f"p{day:%Y%m%d}" for day in _TABLE.list_days())
        with connection.cursor() as cursor:
            table = ConnectionRecord._meta.db_table
            cursor.execute(f"ALTER TABLE {table} REORGANIZE PARTITION {names}, pmax INTO (PARTITION pmax VALUES LESS THAN (MAXVALUE))")


# ---- Opened -------------------------------------------------------------------------------------------------------------------


def test_two_members_of_staff_open_them_and_it_is_noted_first(amina: User, ben: User, mods: list[User]) -> None:
    note(amina)
    note(ben)
    (fact,) = opened(amina, agree(*mods))
    assert (fact.kind, fact.started_at, fact.peer) == ("SOCKET", NOON, PEER)
    rows = list(AuditEntry.objects.order_by("seq").values_list("action", "object_ref", "handle", "reason"))
    said = ("connections.open", amina.public_id)
    assert rows == [(*said, "modo1", "REQ-1: réquisition lue"), (*said, "modo2", "REQ-1: réquisition lue")]
    assert audit.verify().holds


def test_one_alone_opens_nothing_however_they_try(amina: User, ben: User, mods: list[User]) -> None:
    note(amina)
    one, two = mods
    suspend(
        user=make_user("Modo3", reserved_name=True, is_staff=True), kind=SuspensionKind.SUSPENDED, decision_ref="D", reason="r", now=NOON
    )
    barred = User.objects.get(username="modo3")
    before = AuditEntry.objects.count()
    tries: list[list[Approval]] = [
        [],
        agree(one),
        agree(one, one),
        agree(one, ben),  # not of the staff
        agree(one, barred),
        [*agree(one), *agree(two, reason="  ")],
        [*agree(one), *agree(two, at=NOON - timedelta(hours=24, seconds=1))],
        [*agree(one), *agree(two, at=NOON + timedelta(seconds=1))],  # an agreement that is yet to come
    ]
    for approvals in tries:
        with pytest.raises(NotApproved):
            opened(amina, approvals)
    with pytest.raises(NotApproved):
        opened(amina, agree(*mods), ref=" ")
    with pytest.raises(NotApproved):
        opened(one, agree(*mods))  # nobody agrees to what is about themselves
    assert AuditEntry.objects.count() == before


def test_nothing_past_its_time_is_handed_out_even_before_it_is_purged(amina: User, mods: list[User]) -> None:
    note(amina)
    last = NOON + YEAR
    assert len(opened(amina, agree(*mods, at=last - timedelta(seconds=1)), now=last - timedelta(seconds=1))) == 1
    assert opened(amina, agree(*mods, at=last), now=last) == []


def test_a_record_moved_to_another_row_does_not_open(amina: User, ben: User, mods: list[User]) -> None:
    mine, theirs = note(amina), note(ben)
    blob = ConnectionRecord.objects.get(ref=theirs.ref).peer
    ConnectionRecord.objects.filter(ref=mine.ref).update(peer=blob)
    with pytest.raises(SealingError):
        opened(amina, agree(*mods))


def test_what_is_opened_cannot_be_taken_out_of_the_chain_by_a_callers_rollback(amina: User, mods: list[User]) -> None:
    note(amina)
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        opened(amina, agree(*mods))
