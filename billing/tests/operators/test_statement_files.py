"""Statements of operators as files: whole or not at all, and every fault with its line."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from billing.providers.base import StatementRow
from billing.providers.statement_files import FileFault, FileRefused, list_heads, read_statement_file
from billing.tests.operators.speaking import initiate, today
from billing.tests.operators.standin import Operators
from core.money import Money

DAY = date(2026, 11, 26)
HEAD = "Date;Transaction;Reference;Type;Msisdn;Amount;Fee;Currency"
LINE = "2026-11-26T10:00:00.123Z;MP1;;PAYMENT;0340000003;15000;150;MGA"
F = FileFault


def read(*lines: str, head: str = HEAD, provider: str = "MVOLA") -> list[StatementRow]:
    return read_statement_file(provider, "\r\n".join([head, *lines]).encode(), day=DAY)


def faults(*lines: str, head: str = HEAD) -> list[tuple[int, FileFault]]:
    with pytest.raises(FileRefused) as refusal:
        read(*lines, head=head)
    return [(fault.line, fault.why) for fault in refusal.value.faults]


def test_a_line_is_read() -> None:
    (row,) = read(LINE)
    at = datetime(2026, 11, 26, 10, 0, 0, 123000, UTC)
    assert row == StatementRow("MP1", "", Money(15000, "MGA"), Money(150, "MGA"), at, "PAYMENT", {"msisdn": "+261340000003"})


@pytest.mark.parametrize("amount", ["-15000", "15000", "15 000", "15\u202f000,00"])
def test_what_goes_away_is_negative_however_it_is_written(amount: str) -> None:
    (row,) = read(LINE.replace("PAYMENT", "refund").replace("15000", amount))
    assert (row.kind, row.money) == ("REFUND", Money(-15000, "MGA"))


@pytest.mark.parametrize("provider", ["MVOLA", "ORANGE", "AIRTEL"])
def test_the_file_of_the_stand_in(operators: Operators, provider: str) -> None:
    operators.turn("mvola", settle_ms=None)
    operators.press("mvola", initiate(operators)[1]["serverCorrelationId"], "approve")
    day = today(operators)
    (row,) = read_statement_file(provider, operators.statement("mvola", day).encode(), day=date.fromisoformat(day))
    assert (row.provider_ref, row.our_ref) == (operators.deal("mvola")["transaction"], "")
    assert (row.money, row.fee, row.raw) == (Money(1500, "MGA"), Money(15, "MGA"), {"msisdn": "+261343500003"})


def test_a_day_without_anything_is_a_statement() -> None:
    assert read() == []
    assert read("", ";;;;;;;") == []


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_columns_in_any_order_and_only_those_that_must_be(mark: str) -> None:
    head, line = mark.join(["AMOUNT", "type", "Transaction", "date"]), mark.join(["15000", "PAYMENT", "MP1", "2026-11-26T23:59:59"])
    content = f"\ufeff{head}\n{line}\n".encode()
    (row,) = read_statement_file("AIRTEL", content, day=DAY)
    assert (row.money, row.fee, row.raw) == (Money(15000, "MGA"), Money(0, "MGA"), {})
    assert row.at == datetime(2026, 11, 26, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("15000", "15000.50"), F.AMOUNT),
        (("15000", "1e3"), F.AMOUNT),
        (("15000", "0"), F.AMOUNT),
        (("15000", ""), F.AMOUNT),
        ((";150;", ";0.5;"), F.AMOUNT),
        (("MGA", "EUR"), F.AMOUNT),
        (("2026-11-26T", "2026-11-25T"), F.OTHER_DAY),
        (("2026-11-26T10", "2026-11-26T02:00+03:00;"), F.FIELDS),
        (("2026-11-26T10:00:00.123Z", "2026-11-26T02:00+03:00"), F.OTHER_DAY),
        (("2026-11-26T10:00:00.123Z", "26/11/2026"), F.DATE),
        (("PAYMENT", "GIFT"), F.KIND),
        (("MP1", ""), F.NO_REFERENCE),
        (("MP1", "T" * 256), F.NO_REFERENCE),
        ((";MGA", ""), F.FIELDS),
        ((";MGA", ";MGA;"), F.FIELDS),
    ],
)
def test_one_bad_line_refuses_the_file_and_is_named(change: tuple[str, str], why: FileFault) -> None:
    bad = LINE.replace("MP1", "MP2").replace(*(("MP2", change[1]) if change[0] == "MP1" else change))
    assert faults(LINE, bad, LINE.replace("MP1", "MP3")) == [(3, why)]


def test_a_line_twice() -> None:
    assert faults(LINE, LINE) == [(3, F.DOUBLED)]
    assert len(read(LINE, LINE.replace("PAYMENT", "REFUND"))) == 2  # a payment and its refund may have one name


def test_all_faults_at_once_up_to_twenty() -> None:
    assert faults(LINE.replace("MGA", "EUR"), LINE, LINE.replace("PAYMENT", "x")) == [(2, F.AMOUNT), (4, F.KIND)]
    assert len(faults(*[LINE.replace("MGA", "EUR")] * 30)) == 20


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (HEAD.replace("Fee", "Frais"), [(1, F.UNKNOWN_COLUMN)]),
        (HEAD.replace("Amount", "Fee"), [(1, F.UNKNOWN_COLUMN), (1, F.MISSING_COLUMN)]),
        ("Date;Type;Amount", [(1, F.MISSING_COLUMN)]),
        ("<html>", [(1, F.UNKNOWN_COLUMN)] + [(1, F.MISSING_COLUMN)] * 4),
        ("", [(1, F.EMPTY)]),
    ],
)
def test_a_head_that_is_not_the_operator_s(head: str, why: list[tuple[int, FileFault]]) -> None:
    assert faults(LINE, head=head) == why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", F.EMPTY),
        (b"\n\n", F.EMPTY),
        (b"\xff\xfe\x00", F.NO_TEXT),
        (f'{HEAD}\n"{LINE}'.encode(), F.NO_TEXT),
        (b"x" * (5 * 1024 * 1024 + 1), F.TOO_LARGE),
        (b"\n" * 50_001, F.TOO_LARGE),
    ],
)
def test_what_is_no_file_of_lines(content: bytes, why: FileFault) -> None:
    with pytest.raises(FileRefused) as refusal:
        read_statement_file("MVOLA", content, day=DAY)
    assert [fault.why for fault in refusal.value.faults] == [why]


def test_the_heads_are_told_to_who_uploads() -> None:
    assert list(list_heads("MVOLA")) == ["date", "transaction", "reference", "type", "msisdn", "amount", "fee", "currency"]
