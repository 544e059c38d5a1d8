"""Controls of standards, a line each in `docs/compliance/`: its state, how, and where to see it. It claims no certificate."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from privacy.registers.reading import RegisterInvalid
from privacy.registers.words import ControlState

_LINK = re.compile(r"\[[^\]]+\]\(([^)#]+)(?:#[^)]*)?\)")
_CODE = re.compile(r"`([^`]+)`")
_ROW = re.compile(r"\| (?P<ref>[0-9]+(?:\.[0-9]+)?) \|(?P<rest>.*)\|\s*")


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard, its file, and the numbers of all of its controls."""

    key: str
    title: str
    refs: tuple[str, ...]

    @property
    def file(self) -> Path:
        """Where its lines lie."""
        return Path(settings.BASE_DIR) / "docs" / "compliance" / f"{self.key}.md"


@dataclass(frozen=True, slots=True)
class Control:
    """One control. `evidence` as it is written: links and code, which `find_dead` follows."""

    ref: str
    title: str
    state: ControlState
    how: str
    evidence: str


def _numbers(theme: int, count: int) -> tuple[str, ...]:
    return tuple(f"{theme}.{number}" for number in range(1, count + 1))


# ISO/IEC 27001:2022, annex A: 37 organisational, 8 of people, 14 physical, 34 technological controls. ANSSI, guide d'hygiène
# informatique, version 2.0 of 2017: 42 measures.
STANDARDS = (
    Standard("iso27001-annex-a", "ISO/IEC 27001:2022, annexe A", (*_numbers(5, 37), *_numbers(6, 8), *_numbers(7, 14), *_numbers(8, 34))),
    Standard("anssi-hygiene", "ANSSI, guide d’hygiène informatique", tuple(str(number) for number in range(1, 43))),
)


def find_standard(*, key: str) -> Standard | None:
    """A standard by the name in an address."""
    return next((one for one in STANDARDS if one.key == key), None)


def read_controls(file: Path) -> list[Control]:
    """The lines of a file: `| number | title | state | how | evidence |`.

    Raises:
        RegisterInvalid: no file, or a line with another number of cells or an unknown state.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RegisterInvalid(f"{file.name}: {error}") from error
    return [_read(file, found) for line in lines if (found := _ROW.fullmatch(line))]


def check_controls(standard: Standard, controls: Iterable[Control], *, root: Path, commands: Collection[str]) -> list[str]:
    """Each control of the standard has one line; what is said to be done, wholly or in part, shows where; and what it shows is there."""
    controls, name = list(controls), standard.file.name
    refs = [one.ref for one in controls]
    faults = [f"{name}: {ref} is missing" for ref in standard.refs if ref not in refs]
    faults += [f"{name}: {ref} is no control of it" for ref in refs if ref not in standard.refs]
    faults += [f"{name}: {ref} stands twice" for ref in sorted({ref for ref in refs if refs.count(ref) > 1})]
    for one in controls:
        shown = _pieces(one)
        faults += [f"{name}, {one.ref}: says nothing of how"] if not one.how else []
        if one.state in (ControlState.DONE, ControlState.PARTLY) and not shown:
            faults.append(f"{name}, {one.ref}: {one.state} without evidence")
        faults += [f"{name}, {one.ref}: {dead}" for dead in _find_dead(standard, shown, root, commands)]
    return faults


def _read(file: Path, row: re.Match[str]) -> Control:
    cells = [cell.strip() for cell in row["rest"].split("|")]
    try:
        title, state, how, evidence = cells
        return Control(row["ref"], title, ControlState(state), how, evidence)
    except ValueError as error:
        raise RegisterInvalid(f"{file.name}, {row['ref']}: {error}") from error


def _pieces(control: Control) -> list[str]:
    return _LINK.findall(control.evidence) + _CODE.findall(control.evidence)


def _find_dead(standard: Standard, pieces: Iterable[str], root: Path, commands: Collection[str]) -> list[str]:
    return [f"{piece} is not there" for piece in pieces if not _is_there(standard, piece, root, commands)]


def _is_there(standard: Standard, piece: str, root: Path, commands: Collection[str]) -> bool:
    """A link beside the file, a path of the repository with the name of a test in it, or a command of ours."""
    if piece.startswith(("https://", "http://")):
        return False  # a page of others is no evidence of what is done here
    if piece.startswith("manage.py "):
        return piece.split()[1] in commands
    path, _colons, test = piece.split()[0].partition("::")
    place = (standard.file.parent / path).resolve() if path.startswith("..") else root / path
    if not place.exists():
        return False
    return not test or re.search(rf"^(?:async )?def {re.escape(test)}\(", place.read_text(encoding="utf-8"), re.MULTILINE) is not None
