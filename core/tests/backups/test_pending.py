"""A house that was put back is kept shut by a file and by a row, each of which is enough."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.backups.pending import Pending, RestorePending, find_pending, finish, mark, mark_database, refuse_start
from core.models import Restoration

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
PENDING = Pending("main-20261126T120000Z-12345678", NOON, NOON, True, "binlog.000003 1234", "2026-11-26T06:40:00+00:00")


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_a_house_that_was_not_put_back_starts() -> None:
    assert find_pending() is None
    refuse_start()


def test_the_file_alone_keeps_everybody_out(folder: Path) -> None:
    mark(PENDING)
    assert find_pending() == PENDING
    with pytest.raises(RestorePending, match="main-20261126T120000Z-12345678 of 2026-11-26 12:00 UTC"):
        refuse_start()
    assert [path.name for path in folder.iterdir()] == ["RESTORE_PENDING"]


def test_the_row_alone_keeps_the_processes_of_other_machines_out() -> None:
    row = mark_database(PENDING)
    assert find_pending() == Pending(PENDING.backup, NOON, NOON, True)
    assert row.report == {"keys_at": PENDING.keys_at}
    with pytest.raises(RestorePending, match="replay_tombstones"):
        refuse_start()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"backup": 1, "made_at": "gestern", "begun_at": "", "database": true, "log": ""}'])
def test_a_file_that_cannot_be_read_keeps_everybody_out(folder: Path, text: str) -> None:
    (folder / "RESTORE_PENDING").write_text(text)
    found = find_pending()
    assert found is not None
    assert not found.database
    with pytest.raises(RestorePending):
        refuse_start()


def test_both_go_when_all_is_proved() -> None:
    mark(PENDING)
    row = mark_database(PENDING)
    row.report["proof"] = {"erased": 20}
    finish(row, now=NOON)
    assert find_pending() is None
    found = Restoration.objects.get()
    assert (found.verified_at, found.report) == (NOON, {"keys_at": PENDING.keys_at, "proof": {"erased": 20}})


def test_the_same_restore_has_one_row_and_the_next_another() -> None:
    first = mark_database(PENDING)
    assert mark_database(PENDING).pk == first.pk
    finish(first, now=NOON)
    assert mark_database(PENDING).pk != first.pk
    assert Restoration.objects.count() == 2
