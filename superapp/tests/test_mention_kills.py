"""kill -9 in the middle of mailing mentions: nobody gets two mails of one telling, and what is noted as sent has left.

RESAKA_LONG=1 kills 100 times, RESAKA_SEED=… repeats a run.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from superapp.tests.house import House
from superapp.tests.servers import MariaDB

KILLS = 100 if os.environ.get("RESAKA_LONG") == "1" else 6
PEOPLE = 8
_NAME = re.compile(r"^Message-ID: <([a-z2-7]{20}\.\d+)@", re.MULTILINE)


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.faults), pytest.param("mariadb", marks=pytest.mark.servers)])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "data"
    folder.mkdir()
    if request.param == "sqlite":
        with House(folder, module="superapp.tests.mention_process") as made:
            yield made
        return
    with MariaDB(tmp_path / "db", fast=True) as database:
        addresses = {"RESAKA_DATABASE_URL": database.url(), "RESAKA_KEYS_DATABASE_URL": database.url("resaka_keys")}
        with House(folder, module="superapp.tests.mention_process", **addresses) as made:
            yield made


def mailed(house: House) -> Counter[str]:
    """The mails that left, by their names."""
    return Counter(name for path in (house.folder / "mail").glob("*.log") for name in _NAME.findall(path.read_text("utf-8")))


def carry_all(house: House, seed: int) -> None:
    """Let time pass until nothing waits."""
    end = time.monotonic() + 120
    while any(state == "WAITING" for state, _reason in house.do("states")):
        assert time.monotonic() < end, (seed, house.do("states"))
        house.do("later")
        house.do("wake")
        house.do("carry")


def test_killed_workers_lose_no_mail_and_tell_nothing_twice(house: House) -> None:
    seed = int(os.environ.get("RESAKA_SEED") or random.randrange(2**16))
    chance = random.Random(seed)
    house.do("add", str(PEOPLE))
    for kill in range(KILLS):
        house.do("speak", str(kill))
        house.do("later")
        house.do("wake")
        worker, before = house.start("carry"), sum(mailed(house).values())
        end = time.monotonic() + 30
        while sum(mailed(house).values()) == before and worker.poll() is None and time.monotonic() < end:  # until it is at work
            time.sleep(0.005)
        time.sleep(chance.random() * 0.05)
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    carry_all(house, seed)
    left = mailed(house)
    noted = set(house.do("sent"))
    assert noted <= set(left), seed
    # A mail that left as its worker died is tried again by the same name, unless a later notice of its room spoke for it (MERGED).
    assert len(set(left) - noted) <= KILLS, seed
    assert len(noted) >= PEOPLE
    assert {reason for _state, reason in house.do("states")} <= {"", "MERGED"}, seed
    # One of each kill at most leaves twice.
    assert sum(left.values()) - len(left) <= KILLS, seed


def test_two_workers_at_once_send_one_mail_for_a_room_to_each(house: House) -> None:
    house.do("add", str(PEOPLE))
    for number in range(3):
        house.do("speak", str(number))
    house.do("later")
    house.do("wake")
    for worker in [house.start("carry") for _each in range(2)]:
        house.end(worker)
    left = mailed(house)
    assert (len(left), set(left.values())) == (PEOPLE, {1})
    assert house.do("states") == [["SENT", ""], ["SUPPRESSED", "MERGED"]]
