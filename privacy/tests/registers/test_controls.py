"""Controls of standards: every number once, no word of done without what shows it, and what it shows is there."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.test import override_settings

from privacy.registers.controls import STANDARDS, Control, Standard, check_controls, find_standard, read_controls
from privacy.registers.reading import RegisterInvalid
from privacy.registers.words import ControlState

ROOT = Path(__file__).resolve().parents[3]
SMALL = Standard("small", "Small", ("1", "2"))


def control(ref: str = "1", **change: Any) -> Control:
    known: dict[str, Any] = {"title": "t", "state": ControlState.DONE, "how": "so", "evidence": "`manage.py registers`"}
    return Control(ref, **(known | change))


def faults(*controls: Control) -> list[str]:
    return check_controls(SMALL, controls, root=ROOT, commands=get_commands())


def test_the_maps_as_they_ship_have_no_fault() -> None:
    for standard in STANDARDS:
        lines = read_controls(standard.file)
        assert check_controls(standard, lines, root=ROOT, commands=get_commands()) == []
    out = StringIO()
    call_command("controls", check=True, stdout=out)
    assert "iso27001-annex-a: " in out.getvalue()


def test_the_standards_have_the_numbers_that_they_have() -> None:
    iso, anssi = STANDARDS
    themes = [sum(ref.startswith(f"{theme}.") for ref in iso.refs) for theme in (5, 6, 7, 8)]
    assert (themes, len(iso.refs), len(anssi.refs)) == ([37, 8, 14, 34], 93, 42)
    assert find_standard(key="anssi-hygiene") == anssi
    assert find_standard(key="../secret") is None


def test_a_control_is_there_once_and_no_other() -> None:
    assert faults(control("1"), control("2")) == []
    assert faults(control("1")) == ["small.md: 2 is missing"]
    assert faults(control("1"), control("2"), control("2")) == ["small.md: 2 stands twice"]
    assert faults(control("1"), control("2"), control("3")) == ["small.md: 3 is no control of it"]


@pytest.mark.parametrize(("state", "needs"), [("DONE", True), ("PARTLY", True), ("OPERATOR", False), ("NO", False)])
def test_what_is_done_shows_where(state: str, needs: bool) -> None:
    found = faults(control("1", state=ControlState(state), evidence="believe us"), control("2"))
    assert found == ([f"small.md, 1: {state} without evidence"] if needs else [])


def test_how_is_said_in_every_line() -> None:
    assert faults(control("1", how=""), control("2")) == ["small.md, 1: says nothing of how"]


@pytest.mark.parametrize(
    "evidence",
    [
        "[x](../../README.md)",
        "[x](../operations.md#faults)",
        "`superapp/settings.py`",
        "`bin/test`",
        "`privacy/tests/registers/test_controls.py::test_how_is_said_in_every_line`",
        "`manage.py check`",
        "`manage.py controls --check`",
    ],
)
def test_what_is_there_counts(evidence: str) -> None:
    assert faults(control("1", evidence=evidence), control("2")) == []


@pytest.mark.parametrize(
    ("evidence", "dead"),
    [
        ("[x](../../GONE.md)", "../../GONE.md"),
        ("`superapp/gone.py`", "superapp/gone.py"),
        ("`privacy/tests/registers/test_controls.py::test_gone`", "privacy/tests/registers/test_controls.py::test_gone"),
        ("`privacy/tests/registers/test_controls.py::control`x", ""),
        ("`manage.py gone`", "manage.py gone"),
        ("[x](https://www.iso.org/)", "https://www.iso.org/"),
    ],
)
def test_what_is_gone_is_named_also_beside_what_is_there(evidence: str, dead: str) -> None:
    found = faults(control("1", evidence=f"`bin/test`, {evidence}"), control("2"))
    assert found == ([f"small.md, 1: {dead} is not there"] if dead else [])


def test_a_line_of_another_form_is_refused_and_other_lines_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "small.md"
    file.write_text("# Small\n\n| control | title |\n|---|---|\n| 1 | t | DONE | so | `bin/test` |\n\nwords | 2 |\n")
    assert read_controls(file) == [Control("1", "t", ControlState.DONE, "so", "`bin/test`")]
    for bad in ("| 1 | t | FINE | so | x |", "| 1 | t | DONE | so |", "| 1 | t | DONE | so | x | y |"):
        file.write_text(bad)
        with pytest.raises(RegisterInvalid, match=r"small\.md, 1"):
            read_controls(file)
    with pytest.raises(RegisterInvalid, match=r"gone\.md"):
        read_controls(tmp_path / "gone.md")


def test_the_command_fails_where_a_map_is_gone(tmp_path: Path) -> None:
    with override_settings(BASE_DIR=tmp_path), pytest.raises(CommandError, match=r"iso27001-annex-a\.md"):
        call_command("controls", check=True, stdout=StringIO())


def test_the_command_tells_dead_evidence_and_fails_only_when_asked_to(tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "compliance"
    folder.mkdir(parents=True)
    for standard in STANDARDS:
        (folder / standard.file.name).write_text("| 1 | t | DONE | so | `gone.py` |\n")
    with override_settings(BASE_DIR=tmp_path):
        err = StringIO()
        call_command("controls", stdout=StringIO(), stderr=err)
        assert "anssi-hygiene.md, 1: gone.py is not there" in err.getvalue()
        with pytest.raises(CommandError):
            call_command("controls", check=True, stdout=StringIO(), stderr=StringIO())


@pytest.mark.parametrize("book", sorted((ROOT / "docs" / "runbooks").glob("*.md")), ids=lambda path: path.stem)
def test_every_link_and_command_of_a_runbook_is_there(book: Path) -> None:
    text = book.read_text("utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text)]
    assert [link for link in links if link and not (book.parent / link).resolve().exists()] == []
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text)) - {"shell"}
    assert commands <= set(get_commands())
    scripts = set(re.findall(r"`(bin/[a-z-]+)", text))
    assert [script for script in scripts if not (ROOT / script).exists()] == []


def test_the_six_books_are_there() -> None:
    books = {path.stem for path in (Path(settings.BASE_DIR) / "docs" / "runbooks").glob("*.md")}
    assert books == {"incident", "breach", "restore", "key-loss", "staff-leaving", "requisition-at-night"}
