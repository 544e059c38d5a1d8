"""One house of the server shape per worker, healed before each fault; at the end a table of all faults."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from superapp.tests.faults.checker import Verdict
from superapp.tests.faults.crowd import LONG, Town
from superapp.tests.live.conftest import MANY
from superapp.tests.live.server import ServerShape
from superapp.tests.servers import MariaDB

Tell = Callable[..., None]
_PROPERTY = "fault"


@pytest.fixture(scope="session")
def whole_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """MariaDB (commits reach the disk), Redis and two web processes, with ten people in a room."""
    folder = tmp_path_factory.mktemp("town")
    house = ServerShape(folder, MANY, database=MariaDB(folder / "mariadb"))
    try:
        house.start(webs=2)
        yield Town(house)
    finally:
        house.stop()


@pytest.fixture
def town(whole_town: Town) -> Iterator[Town]:
    """The shared house, with all its parts at work."""
    whole_town.heal()
    yield whole_town
    del whole_town.house.webs[2:]


@pytest.fixture
def tell(record_property: Callable[[str, object], None], request: pytest.FixtureRequest) -> Tell:
    """Write a line of the table: the fault, how often, what the judge said, and figures."""

    def write(rounds: int, verdict: Verdict | None = None, **figures: object) -> None:
        name = request.node.name.removeprefix("test_").replace("_", " ")
        lost, doubled = (verdict.lost, verdict.doubled) if verdict else ("-", "-")
        more = {"sent": verdict.sent, **figures} if verdict else figures
        said = ", ".join(f"{key.replace('_', ' ')} {_short(value)}" for key, value in more.items())
        print(f"{name}: {rounds} rounds, lost {lost}, doubled {doubled}, {said}")  # noqa: T201
        record_property(_PROPERTY, [name, rounds, lost, doubled, said])

    return write


def _short(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of it needs servers; what takes long stays out of `bin/test`."""
    for item in items:
        if "superapp/tests/faults/" in str(item.path):
            item.add_marker(pytest.mark.servers)


def pytest_configure() -> None:
    """One seed for the whole run, workers included."""
    os.environ.setdefault("RESAKA_SEED", str(time.time_ns() % 1_000_000))


def pytest_report_header() -> str:
    return f"faults: the {'long' if LONG else 'short'} set, RESAKA_SEED={os.environ['RESAKA_SEED']}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    rows: list[tuple[str, ...]] = [("fault", "rounds", "lost", "doubled", "result", "figures")]
    for result in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(result, []):
            if "/faults/" not in report.nodeid or (result == "passed" and report.when != "call"):
                continue
            told = [value for name, value in report.user_properties if name == _PROPERTY]
            blank = [report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " "), "-", "-", "-", ""]
            rows += [(*map(str, row[:4]), "not run" if result == "skipped" else result, str(row[4])) for row in told or [blank]]
    if len(rows) == 1:
        return
    terminalreporter.section(f"faults, RESAKA_SEED={os.environ['RESAKA_SEED']}")
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        terminalreporter.write_line(" | ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5]]))
