"""The figures as anybody reads them: a page without account, files for machines, and a command for whoever publishes the report."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_user
from moderation.dsa.figures import Column, Period, Report, Table, Unit, to_csv
from moderation.enums import Action, ReportSource, Severity
from moderation.models import TrustedFlagger
from moderation.queries.transparency.report import QUESTIONS, build_report
from moderation.tests.factories import make_staff_member
from moderation.tests.statements import make_case, make_decision, make_report
from moderation.views.tables import lay_out, sum_up

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def ben() -> User:
    return make_user("Ben")


@pytest.fixture
def busy(ben: User) -> User:
    """A year in which something happened, today."""
    now, mod, amina = timezone.now(), make_staff_member(), make_user("Amina")
    for number in range(3):
        opened = now - timedelta(seconds=1)
        case = make_case(ben, now=opened, first_action_at=opened + timedelta(hours=number + 1))
        make_report(case, now=opened, reporter=amina, explanation="Ben me menace")
        make_decision(case, mod, now=now, automated_detection=number == 0)
    other = make_case(ben, now=now, severity=Severity.S3)
    make_report(other, ReportSource.NOTICE_16, now=now)
    make_decision(other, mod, now=now, action=Action.WARN)
    return ben


# ---- The page --------------------------------------------------------------------------------------------------------------------
def test_anybody_reads_it_and_every_table_is_there_with_its_query(busy: User) -> None:
    page = Client().get("/transparency/")
    text = page.content.decode()
    assert page.status_code == 200
    for table in build_report(year=timezone.now().year, now=timezone.now()).tables:
        assert f'id="t-{table.code}"' in text
        assert table.sql_sha256 in text
    assert '<th scope="row">Membre</th><td>Cyberviolence</td><td class="amount">3</td>' in text
    assert "2 heures" in text


def test_the_headlines_are_sums_of_tables(busy: User) -> None:
    now = timezone.now()
    make_case(busy, now=now - timedelta(hours=9), due_at=now - timedelta(hours=1))
    headlines = {str(one.title): one.text for one in sum_up(build_report(year=now.year, now=timezone.now()))}
    assert headlines == {
        "Demandes d’autorités en retard": "0",
        "Signalements reçus": "4",
        "Dossiers en retard et sans réponse": "1",
        "Décisions annulées après un recours": "0",
    }
    assert "<dt>Signalements reçus</dt><dd>4</dd>" in Client().get("/transparency/").content.decode()


def test_it_names_nobody(busy: User) -> None:
    text = Client().get("/transparency/").content.decode()
    for word in ("Ben", "Amina", "Mod-", "menace", busy.public_id):
        assert word not in text


def test_nothing_to_count_is_said_and_not_hidden(db: None) -> None:
    text = Client().get("/transparency/").content.decode()
    assert "il n’y a rien à compter" in text
    assert text.count("Rien à compter sur cette période.") == len(QUESTIONS)
    assert "<table" not in text


def test_a_bar_is_an_image_and_no_style(busy: User) -> None:
    text = Client().get("/transparency/").content.decode()
    assert 'rect width="100.0"' in text
    assert " style=" not in text


@pytest.mark.parametrize("language", ["fr", "mg", "en"])
def test_numbers_of_an_image_are_written_for_machines_in_every_language(language: str, busy: User) -> None:
    assert 'rect width="33.3"' in Client().get("/transparency/", {"lang": language}).content.decode()


@pytest.mark.parametrize("path", ["2025/", "2999/", "0/", "99999999999999999999/", "2025.csv", "2999.json", "2026.xml", "x/"])
def test_other_years_and_forms_are_not_there(path: str, db: None) -> None:
    assert Client().get(f"/transparency/{path}").status_code == 404


def test_nobody_writes_here(db: None) -> None:
    assert Client().post("/transparency/").status_code == 405


def test_the_page_lays_out_every_question_once() -> None:
    shown = [table.table.code for group in lay_out(build_report(year=2026, now=NOW)) for table in group.tables]
    assert sorted(shown) == sorted(question.code for question in QUESTIONS)


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (Unit.COUNT, 0, "0"),
        (Unit.COUNT, 12, "12"),
        (Unit.SHARE, None, "–"),
        (Unit.SHARE, 1 / 3, "33,3 %"),
        (Unit.SHARE, 0.0, "0,0 %"),
        (Unit.SECONDS, 12.0, "moins d’une minute"),
        (Unit.SECONDS, 60.0, "1 minute"),
        (Unit.SECONDS, 900.0, "15 minutes"),
        (Unit.SECONDS, 7200.0, "2 heures"),
        (Unit.SECONDS, 3 * 86400.0, "3 jours"),
    ],
)
def test_a_figure_in_words(unit: Unit, value: float | None, text: str) -> None:
    columns = (Column("a", "A", Unit.WORD), Column("b", "B", unit))
    report = build_report(year=2026, now=NOW)
    tables = tuple(Table(table.code, "1", "T", columns, (("x", value),), "SELECT 1", ()) for table in report.tables)
    shown = lay_out(Report("R", report.period, tables))[0].tables[0]
    assert shown.lines[0].cells[1].text.replace("\u00a0", " ").replace("\u202f", " ") == text
    assert not shown.has_bars, "one row has nothing to be compared with"


# ---- The files -------------------------------------------------------------------------------------------------------------------
def test_the_files_say_what_the_page_says(busy: User) -> None:
    year = timezone.now().year
    made = Client().get(f"/transparency/{year}.json")
    assert made["Content-Type"] == "application/json"
    assert made["Content-Disposition"] == f'attachment; filename="transparency-{year}.json"'
    said = json.loads(made.content)
    assert said["period"] == {"start": f"{year}-01-01T00:00:00+00:00", "end": f"{year + 1}-01-01T00:00:00+00:00", "complete": False}
    tables = {table["code"]: table for table in said["tables"]}
    assert tables["notices"]["rows"] == [
        ["MEMBER", "STATEMENT_CATEGORY_CYBER_VIOLENCE", 3],
        ["NOTICE_16", "STATEMENT_CATEGORY_CYBER_VIOLENCE", 1],
    ]
    assert tables["first_action"]["columns"][2] == {"name": "median", "unit": "SECONDS"}
    lines = list(csv.DictReader(io.StringIO(Client().get(f"/transparency/{year}.csv").content.decode())))
    found = [line for line in lines if line["table"] == "notices"]
    assert [(line["of"], line["measure"], line["value"]) for line in found] == [
        ("source=MEMBER / category=STATEMENT_CATEGORY_CYBER_VIOLENCE", "count", "3"),
        ("source=NOTICE_16 / category=STATEMENT_CATEGORY_CYBER_VIOLENCE", "count", "1"),
    ]
    assert {line["sql_sha256"] for line in found} == {tables["notices"]["sql_sha256"]}
    counted = sum(len([c for c in table["columns"] if c["unit"] != "WORD"]) * len(table["rows"]) for table in said["tables"])
    assert len(lines) == counted


def test_a_name_is_no_formula(ben: User) -> None:
    flagger = TrustedFlagger.objects.create(
        name='=HYPERLINK("http://x")', areas="x", contact="a@example.org", coordinator_ref="1", token_sha256="0" * 64, created_at=NOW
    )
    make_report(make_case(ben, now=NOW), ReportSource.TRUSTED_FLAGGER, now=NOW - timedelta(days=1), flagger=flagger)
    cells = [cell for row in csv.reader(io.StringIO(to_csv(build_report(year=2026, now=NOW)))) for cell in row]
    assert 'name==HYPERLINK("http://x")' in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    columns = (Column("name", "N", Unit.WORD), Column("=evil", "E"))
    table = Table("=1", "+1", "T", columns, (("x", 1),), "SELECT 1", ())
    text = to_csv(Report("R", Period.of_year(2026, at=NOW), (table,)))
    assert "'+1,'=1,name=x,'=evil,COUNT,1" in text


# ---- The command -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_command_writes_the_report(form: str, busy: User, tmp_path: Path) -> None:
    year, out, err, file = str(timezone.now().year), io.StringIO(), io.StringIO(), tmp_path / "report"
    call_command("transparency_report", year, format=form, stdout=out)
    call_command("transparency_report", year, format=form, output=file, stderr=err)
    assert "STATEMENT_CATEGORY_CYBER_VIOLENCE" in out.getvalue()
    assert "is not over" in err.getvalue()
    written = file.read_text("utf-8")
    assert len(written.splitlines()) == len(out.getvalue().splitlines())


def test_the_command_knows_no_other_year(db: None) -> None:
    with pytest.raises(CommandError, match="no report of this year"):
        call_command("transparency_report", "2019")
