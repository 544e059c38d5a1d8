"""kill -9 in the middle of telling devices: every device shows every notice, and shows it once.

RESAKA_LONG=1 kills 200 times, RESAKA_SEED=… repeats a run.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifications.tests.push.devices import PushService
from superapp.tests.house import House
from superapp.tests.servers import MariaDB

KILLS = 200 if os.environ.get("RESAKA_LONG") == "1" else 8
PEOPLE, DEVICES = 20, 5
_VAPID = "12" * 32


@pytest.fixture
def service() -> Iterator[PushService]:
    made = PushService()
    yield made
    made.close()


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.faults), pytest.param("mariadb", marks=pytest.mark.servers)])
def house(request: pytest.FixtureRequest, tmp_path: Path, service: PushService) -> Iterator[House]:
    folder = tmp_path / "data"
    folder.mkdir()
    settings = {"RESAKA_PUSH_HOSTS": service.entry, "RESAKA_VAPID_KEY": _VAPID}
    if request.param == "sqlite":
        with House(folder, module="superapp.tests.push_process", **settings) as made:
            yield made
        return
    with MariaDB(tmp_path / "db", fast=True) as database:
        addresses = {"RESAKA_DATABASE_URL": database.url(), "RESAKA_KEYS_DATABASE_URL": database.url("resaka_keys")}
        with House(folder, module="superapp.tests.push_process", **settings, **addresses) as made:
            yield made


def shown_on(service: PushService) -> Counter[tuple[str, str]]:
    """What is on the screens at the end, as browsers do it: of each device, by its notices. A push whose tag is there takes its place."""
    screens: dict[str, dict[str, str]] = {}
    for push in service.taken:
        screens.setdefault(push.token, {})[push.topic] = push.said["i"]
    return Counter((token, notice) for token, screen in screens.items() for notice in screen.values())


def test_killed_workers_lose_nothing_and_no_device_shows_a_notice_twice(house: House, service: PushService) -> None:
    seed = int(os.environ.get("RESAKA_SEED") or random.randrange(2**16))
    chance, facts = random.Random(seed), 0
    assert house.do("add", service.base, str(PEOPLE), str(DEVICES)) == PEOPLE * DEVICES
    for _kill in range(KILLS):
        assert house.do("tell", str(facts)) == PEOPLE
        facts += 1
        before = service.requests
        worker = house.start("carry")
        end = time.monotonic() + 30
        while service.requests == before and time.monotonic() < end:  # it is at work
            time.sleep(0.01)
        time.sleep(chance.random() * 0.1)
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        house.do("later")
    end = time.monotonic() + 120
    while house.do("states") != [["SENT", ""]]:
        assert time.monotonic() < end, (seed, house.do("states"))
        house.do("later")
        house.do("wake")
        house.do("carry")
    seen = shown_on(service)
    assert len(seen) == PEOPLE * DEVICES * facts, seed
    assert set(seen.values()) == {1}, seed
    twice = [key for key, count in Counter((push.token, push.said["i"], push.said["w"]) for push in service.taken).items() if count > 1]
    # What was accepted and not yet noted when a worker died: a batch of each kill at most. Without kills there would be none.
    assert len(twice) <= KILLS * 100, (seed, json.dumps(len(twice)))


def test_without_kills_nothing_is_sent_twice(house: House, service: PushService) -> None:
    house.do("add", service.base, str(PEOPLE), str(DEVICES))
    for fact in range(3):
        house.do("tell", str(fact))
    for worker in [house.start("carry") for _each in range(2)]:
        house.end(worker)
    assert service.requests == PEOPLE * DEVICES * 3
    assert set(Counter((push.token, push.said["i"]) for push in service.taken).values()) == {1}
