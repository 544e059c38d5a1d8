"""The audit chain: whatever is done to its rows is found, and where."""

from __future__ import annotations

import hmac
import json
import threading
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F

from core.audit import AnchorError, Entry, Fault, OutsideTransaction, Verdict, append, digest_of, leave_anchor, read_anchor_file, verify
from core.audit.chain import mac_of
from core.audit.cutting import OLDEST, cut_entries, list_oldest
from core.chains import begin
from core.models import AuditAnchor, AuditEntry, AuditHead
from core.purging import empty

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def note(count: int = 5) -> None:
    for number in range(count):
        with transaction.atomic():
            append(
                Entry("CASE_DECIDED", "case", f"c{number}", "Règle 4, « insultes » 😀", actor="amina", handle="Mod 3", role="SENIOR"),
                now=NOON + timedelta(seconds=number),
            )


@pytest.mark.django_db
def test_a_chain_that_nobody_touched_holds() -> None:
    assert verify() == Verdict(0)
    note()
    assert verify() == Verdict(5)
    first, second = AuditEntry.objects.order_by("seq")[:2]
    assert (first.prev_mac, second.prev_mac) == ("0" * 64, first.mac)
    assert first.actor_hash == second.actor_hash != ""
    assert "amina" not in first.actor_hash


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment", [NOON, NOON.replace(microsecond=0), NOON.replace(microsecond=100), NOON.astimezone(timezone(timedelta(hours=3)))]
)
@pytest.mark.parametrize("reason", ["", 'a"b\\c\n\t\x00\x7f', "é\u2028 😀 \u202e", "%s %% {after} ', ('"])
def test_an_entry_holds_whatever_its_time_and_its_words(moment: datetime, reason: str) -> None:
    with transaction.atomic():
        append(Entry("A", "b", "c", reason), now=moment)
    assert verify() == Verdict(1)
    AuditEntry.objects.update(at=moment + timedelta(microseconds=1))
    assert verify() == Verdict(0, Fault.BROKEN, 1)


def test_the_mac_is_that_of_the_list_in_json() -> None:
    """Whoever has the key can check an entry with nothing of ours; those of earlier years were written so."""
    values: list[int | str | datetime] = [7, NOON, "Mod 3", 'é "\\" 😀\n', "", 2]
    said = json.dumps([7, "2026-11-23T12:00:00.123456Z", *values[2:]], separators=(",", ":"), ensure_ascii=True)
    assert mac_of(begin(b"k" * 32), "ab", values) == hmac.new(b"k" * 32, f"ab{said}".encode(), "sha256").hexdigest()


@pytest.mark.django_db(transaction=True)
def test_an_entry_commits_with_its_deed_or_not_at_all() -> None:
    with pytest.raises(OutsideTransaction):
        append(Entry("A", "b", "c", "d"), now=NOON)
    with transaction.atomic():
        append(Entry("A", "b", "c", "d"), now=NOON)
        transaction.set_rollback(True)
    assert verify() == Verdict(0)
    note(1)
    assert verify() == Verdict(1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reason", "autre"),
        ("handle", ""),
        ("object_ref", "c9"),
        ("actor_hash", "0" * 64),
        ("role", "APPEALS"),
        ("before_sha256", "1" * 64),
        ("at", NOON + timedelta(microseconds=1)),
        ("mac", "f" * 64),
        ("prev_mac", "f" * 64),
        ("kid", 77),
    ],
)
def test_an_edited_row_is_found(column: str, value: object) -> None:
    note()
    AuditEntry.objects.filter(seq=3).update(**{column: value})
    assert verify() == Verdict(2, Fault.BROKEN, 3)


@pytest.mark.django_db
def test_a_deleted_row_is_found() -> None:
    note()
    AuditEntry.objects.filter(seq=3).delete()
    assert verify() == Verdict(2, Fault.MISSING, 3)


@pytest.mark.django_db
def test_a_deleted_row_is_found_when_the_others_move_up() -> None:
    note()
    AuditEntry.objects.filter(seq=3).delete()
    AuditEntry.objects.filter(seq=4).update(seq=3)
    AuditEntry.objects.filter(seq=5).update(seq=4)
    assert verify() == Verdict(2, Fault.BROKEN, 3)


@pytest.mark.django_db
def test_swapped_rows_are_found() -> None:
    note()
    AuditEntry.objects.filter(seq=2).update(seq=99)
    AuditEntry.objects.filter(seq=3).update(seq=2)
    AuditEntry.objects.filter(seq=99).update(seq=3)
    assert verify() == Verdict(1, Fault.BROKEN, 2)


@pytest.mark.django_db
def test_a_cut_end_is_found_by_the_head() -> None:
    note()
    AuditEntry.objects.filter(seq=5).delete()
    assert verify() == Verdict(4, Fault.HEAD, 4)
    AuditEntry.objects.all().delete()
    assert verify() == Verdict(0, Fault.HEAD, 0)


@pytest.mark.django_db
def test_a_cut_end_is_found_by_the_anchor_outside_when_the_head_is_set_back_and_the_table_emptied(tmp_path: Path) -> None:
    file = tmp_path / "away" / "anchors.jsonl"
    note()
    assert leave_anchor(now=NOON, file=file) == 5
    assert leave_anchor(now=NOON, file=file) == 0
    assert verify(anchor_file=file) == Verdict(5)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_auditanchor")
    AuditEntry.objects.filter(seq__gt=3).delete()
    AuditHead.objects.update(seq=3, mac=AuditEntry.objects.get(seq=3).mac)
    assert verify() == Verdict(3)
    assert verify(anchor_file=file) == Verdict(3, Fault.CUT, 4)
    note(4)  # others were written in their place
    assert verify(anchor_file=file) == Verdict(5, Fault.ANCHOR, 5)


@pytest.mark.django_db
def test_an_anchor_of_the_table_is_enough_where_it_was_forgotten() -> None:
    note()
    leave_anchor(now=NOON)
    AuditEntry.objects.filter(seq=5).delete()
    AuditHead.objects.update(seq=F("seq") - 1, mac=AuditEntry.objects.get(seq=4).mac)
    assert verify() == Verdict(4, Fault.CUT, 5)


@pytest.mark.django_db
def test_a_forged_line_of_the_anchor_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    assert read_anchor_file(file) == []
    note()
    leave_anchor(now=NOON, file=file)
    file.write_text(file.read_text("ascii").replace('"seq": 5', '"seq": 4'), "ascii")
    with pytest.raises(AnchorError):
        verify(anchor_file=file)
    file.write_text("{}\n", "ascii")
    with pytest.raises(CommandError, match="not ours"):
        call_command("verify_audit", anchors=file)


@pytest.mark.django_db
def test_the_command_says_where_the_chain_breaks(tmp_path: Path) -> None:
    note()
    out = StringIO()
    call_command("verify_audit", anchors=tmp_path / "none", stdout=out)
    assert out.getvalue().startswith("5 entries hold")
    AuditEntry.objects.filter(seq=2).update(reason="")
    with pytest.raises(CommandError, match="at entry 2: BROKEN"):
        call_command("verify_audit", anchors=tmp_path / "none")


def test_a_digest_does_not_hang_on_the_order_of_keys() -> None:
    assert digest_of({"a": 1, "b": NOON}) == digest_of({"b": NOON, "a": 1}) != digest_of({"a": 2, "b": NOON})


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_what_is_appended_while_it_is_read_is_no_fault() -> None:
    note(1)
    done = threading.Event()

    def write() -> None:
        try:
            for _ in range(60):
                note(1)
        finally:
            connection.close()
            done.set()

    writer = threading.Thread(target=write)
    writer.start()
    verdicts = [verify()]
    while not done.is_set():
        verdicts.append(verify())
    writer.join()
    assert [verdict for verdict in verdicts if not verdict.holds] == []
    assert verify() == Verdict(61)


# ---- After five years -----------------------------------------------------------------------------------------------------------


def cut(*seqs: int) -> int:
    with transaction.atomic():
        return cut_entries(list(seqs))


@pytest.mark.django_db
def test_the_beginning_goes_and_the_chain_says_so() -> None:
    note(6)
    last = AuditEntry.objects.get(seq=4)
    assert cut(1, 2, 3, 4) == 4
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == [5, 6, 7]
    said = AuditEntry.objects.get(seq=7)
    assert (said.action, said.object_ref, said.reason, said.role) == ("audit.cut", "4", f"4:{last.mac}", "system")
    assert verify() == Verdict(3)
    note(2)
    assert verify() == Verdict(5)
    assert cut(5, 6) == 2
    assert verify() == Verdict(4)  # the last of the cuts is the one that is asked about


@pytest.mark.django_db
def test_all_of_it_may_go_but_the_word_of_it() -> None:
    note(3)
    assert cut(1, 2, 3) == 3
    assert verify() == Verdict(1)
    assert AuditEntry.objects.get().seq == 4


@pytest.mark.django_db
def test_a_beginning_that_is_gone_without_a_word_is_missing() -> None:
    note()
    AuditEntry.objects.filter(seq=1).delete()
    assert verify() == Verdict(4, Fault.MISSING, 1)


@pytest.mark.django_db
def test_more_than_was_said_is_missing_too() -> None:
    note(6)
    cut(1, 2)
    AuditEntry.objects.filter(seq=3).delete()
    assert verify() == Verdict(4, Fault.MISSING, 3)


@pytest.mark.django_db
def test_nobody_cuts_by_writing_that_it_was_cut() -> None:
    note()
    second = AuditEntry.objects.get(seq=2)
    AuditEntry.objects.filter(seq__lte=2).delete()
    AuditEntry.objects.filter(seq=4).update(action="audit.cut", reason=f"2:{second.mac}")
    assert verify() == Verdict(1, Fault.BROKEN, 4)


@pytest.mark.django_db
def test_only_a_beginning_is_cut_off() -> None:
    note()
    assert cut(2, 3) == 0
    assert cut(1, 2, 4) == 2
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == [3, 4, 5, 6]
    assert verify() == Verdict(4)


@pytest.mark.django_db
def test_an_anchor_of_before_the_cut_is_forgotten_and_one_in_a_file_still_counts(tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    note(3)
    leave_anchor(now=NOON, file=file)
    note(3)
    leave_anchor(now=NOON, file=file)
    cut(1, 2, 3)
    assert list(AuditAnchor.objects.values_list("seq", flat=True)) == [6]
    assert verify(anchor_file=file) == Verdict(4)
    AuditEntry.objects.filter(seq=4).update(prev_mac="0" * 64)
    assert verify(anchor_file=file) == Verdict(0, Fault.ANCHOR, 3)


@pytest.mark.django_db
def test_what_is_due_is_asked_of_the_oldest_alone() -> None:
    assert list(list_oldest(NOON)) == []
    note(3)
    assert empty(OLDEST, now=NOON + timedelta(days=1), before=NOON + timedelta(seconds=1), batches=1) == 2
    assert verify() == Verdict(2)
    assert list_oldest(NOON).count() == 2
