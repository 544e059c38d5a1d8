"""A primary and its replica: nobody misses what they wrote, and a replica that is late or dead costs no error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from core.models import DataKey, Lease
from core.routers import ReplicaRouter
from superapp.tests.house import House
from superapp.tests.servers import MariaDB


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[MariaDB, MariaDB]]:
    primary = MariaDB(tmp_path / "primary", fast=True, server_id=1, log_bin=True).start()
    replica = MariaDB(tmp_path / "replica", fast=True, server_id=2, log_bin=True).start()
    replica.replicate_from(primary, semi_sync=False)  # asynchronous: the harder case for reading one's own
    yield primary, replica
    replica.kill()
    primary.kill()


@pytest.fixture
def house(tmp_path: Path, pair: tuple[MariaDB, MariaDB]) -> Iterator[House]:
    folder = tmp_path / "data"
    folder.mkdir()
    primary, replica = pair
    addresses = {"RESAKA_DATABASE_URL": primary.url(), "RESAKA_KEYS_DATABASE_URL": primary.url("resaka_keys")}
    with House(folder, module="superapp.tests.replica_process", **addresses, RESAKA_REPLICA_URL=replica.url()) as made:
        replica.wait_for(primary)
        yield made


def until(true: Callable[[], Any], seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it did not come true"
        time.sleep(0.1)


def back(house: House) -> bool:
    return bool(house.do("own", "1")["replica"])


@pytest.mark.servers
def test_nobody_misses_what_they_wrote_whatever_the_replica_does(house: House, pair: tuple[MariaDB, MariaDB]) -> None:
    _primary, replica = pair
    until(lambda: back(house))
    seen = house.do("own", "300")
    assert (seen["stale"], seen["errors"]) == (0, [])
    assert seen["replica"] > 0
    assert house.do("other", "50") == 0
    assert house.do("atomic") == "default"
    until(lambda: back(house))
    assert house.do("save") in (["replica", "default", "changed"], ["default", "default", "changed"])

    until(lambda: back(house))
    answer, tries = house.do("broken")  # dies in mid query
    assert answer == "default"
    assert tries in (["replica", "default"], ["default"])

    replica.execute("STOP SLAVE SQL_THREAD")  # late, for ever
    seen = house.do("own", "100")
    assert (seen["stale"], seen["replica"], seen["primary"], seen["errors"]) == (0, 0, 100, [])
    assert not house.do("closed")
    replica.execute("START SLAVE SQL_THREAD")
    until(lambda: back(house))

    replica.kill()
    seen = house.do("own", "200")
    assert (seen["stale"], seen["replica"], seen["primary"], seen["errors"]) == (0, 0, 200, [])
    assert seen["slowest"] < 2  # refused at once; the bound is for a crowded machine
    replica.start()
    until(lambda: back(house))


def test_the_router_sends_nothing_to_a_replica_that_was_not_chosen() -> None:
    router = ReplicaRouter()
    from_replica = Lease(name="x")
    from_replica._state.db = "replica"
    assert router.db_for_read(Lease) is None
    assert router.db_for_read(Lease, instance=from_replica) == "default"
    assert router.db_for_write(Lease, instance=from_replica) == "default"
    assert router.db_for_write(DataKey) is None
    assert router.db_for_read(DataKey) is None
    assert router.allow_relation(from_replica, get_user_model()()) is None
    from_primary = Lease(name="y")
    from_primary._state.db = "default"
    assert router.allow_relation(from_replica, from_primary)
    assert router.allow_migrate("replica", "core") is False
    assert router.allow_migrate("default", "core") is None
