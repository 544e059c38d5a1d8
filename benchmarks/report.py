"""Plain tables on standard output, and the same figures as JSON where a path is given."""

from __future__ import annotations

import json
import os
import shlex
import statistics
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import describe


def command_line() -> str:
    """What was typed."""
    return "python -m benchmarks " + shlex.join(sys.argv[1:])


def print_head() -> dict[str, Any]:
    """Name the command and the machine; the head of the JSON."""
    facts = describe()
    print(f"$ {command_line()}")
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    if os.getloadavg()[0] > 0.5:
        print("the machine is busy with other work: these figures are noise")
    print(flush=True)
    return {"command": command_line(), "machine": facts, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as they need; the first is flush left, the others flush right."""
    texts = [list(map(str, head)), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in texts) for place in range(len(head))]
    for number, row in enumerate(texts):
        cells = [
            cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    print(flush=True)


def save(path: str | None, data: Mapping[str, Any]) -> None:
    """Write the figures as JSON, if a path was given."""
    if path:
        Path(path).write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8")


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Least to most."""
    return f"{min(values):.{digits}f}-{max(values):.{digits}f}" if values else "-"


def median(values: Sequence[float]) -> float:
    """The median; 0 of nothing."""
    return statistics.median(values) if values else 0.0
