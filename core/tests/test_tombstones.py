"""What lies outside of the databases: written in two places, read from both, and nothing in it that we did not write."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import tombstones
from core.keyring import forget_keys
from core.models import DataKey, Tombstone
from core.tombstones import Entry, TombstoneForged, bring_back, file_waiting, put, read, read_files

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 26, 12, 0, 0, 123456, tzinfo=UTC)


def entry(number: int, *, journal: str = "deletions") -> Entry:
    return Entry(journal, f"{number:05}", NOON + timedelta(seconds=number), {"rows": number, "é": "« oui »"})


@pytest.fixture
def folder(settings: Any) -> Path:
    return Path(settings.TOMBSTONES)


def the_file(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def test_both_places_have_every_entry_and_each_alone_is_enough(folder: Path) -> None:
    wrote = [entry(number) for number in range(3)]
    put(wrote)
    assert file_waiting() == 3
    assert file_waiting() == 0
    assert read(journal="deletions") == wrote
    assert read_files(folder).entries == wrote
    Tombstone.objects.using("keys").all().delete()
    assert read(journal="deletions") == wrote
    put(wrote[:1])
    the_file(folder).unlink()
    assert read(journal="deletions") == wrote[:1]
    assert read(journal="holds") == []


def test_an_entry_that_is_there_stays_as_it_is(folder: Path) -> None:
    put([entry(1)])
    put([Entry("deletions", "00001", NOON, {"other": 1}), entry(2)])
    assert read(journal="deletions") == [entry(1), entry(2)]
    put([])
    assert tombstones.known_refs(journal="deletions") == {"00001", "00002"}
    assert tombstones.last_ref(journal="deletions") == "00002"
    assert tombstones.last_ref(journal="holds") == ""


def test_a_restored_key_store_takes_back_what_it_lacks(folder: Path) -> None:
    put([entry(number) for number in range(4)])
    file_waiting()
    Tombstone.objects.using("keys").filter(ref__gte="00002").delete()
    assert bring_back() == 2
    assert bring_back() == 0
    assert list(Tombstone.objects.using("keys").order_by("ref").values_list("ref", "filed")) == [(f"{n:05}", True) for n in range(4)]
    assert file_waiting() == 0


@pytest.mark.parametrize("column", ["journal", "ref", "at", "body", "mac"])
def test_a_changed_line_of_the_file_is_refused(folder: Path, column: str) -> None:
    put([entry(1)])
    file_waiting()
    line = json.loads(the_file(folder).read_text("ascii"))
    line[column] = {"journal": "holds", "ref": "00009", "at": "2026-11-26T12:00:00.000000Z", "body": "{}", "mac": "0" * 64}[column]
    the_file(folder).write_text(json.dumps(line) + "\n", "ascii")
    with pytest.raises(TombstoneForged, match="line 1"):
        read_files(folder)
    with pytest.raises(TombstoneForged):
        bring_back()


@pytest.mark.parametrize("line", ['{"journal":"keys"}', "[]", '"keys"', "7"])
def test_a_line_of_another_shape_is_refused(folder: Path, line: str) -> None:
    put([entry(1)])
    file_waiting()
    with the_file(folder).open("a", encoding="ascii") as out:
        out.write(line + "\n")
    with pytest.raises(TombstoneForged, match="line 2"):
        read(journal="deletions")


def test_a_changed_row_of_the_key_store_is_refused() -> None:
    put([entry(1)])
    Tombstone.objects.using("keys").update(body='{"rows":2}')
    with pytest.raises(TombstoneForged, match="key store, deletions 00001"):
        read(journal="deletions")


def test_nobody_without_the_key_makes_an_entry(folder: Path) -> None:
    """Whoever may write to both places, but not unwrap keys, sets no tombstone: it would destroy at the next restore."""
    put([entry(1)])
    row = Tombstone.objects.using("keys").get()
    Tombstone.objects.using("keys").create(journal="keys", ref="1:aaaa", at=NOON, body="{}", mac=row.mac)
    with pytest.raises(TombstoneForged):
        read(journal="keys")


def test_a_line_that_a_killed_process_left_counts_as_none(folder: Path) -> None:
    put([entry(1)])
    file_waiting()
    whole = the_file(folder).read_text("ascii")
    the_file(folder).write_text(whole + whole[: len(whole) // 2], "ascii")
    put([entry(2)])
    assert file_waiting() == 1
    found = read_files(folder)
    assert (found.entries, found.torn) == ([entry(1), entry(2)], 1)


def test_a_disk_that_is_full_keeps_nobody_from_their_deed(settings: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any) -> None:
    (tmp_path / "file").write_text("no folder")
    settings.TOMBSTONES = tmp_path / "file" / "below"
    with django_capture_on_commit_callbacks(using="keys", execute=True) as ran:
        put([entry(1)])
    assert len(ran) == 1
    with pytest.raises(OSError, match="Not a directory"):
        file_waiting()
    settings.TOMBSTONES = tmp_path / "mended"
    assert file_waiting() == 1
    assert read_files(tmp_path / "mended").entries == [entry(1)]


def test_a_digest_tells_nothing_and_is_the_same_each_time() -> None:
    assert tombstones.digest("user:7") == tombstones.digest("user:7") != tombstones.digest("user:8")
    before = tombstones.digest("user:7")
    DataKey.objects.using("keys").all().delete()
    forget_keys()
    assert tombstones.digest("user:7") != before
