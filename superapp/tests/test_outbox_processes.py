"""The outbox among processes that race and die, on SQLite and on MariaDB: every effect once, nothing lost."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from superapp.tests.house import House
from superapp.tests.servers import MariaDB


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.servers)])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "data"
    folder.mkdir()
    if request.param == "sqlite":
        with House(folder) as made:
            yield made
        return
    with MariaDB(tmp_path / "db", fast=True) as database:
        addresses = {"RESAKA_DATABASE_URL": database.url(), "RESAKA_KEYS_DATABASE_URL": database.url("resaka_keys")}
        with House(folder, **addresses) as made:
            yield made


def test_two_relays_do_everything_once(house: House) -> None:
    house.do("publish", "60")
    for process in [house.start("relay"), house.start("relay")]:
        house.end(process)
    assert house.do("effects") == list(range(60))
    assert {(row["state"], row["attempts"], row["lease"]) for row in house.do("rows")} == {("DONE", 1, "")}


def test_a_worker_killed_in_mid_handler_leaves_no_trace_and_is_followed_by_another(house: House) -> None:
    house.do("publish", "1")
    [(pk, lease)] = house.do("claim")
    (house.folder / "hang").touch()
    worker = house.start("deliver", str(pk), lease)
    limit = time.monotonic() + 60
    while not (house.folder / "hanging").exists():
        assert time.monotonic() < limit
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    (house.folder / "hang").unlink()
    assert house.do("effects") == []
    assert house.do("claim") == []  # its lease runs on
    house.do("later")
    assert house.do("deliver", str(pk), lease) is False  # what the broker repeats of the dead one begins nothing
    house.do("relay")
    assert house.do("effects") == [0]
    assert [(row["state"], row["attempts"]) for row in house.do("rows")] == [("DONE", 2)]


def test_a_claim_given_to_two_workers_is_done_by_one(house: House) -> None:
    house.do("publish", "1")
    [(pk, lease)] = house.do("claim")
    workers = [house.start("deliver", str(pk), lease) for _ in range(2)]
    assert sorted(house.end(worker) for worker in workers) == [False, True]
    assert house.do("effects") == [0]
