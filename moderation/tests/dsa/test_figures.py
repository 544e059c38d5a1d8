"""Reports as machines read them: every value with its query, whole, and harmless to whoever opens the file."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import UTC, datetime

import pytest

from moderation.dsa.figures import Column, Period, Report, Row, Table, Unit, to_csv, to_json

NOW = datetime(2027, 2, 1, tzinfo=UTC)
COLUMNS = (
    Column("source", "Origine", Unit.WORD, {"MEMBER": "Membre"}),
    Column("count", "Nombre"),
    Column("median", "Délai", Unit.SECONDS),
    Column("share", "Part", Unit.SHARE),
)
SQL = "SELECT source, COUNT(*) FROM report WHERE at >= %s"


def table(*rows: Row, code: str = "notices") -> Table:
    return Table(code, "1.3", "Signalements", COLUMNS, rows, SQL, ("2026-01-01",))


def report(*tables: Table, year: int = 2026) -> Report:
    return Report("Resaka", Period.of_year(year, at=NOW), tables)


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_year_begins_and_ends_in_universal_time_and_is_over_or_not() -> None:
    period = Period.of_year(2026, at=NOW)
    assert (period.start, period.end) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert period.is_over
    assert Period.of_year(2026, at=period.end).is_over
    assert not Period.of_year(2027, at=NOW).is_over


def test_json_carries_the_question_with_its_answer() -> None:
    said = json.loads(to_json(report(table(("MEMBER", 3, 60.5, 0.25)))))
    assert (said["provider"], said["period"]["complete"], said["generated_at"]) == ("Resaka", True, "2027-02-01T00:00:00+00:00")
    assert said["tables"] == [
        {
            "code": "notices",
            "indicator": "1.3",
            "columns": [
                {"name": "source", "unit": "WORD"},
                {"name": "count", "unit": "COUNT"},
                {"name": "median", "unit": "SECONDS"},
                {"name": "share", "unit": "SHARE"},
            ],
            "rows": [["MEMBER", 3, 60.5, 0.25]],
            "sql": SQL,
            "params": ["2026-01-01"],
            "sql_sha256": hashlib.sha256(SQL.encode()).hexdigest(),
        }
    ]


def test_csv_has_one_line_a_value_in_stable_words() -> None:
    found = lines(to_csv(report(table(("MEMBER", 3, 60.5, None)))))
    assert [(line["measure"], line["unit"], line["value"]) for line in found] == [
        ("count", "COUNT", "3"),
        ("median", "SECONDS", "60.5"),
        ("share", "SHARE", ""),
    ]
    assert {(line["indicator"], line["table"], line["of"], line["period_start"], line["period_end"]) for line in found} == {
        ("1.3", "notices", "source=MEMBER", "2026-01-01", "2027-01-01")
    }
    assert {line["sql_sha256"] for line in found} == {hashlib.sha256(SQL.encode()).hexdigest()}


def test_a_table_without_rows_has_no_line_in_csv_and_its_question_in_json() -> None:
    empty = report(table())
    assert empty.is_empty
    assert lines(to_csv(empty)) == []
    assert json.loads(to_json(empty))["tables"][0]["sql"] == SQL
    assert not report(table(), table(("MEMBER", 0, None, None), code="other")).is_empty


@pytest.mark.parametrize("name", ['a,b;"c"', "d\r\ne", "=1+1", "é", "'"])
def test_a_strange_name_stays_one_cell(name: str) -> None:
    found = lines(to_csv(report(table((name, 1, 0.0, 0.0)))))
    assert len(found) == 3
    assert {line["of"] for line in found} == {f"source={name}"}


@pytest.mark.parametrize("code", ["=cmd()", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_begins_like_a_formula(code: str) -> None:
    found = lines(to_csv(report(table(("MEMBER", 1, 0.0, 0.0), code=code))))
    assert {line["table"] for line in found} == {"'" + code}


def test_labels_are_for_people_alone() -> None:
    assert COLUMNS[0].label_of("MEMBER") == "Membre"
    assert COLUMNS[0].label_of("NEW") == "NEW", "a value that has no words yet is shown as it is"
    assert COLUMNS[1].label_of(3) == 3
    assert "Membre" not in to_csv(report(table(("MEMBER", 1, 0.0, 0.0))))


def test_the_hash_is_of_the_question_and_not_of_its_year() -> None:
    one, other = table(), Table("notices", "1.3", "Signalements", COLUMNS, (), SQL, ("2027-01-01",))
    assert one.sql_sha256 == other.sql_sha256
    assert Table("notices", "1.3", "S", COLUMNS, (), SQL + " ", ()).sql_sha256 != one.sql_sha256
