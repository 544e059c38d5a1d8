"""Files that only grow: whole lines, in turns, for their owner's eyes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.lines import append_lines, grow


def test_lines_are_appended_and_nobody_else_may_read_them(tmp_path: Path) -> None:
    file = tmp_path / "away" / "log.jsonl"
    append_lines(file, ["a", "b"])
    append_lines(file, [])
    append_lines(file, ["c"])
    assert file.read_text("ascii") == "a\nb\nc\n"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_line_that_was_left_without_its_end_stays_alone(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text('{"whole":1}\n{"tor', "ascii")
    append_lines(file, ["next"])
    assert file.read_text("ascii").splitlines() == ['{"whole":1}', '{"tor', "next"]


def test_what_is_to_be_written_is_chosen_once_it_is_ones_turn(tmp_path: Path) -> None:
    file = tmp_path / "log"

    def choose() -> list[str]:
        assert file.exists()
        return [str(file.stat().st_size)]

    assert grow(file, choose) == 1
    assert grow(file, choose) == 1
    assert file.read_text("ascii") == "0\n2\n"


def test_processes_take_turns(tmp_path: Path) -> None:
    file = tmp_path / "log"
    program = (
        "import sys; from pathlib import Path; from core.lines import append_lines\n"
        "for number in range(200): append_lines(Path(sys.argv[1]), [sys.argv[2] * 300, sys.argv[2] * 300])"
    )
    root = Path(__file__).resolve().parents[2]
    writers = [subprocess.Popen([sys.executable, "-c", program, str(file), word], cwd=root) for word in "abcd"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    lines = file.read_text("ascii").splitlines()
    assert sorted(set(lines)) == [word * 300 for word in "abcd"]
    assert len(lines) == 1600
    assert all(lines[place] == lines[place + 1] for place in range(0, 1600, 2))  # what was written at once stands together


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full is Linux's")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        append_lines(file, ["a"])
