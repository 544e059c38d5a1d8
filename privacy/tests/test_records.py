"""What was destroyed: a chain that shows whatever is done to it, kept in three places, with nobody's name in it."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from core import tombstones
from core.audit import Fault, OutsideTransaction, Verdict
from core.models import DataKey, Tombstone
from core.sealing import forget_keys
from moderation.services.holds import take_epoch
from privacy.enums import DeletionReason
from privacy.models import DeletionHead, DeletionRecord
from privacy.services.purge import purge_due
from privacy.services.recordcheck import verify_records
from privacy.services.recordcuts import list_oldest
from privacy.services.records import (
    COVERED,
    RecordsApart,
    bring_back_records,
    copy_records,
    entry_of,
    record_deletion,
    record_of,
    subject_mac,
)

pytestmark = pytest.mark.django_db
# Long ago: the chain notes its own cuts by the clock of the wall.
NOON = datetime(2020, 11, 26, 12, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)


def destroy(count: int = 5, *, first: int = 1, **values: Any) -> None:
    for number in range(first, first + count):
        with transaction.atomic():
            take_epoch()
            record_deletion(
                **{
                    "code": "MESSAGE_META",
                    "store": "chat_messagemeta",
                    "rows": number,
                    "kept": 365 * DAY,
                    "reason": DeletionReason.DUE,
                    "job": "privacy.purge_due",
                    "now": NOON + timedelta(seconds=number),
                    **values,
                }
            )


def lines(settings: Any) -> list[dict[str, Any]]:
    files = sorted(Path(settings.TOMBSTONES).glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("ascii").splitlines()]


# ---- The chain ----------------------------------------------------------------------------------------------------------------


def test_records_follow_each_other() -> None:
    assert verify_records() == Verdict(0)
    destroy()
    assert verify_records() == Verdict(5)
    first, second = DeletionRecord.objects.order_by("seq")[:2]
    assert (first.seq, first.prev_mac, second.prev_mac) == (1, "0" * 64, first.mac)


@pytest.mark.django_db(transaction=True)
def test_a_record_commits_with_its_deed_or_not_at_all() -> None:
    with pytest.raises(OutsideTransaction):
        record_deletion(code="MEDIA", store="media", rows=1, kept=DAY, reason=DeletionReason.DUE, now=NOON)
    with transaction.atomic():
        record_deletion(code="MEDIA", store="media", rows=1, kept=DAY, reason=DeletionReason.DUE, now=NOON)
        transaction.set_rollback(True)
    assert (DeletionRecord.objects.count(), Tombstone.objects.using("keys").count()) == (0, 0)
    destroy(1)
    assert verify_records() == Verdict(1)


CHANGES: dict[str, Any] = {
    "at": NOON + timedelta(microseconds=1),
    "code": "MEDIA",
    "store": "other",
    "rows": 4711,
    "kept": DAY,
    "reason": DeletionReason.REQUEST,
    "subject_mac": "0" * 64,
    "step": "DATA_KEY",
    "job": "",
    "result": "PROVED",
    "kid": 77,
    "mac": "f" * 64,
    "prev_mac": "f" * 64,
}


def test_every_column_is_covered() -> None:
    columns = {field.name for field in DeletionRecord._meta.concrete_fields} - {"id"}
    assert {*CHANGES, "seq"} == columns == {*COVERED, "mac", "prev_mac"}


@pytest.mark.parametrize("column", CHANGES)
def test_an_edited_record_is_found(column: str) -> None:
    destroy()
    DeletionRecord.objects.filter(seq=3).update(**{column: CHANGES[column]})
    assert verify_records() == Verdict(2, Fault.BROKEN, 3)


def test_deleted_moved_and_invented_records_are_found() -> None:
    destroy()
    DeletionRecord.objects.filter(seq=3).delete()
    assert verify_records() == Verdict(2, Fault.MISSING, 3)
    DeletionRecord.objects.filter(seq=4).update(seq=3)
    DeletionRecord.objects.filter(seq=5).update(seq=4)
    assert verify_records() == Verdict(2, Fault.BROKEN, 3)


def test_a_cut_end_is_found_by_the_head_and_a_head_set_back_by_what_lies_outside() -> None:
    destroy()
    copy_records()
    DeletionRecord.objects.filter(seq__gt=3).delete()
    assert verify_records() == Verdict(3, Fault.CUT, 4)
    DeletionHead.objects.update(seq=3, mac=DeletionRecord.objects.get(seq=3).mac)
    assert verify_records() == Verdict(3, Fault.CUT, 4)
    destroy(2, first=9)  # others were written in their place
    assert verify_records() == Verdict(4, Fault.ANCHOR, 4)
    Tombstone.objects.using("keys").all().delete()
    assert verify_records() == Verdict(4, Fault.ANCHOR, 4)  # the file remembers too


def test_a_cut_end_is_found_without_the_outside_by_the_head() -> None:
    destroy()
    DeletionRecord.objects.filter(seq=5).delete()
    assert verify_records() == Verdict(4, Fault.HEAD, 4)


def test_what_was_written_before_the_chain_stays_outside_of_it() -> None:
    DeletionRecord.objects.create(at=NOON, code="MEDIA", store="media", rows=1, kept=DAY, reason=DeletionReason.DUE)
    destroy(2)
    assert verify_records() == Verdict(2)
    assert copy_records() == 2


def test_the_command_says_where_the_chain_breaks() -> None:
    destroy(3)
    out = StringIO()
    call_command("verify_deletions", stdout=out)
    assert out.getvalue() == "3 records hold\n"
    DeletionRecord.objects.filter(seq=2).update(rows=0)
    with pytest.raises(CommandError, match="does not hold at record 2: BROKEN"):
        call_command("verify_deletions")
    copy_records()
    Tombstone.objects.using("keys").filter(ref__endswith="1").update(body="{}")
    with pytest.raises(CommandError, match="a tombstone is not ours: key store"):
        call_command("verify_deletions")


# ---- Whose it was -------------------------------------------------------------------------------------------------------------


def test_a_persons_records_are_found_while_their_number_is_known_and_tell_nothing_else() -> None:
    destroy(1, subject_id=7)
    destroy(1, first=2, subject_id=8)
    destroy(1, first=3)
    assert [row.seq for row in DeletionRecord.objects.filter(subject_mac=subject_mac(7))] == [1]
    assert DeletionRecord.objects.filter(subject_mac="").count() == 1
    before = subject_mac(7)
    DataKey.objects.using("keys").filter(scope="deletion-subjects").delete()
    forget_keys()
    assert subject_mac(7) != before  # without the key nobody counts through all numbers


def test_the_number_of_nobody_stands_in_any_place(settings: Any) -> None:
    destroy(1, subject_id=4_711_081_519)
    copy_records()
    told = json.dumps(lines(settings)) + str(list(DeletionRecord.objects.values())) + str(list(Tombstone.objects.using("keys").values()))
    assert "4711081519" not in told


# ---- Outside ------------------------------------------------------------------------------------------------------------------


def test_records_go_to_the_key_store_and_to_the_file(settings: Any) -> None:
    destroy(3)
    assert copy_records() == 3
    assert copy_records() == 0
    assert [line["ref"] for line in lines(settings)] == [f"{number:019}" for number in (1, 2, 3)]
    rows = Tombstone.objects.using("keys").filter(journal="deletions").order_by("ref")
    assert [json.loads(row.body)["mac"] for row in rows] == list(DeletionRecord.objects.order_by("seq").values_list("mac", flat=True))


@pytest.mark.django_db(transaction=True)
def test_they_go_there_with_the_commit(settings: Any) -> None:
    destroy(2)
    assert len(lines(settings)) == Tombstone.objects.using("keys").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_place_that_is_away_holds_no_deed_up_and_gets_the_rest_later(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    settings.TOMBSTONES = tmp_path / "file" / "below"
    destroy(2)
    assert DeletionRecord.objects.count() == 2
    settings.TOMBSTONES = tmp_path / "mended"
    destroy(1, first=3)
    assert [line["ref"][-1] for line in lines(settings)] == ["1", "2", "3"]


def test_more_records_than_a_batch_are_copied_in_their_order(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privacy.services.records._BATCH", 2)
    monkeypatch.setattr(tombstones, "_BATCH", 2)
    destroy(5)
    assert copy_records() == 5
    assert [line["ref"][-1] for line in lines(settings)] == ["1", "2", "3", "4", "5"]


# ---- Back again ---------------------------------------------------------------------------------------------------------------


def restore_to(seq: int) -> None:
    """As a backup would: the database knows nothing of what came after."""
    row = DeletionRecord.objects.filter(seq=seq).first()
    DeletionRecord.objects.filter(seq__gt=seq).delete()
    DeletionHead.objects.update(seq=seq, mac=row.mac if row else "0" * 64)


@pytest.mark.parametrize("known", [0, 2, 5])
def test_a_restored_database_takes_up_what_came_after_it(known: int) -> None:
    destroy(5, subject_id=7, step="ROOMS", result="PROVED")
    copy_records()
    before = list(DeletionRecord.objects.order_by("seq").values_list(*COVERED, "prev_mac", "mac"))
    restore_to(known)
    assert [row.seq for row in bring_back_records()] == list(range(known + 1, 6))
    assert list(DeletionRecord.objects.order_by("seq").values_list(*COVERED, "prev_mac", "mac")) == before
    assert bring_back_records() == []
    assert verify_records() == Verdict(5)
    destroy(1, first=6)
    assert verify_records() == Verdict(6)


def test_a_record_reads_the_same_from_elsewhere() -> None:
    destroy(1, subject_id=7, kept=timedelta(days=1, microseconds=3))
    record = DeletionRecord.objects.get()
    other = record_of(entry_of(record))
    assert [getattr(other, name) for name in COVERED] == [getattr(record, name) for name in COVERED]
    assert (other.mac, other.prev_mac) == (record.mac, record.prev_mac)


def test_what_was_destroyed_before_the_replay_is_no_continuation() -> None:
    destroy(3)
    copy_records()
    restore_to(1)
    destroy(1, first=9)
    with pytest.raises(RecordsApart, match="3"):
        bring_back_records()
    assert DeletionRecord.objects.count() == 2


def test_a_gap_outside_is_no_continuation(settings: Any) -> None:
    destroy(4)
    copy_records()
    restore_to(1)
    for file in Path(settings.TOMBSTONES).glob("*"):
        file.unlink()
    Tombstone.objects.using("keys").filter(ref__endswith="3").delete()
    with pytest.raises(RecordsApart, match="3"):
        bring_back_records()
    assert DeletionRecord.objects.count() == 1


# ---- After six years ------------------------------------------------------------------------------------------------------------


def test_the_beginning_goes_after_its_years_and_the_chain_says_so(rules: None, settings: Any) -> None:
    destroy(6)
    copy_records()
    due = NOON + timedelta(seconds=4) + 2192 * DAY
    assert purge_due(now=due) == {"DELETION_LOG": 4}
    assert list(DeletionRecord.objects.order_by("seq").values_list("seq", "code", "rows")) == [
        (5, "MESSAGE_META", 5),
        (6, "MESSAGE_META", 6),
        (7, "DELETION_LOG", 0),
        (8, "DELETION_LOG", 4),
    ]
    assert verify_records() == Verdict(4)
    assert purge_due(now=due) == {}
    DeletionRecord.objects.filter(seq=5).delete()
    assert verify_records() == Verdict(3, Fault.MISSING, 5)


def test_a_beginning_that_is_gone_without_a_word_is_missing() -> None:
    destroy(4)
    DeletionRecord.objects.filter(seq=1).delete()
    assert verify_records() == Verdict(3, Fault.MISSING, 1)


def test_nobody_cuts_by_writing_that_it_was_cut() -> None:
    destroy(4)
    second = DeletionRecord.objects.get(seq=2)
    DeletionRecord.objects.filter(seq__lte=2).delete()
    DeletionRecord.objects.filter(seq=4).update(code="DELETION_LOG", result=f"2:{second.mac}")
    assert verify_records() == Verdict(1, Fault.BROKEN, 4)


def test_only_a_beginning_is_cut_off(rules: None) -> None:
    """Who writes at the same time may note an earlier hour later; such a record waits until all before it are due."""
    destroy(1)
    destroy(1, first=2, now=NOON + 30 * DAY)
    destroy(1, first=3)
    assert purge_due(now=NOON + 2200 * DAY) == {"DELETION_LOG": 1}
    assert list(DeletionRecord.objects.order_by("seq").values_list("seq", flat=True)) == [2, 3, 4, 5]
    assert verify_records() == Verdict(4)


def test_a_log_of_years_is_looked_at_and_cut_off_from_its_beginning(rules: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privacy.services.recordcuts._AT_ONCE", 2)
    assert list(list_oldest(NOON)) == []
    destroy(5)
    assert list(list_oldest(NOON).order_by("pk").values_list("seq", flat=True)) == [1, 2]
    due = NOON + timedelta(seconds=5) + 2192 * DAY
    assert [purge_due(now=due) for _time in range(4)] == [{"DELETION_LOG": 2}, {"DELETION_LOG": 2}, {"DELETION_LOG": 1}, {}]
    assert set(DeletionRecord.objects.values_list("code", flat=True)) == {"DELETION_LOG"}
    assert verify_records() == Verdict(6)


def test_what_lies_outside_goes_with_it(settings: Any) -> None:
    destroy(3)
    copy_records()
    folder = Path(settings.TOMBSTONES)
    before = {path.name for path in folder.iterdir()}
    (folder / "tombstones-2020-01-01.jsonl").write_text("{}\n")
    assert tombstones.forget_before(NOON + timedelta(seconds=3)) == 2
    assert Tombstone.objects.using("keys").get().ref == f"{3:019}"
    assert {path.name for path in folder.iterdir()} == before


# ---- Many at once -------------------------------------------------------------------------------------------------------------


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_many_who_destroy_at_once_write_one_chain(settings: Any) -> None:
    """Eight threads, some under the epoch of the holds and some not; what the outside has is what the chain has, in its order."""
    failed: list[Exception] = []

    def work(number: int) -> None:
        try:
            destroy(25, first=1000 * number)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    destroy(1)  # the two rows that are locked are made by whoever comes first in the life of a house, which is its set-up
    threads = [threading.Thread(target=work, args=[number]) for number in range(1, 9)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    took = time.monotonic() - began
    copy_records()
    assert failed == []
    assert verify_records() == Verdict(201)
    assert sorted({line["ref"] for line in lines(settings)}) == [f"{number:019}" for number in range(1, 202)]
    assert took < 60
