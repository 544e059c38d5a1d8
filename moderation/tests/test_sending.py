"""Statements on their way to the Commission's database, against a stand-in that refuses what it refuses."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts.models import User
from accounts.tests.factories import NOON, make_user
from core.hosts import read_host
from core.http import call
from core.models import AuditEntry
from moderation.dsa.schema import FILE
from moderation.models import StatementOfReasons
from moderation.providers import transparency
from moderation.providers.transparency import BATCH, Refused, SeenBefore, TryLater, Unauthorized, find_stored, send_batch
from moderation.services.sending import (
    FIRST_WAIT,
    LONGEST_WAIT,
    NOT_OURS,
    STOP_SECONDS,
    AlreadySent,
    is_stopped,
    resend_statement,
    send_due_statements,
)
from moderation.tests.factories import make_staff_member
from moderation.tests.statements import make_case, make_decision, state

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "test-token-of-resaka"


@dataclass
class Database:
    """The stand-in that runs."""

    url: str

    def behave(self, mode: str = "ok", **more: str) -> None:
        assert call("POST", self.url + "/_behave", form={"mode": mode, **more}).status == 200

    def read(self) -> dict[str, Any]:
        return call("GET", self.url + "/_stored", max_bytes=8_000_000).read_object()

    @property
    def puids(self) -> set[str]:
        return {one["puid"] for one in self.read()["statements"]}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    command = [sys.executable, "-m", "moderation.simulators.transparency", "0", str(FILE)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.kill()
    process.communicate()


@pytest.fixture
def database(settings: Any, address: str) -> Database:
    settings.OUTBOUND_HOSTS = [read_host(urlsplit(address).netloc)]
    settings.DSA_MODE, settings.DSA_URL, settings.DSA_TOKEN = "platform", address, TOKEN
    found = Database(address)
    found.behave(forget="1")
    return found


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


def made(ben: User, count: int = 1, *, now: datetime = NOON) -> list[StatementOfReasons]:
    case = make_case(ben)
    return [state(make_decision(case), now=now) for _ in range(count)]


def spoil(statement: StatementOfReasons, **fields: Any) -> None:
    """What an operator with a database client, or a schema that changed under us, would leave behind."""
    statement.payload |= fields
    statement.save(update_fields=["payload"])


# ---- The road that goes well -----------------------------------------------------------------------------------------------------
def test_what_is_due_arrives_once(database: Database, ben: User) -> None:
    statement = made(ben)[0]
    assert send_due_statements(now=NOON) == 1
    statement.refresh_from_db()
    stored = database.read()["statements"]
    assert [one["puid"] for one in stored] == [statement.puid]
    assert (statement.sent_at, statement.due_at, statement.remote_uuid, statement.error) == (NOON, None, stored[0]["uuid"], "")
    assert {name: value for name, value in stored[0].items() if name != "uuid"} == statement.payload, "nothing was dropped on the way"
    assert send_due_statements(now=NOON + timedelta(days=1)) == 0
    assert database.read()["calls"] == 1


def test_batches_are_a_hundred_at_most(database: Database, ben: User) -> None:
    made(ben, BATCH + 1)
    assert send_due_statements(now=NOON) == BATCH + 1
    assert database.read()["calls"] == 2
    assert len(database.puids) == BATCH + 1


def test_what_is_not_due_yet_stays(database: Database, ben: User) -> None:
    made(ben, now=NOON + timedelta(minutes=1))
    assert send_due_statements(now=NOON) == 0
    assert database.read()["calls"] == 0


def test_a_micro_enterprise_sends_nothing_and_states_all_the_same(database: Database, ben: User, settings: Any) -> None:
    settings.DSA_MODE = "micro"
    statement = made(ben)[0]
    assert send_due_statements(now=NOON) == 0
    assert database.read()["calls"] == 0
    settings.DSA_MODE = "platform"
    assert send_due_statements(now=NOON) == 1
    assert database.puids == {statement.puid}


# ---- 422 -------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", ["ok", "blind"])
def test_the_bad_ones_are_split_out_and_wait_for_the_team(mode: str, database: Database, ben: User) -> None:
    """`blind`: the answer names nobody, so halves find out."""
    good = made(ben, 5)
    bad, worse = good.pop(1), good.pop(3)
    spoil(bad, content_language="fr")
    spoil(worse, decision_facts=" ")
    database.behave(mode)
    assert send_due_statements(now=NOON) == 3
    assert database.puids == {statement.puid for statement in good}
    for statement, word in ((bad, "content_language"), (worse, "decision_facts")):
        statement.refresh_from_db()
        assert statement.waits_for_staff
        assert (word in statement.error) == (mode == "ok")
        assert statement.error != ""
    calls = database.read()["calls"]
    assert send_due_statements(now=NOON + timedelta(days=9)) == 0, "nothing that was refused is sent again by itself"
    assert database.read()["calls"] == calls


def test_a_refused_one_is_sent_again_by_somebody_who_is_noted(database: Database, ben: User) -> None:
    statement, mod = made(ben)[0], make_staff_member()
    spoil(statement, automated_detection="yes")
    send_due_statements(now=NOON)
    spoil(statement, automated_detection="No")
    statement.refresh_from_db()
    resend_statement(statement=statement, by=mod, now=NOON)
    assert send_due_statements(now=NOON) == 1
    entry = AuditEntry.objects.get(action="statement.resend")
    assert (entry.handle, entry.object_ref) == (mod.handle, statement.puid)
    with pytest.raises(AlreadySent):
        resend_statement(statement=statement, by=mod, now=NOON)
    assert AuditEntry.objects.filter(action="statement.resend").count() == 1


# ---- A number that is there already ----------------------------------------------------------------------------------------------
def test_an_answer_that_was_lost_makes_no_second_statement(database: Database, ben: User) -> None:
    first, second = made(ben, 2)
    database.behave("lost")
    assert send_due_statements(now=NOON) == 0
    stored = database.puids
    assert stored == {first.puid, second.puid}
    database.behave("ok")
    third = made(ben)[0]
    assert send_due_statements(now=NOON + FIRST_WAIT) == 3
    assert database.puids == stored | {third.puid}
    first.refresh_from_db()
    assert (first.sent_at, first.error) == (NOON + FIRST_WAIT, "")
    assert first.remote_uuid in {one["uuid"] for one in database.read()["statements"]}


def test_a_number_that_another_statement_has_is_no_success(database: Database, ben: User) -> None:
    statement, other = made(ben, 2)
    database.behave("lost")
    send_due_statements(now=NOON)
    database.behave("ok", edit=statement.puid)
    assert send_due_statements(now=NOON + FIRST_WAIT) == 1
    statement.refresh_from_db()
    other.refresh_from_db()
    assert (statement.sent_at, statement.error, statement.waits_for_staff) == (None, NOT_OURS, True)
    assert other.sent_at is not None


# ---- Faults of the other side ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mode", ["error", "nonsense", "mute", "slow"])
def test_a_fault_of_theirs_is_waited_out_twice_as_long_each_time(
    mode: str, database: Database, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transparency, "_SECONDS", 0.5)
    statement, now = made(ben)[0], NOON
    database.behave(mode)
    for number in range(3):
        assert send_due_statements(now=now) == 0
        statement.refresh_from_db()
        assert (statement.tries, statement.due_at) == (number + 1, now + FIRST_WAIT * 2**number)
        assert statement.error != ""
        assert send_due_statements(now=now + FIRST_WAIT * 2**number - timedelta(seconds=1)) == 0
        now += FIRST_WAIT * 2**number
    assert database.read()["calls"] == 3
    database.behave("ok")
    assert send_due_statements(now=now) == 1
    statement.refresh_from_db()
    assert statement.error == ""


def test_no_wait_is_longer_than_half_a_day(database: Database, ben: User) -> None:
    statement = made(ben)[0]
    StatementOfReasons.objects.update(tries=4000)
    database.behave("error")
    send_due_statements(now=NOON)
    statement.refresh_from_db()
    assert statement.due_at == NOON + LONGEST_WAIT


def test_too_many_calls_wait_as_long_as_asked(database: Database, ben: User) -> None:
    statement = made(ben, BATCH + 1)[0]
    database.behave("limited")
    assert send_due_statements(now=NOON) == 0
    statement.refresh_from_db()
    assert statement.due_at == NOON + timedelta(seconds=1200)
    assert database.read()["calls"] == 1, "who is asked to wait does not send the next batch"


def test_nobody_there_is_waited_out(database: Database, ben: User, settings: Any) -> None:
    settings.OUTBOUND_HOSTS = []
    statement = made(ben)[0]
    assert send_due_statements(now=NOON) == 0
    statement.refresh_from_db()
    assert statement.error.startswith("NotAllowed")


def test_a_refused_token_stops_everything_for_an_hour(
    database: Database, ben: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DSA_TOKEN = "old"
    statement = made(ben, BATCH + 1)[0]
    assert send_due_statements(now=NOON) == 0
    assert is_stopped(now=NOON)
    assert [record.levelname for record in caplog.records if record.name == "resaka.dsa"] == ["ERROR"]
    settings.DSA_TOKEN = TOKEN
    assert send_due_statements(now=NOON + timedelta(seconds=STOP_SECONDS - 1)) == 0
    assert database.read()["calls"] == 1
    statement.refresh_from_db()
    assert (statement.tries, statement.due_at) == (0, NOON), "it is no fault of the statement"
    assert not is_stopped(now=NOON + timedelta(seconds=STOP_SECONDS))
    assert send_due_statements(now=NOON + timedelta(seconds=STOP_SECONDS)) == BATCH + 1


# ---- The client, and the stand-in itself -----------------------------------------------------------------------------------------
def test_the_stand_in_refuses_what_the_schema_refuses(database: Database, ben: User) -> None:
    good = made(ben)[0].payload
    bad: list[dict[str, Any]] = [{"category": "x"}, {"content_type": []}, {"decision_account": "null"}, {"puid": "a b"}]
    for forged in [*bad, {"content_date": "2026-02-30"}]:
        with pytest.raises(Refused) as refused:
            send_batch([good | {"puid": "rsk-other"}, good | forged])
        assert list(refused.value.faults) == [1]
        assert next(iter(forged)) in refused.value.faults[1]
    assert database.puids == set(), "whole or not at all"


def test_the_stand_in_drops_what_it_does_not_know(database: Database, ben: User) -> None:
    """Which is why our own check refuses unknown fields."""
    send_batch([made(ben)[0].payload | {"platform": "Resaka"}])
    assert "platform" not in database.read()["statements"][0]


def test_a_batch_has_a_size_and_no_number_twice(database: Database, ben: User) -> None:
    payload = made(ben)[0].payload
    with pytest.raises(Refused):
        send_batch([])
    with pytest.raises(Refused):
        send_batch([payload] * (BATCH + 1))
    with pytest.raises(SeenBefore):
        send_batch([payload] * 2)


def test_a_number_is_found_or_not(database: Database, ben: User) -> None:
    payload = made(ben)[0].payload
    assert find_stored(payload["puid"]) is None
    numbers = send_batch([payload])
    found = find_stored(payload["puid"])
    assert found is not None
    assert (found.uuid, found.facts, found.category) == (numbers[payload["puid"]], payload["decision_facts"], payload["category"])


def test_who_may_not_ask_learns_nothing(database: Database, settings: Any) -> None:
    settings.DSA_TOKEN = "x"
    with pytest.raises(Unauthorized):
        find_stored("rsk-1")
    settings.DSA_TOKEN = TOKEN
    database.behave("error")
    with pytest.raises(TryLater):
        find_stored("rsk-1")


def test_a_stand_in_imports_nothing_of_the_house() -> None:
    files = sorted((ROOT / "moderation" / "simulators").glob("*.py"))
    assert len(files) >= 2
    for file in files:
        nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
        names = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
        names += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        assert {name.partition(".")[0] for name in names} & {"moderation", "accounts", "chat", "core", "superapp"} == set()
