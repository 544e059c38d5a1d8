"""Celery's own processes on a real broker: they run what the outbox hands over, also when the broker was away."""

from __future__ import annotations

import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.tests.ports import free_port
from superapp import brokers
from superapp.schedule import JOBS
from superapp.tests.house import House
from superapp.tests.servers import Redis


# One house for the module: starting its processes is most of the work.
@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("broker")).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, broker: Redis) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("data")
    (folder / "media").mkdir()
    with House(folder, RESAKA_JOBS="celery", RESAKA_BROKER_URL=broker.url) as made:
        yield made


@pytest.fixture(scope="module")
def celery(house: House) -> Iterator[Callable[..., None]]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> None:
        started.append(house.run("celery", "-A", "superapp", *arguments))

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
    for process in started:
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def worker(celery: Callable[..., None]) -> None:
    celery("worker", "--concurrency", "1")


def until(true: Callable[[], object], seconds: float = 90) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it did not come true"
        time.sleep(0.1)


def picture(house: House, name: str) -> Path:
    path = house.folder / "media" / name
    path.write_bytes(b"x")
    return path


def done(house: House) -> bool:
    return {row["state"] for row in house.do("rows")} == {"DONE"}


@pytest.mark.servers
def test_what_a_broker_loses_is_handed_out_again(house: House, broker: Redis, request: pytest.FixtureRequest) -> None:
    """First of all: a worker that lives would take what is handed over before it is lost."""
    path = picture(house, "lost.webp")
    house.do("purge", path.name)
    assert house.do("submit") == 2  # the files and the facts of the check, each on its own row
    broker.execute("FLUSHALL")
    assert house.do("submit") == 0  # its lease runs
    house.do("later")
    assert house.do("submit") == 2
    assert path.exists()  # handing over is not doing
    request.getfixturevalue("worker")
    until(lambda: done(house))
    assert not path.exists()


@pytest.mark.servers
@pytest.mark.usefixtures("worker")
def test_worker_and_beat_do_what_the_rows_say_whatever_the_broker_does(house: House, broker: Redis, celery: Callable[..., None]) -> None:
    before = len(house.do("rows"))
    first, second, third = (picture(house, f"{number}.webp") for number in range(3))
    house.do("purge", first.name)
    assert house.do("submit") == 2
    until(lambda: done(house))
    assert not first.exists()

    broker.kill()  # while the worker listens to it
    house.do("purge", second.name)  # the commit does not notice
    start = time.monotonic()
    assert house.do("submit") == "unreachable"
    assert time.monotonic() - start < 20  # the relay's own thread, not a request
    assert [row["attempts"] for row in house.do("rows")[before:]] == [1, 1, 0, 0]
    broker.start()
    until(lambda: house.do("submit") != "unreachable")
    until(lambda: done(house))
    assert not second.exists()

    house.do("purge", third.name)  # no relay lives: beat's sweep finds it
    celery("beat")
    until(lambda: done(house))
    assert not third.exists()
    assert [row["attempts"] for row in house.do("rows")[before:]] == [1] * 6


@pytest.mark.servers
@pytest.mark.usefixtures("worker")
def test_the_relay_of_a_web_process_hands_over_also_after_its_broker_was_away(house: House, broker: Redis) -> None:
    """It starts while there is no broker; pages are answered meanwhile."""
    broker.kill()
    before = len(house.do("rows"))
    path = picture(house, "web.webp")
    house.do("purge", path.name)
    port = free_port()
    web = House(house.folder, RESAKA_JOBS="celery", RESAKA_BROKER_URL=broker.url, RESAKA_PORT=str(port)).run("superapp.serve")
    try:
        until(lambda: house.do("rows")[before].get("last_error", "").startswith("not handed over"))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            assert answer.status == 200
        broker.start()
        until(lambda: done(house))
        assert not path.exists()
    finally:
        web.send_signal(signal.SIGTERM)
        web.communicate(timeout=60)
    assert web.returncode in {0, -signal.SIGTERM}  # it drained and ended by the signal, not by force


def test_the_two_shapes_have_one_list_of_jobs() -> None:
    names = [job.name for job in JOBS]
    assert len(names) == len(set(names))
    assert "privacy.purge_due" in names


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://:p@h:1/2", "redis://:p@h:1/2"),
        ("unix:///run/redis.sock?db=1", "redis+socket:///run/redis.sock"),
        ("sentinel://:p@a:1,b:2/main", "sentinel://:p@a:1/0;sentinel://:p@b:2/0"),
        ("amqps://u:p@h/v", "amqps://u:p@h/v"),
    ],
)
def test_addresses_of_brokers(url: str, said: str) -> None:
    options = brokers.options(brokers.address("X", url))
    assert options["broker_url"] == said
    transport = options["broker_transport_options"]
    assert transport.get("master_name") == ("main" if url.startswith("sentinel") else None)
    assert ("visibility_timeout" in transport) != url.startswith("amqp")


def test_a_wrong_address_names_its_variable() -> None:
    with pytest.raises(ImproperlyConfigured, match="RESAKA_BROKER_URL"):
        brokers.address("RESAKA_BROKER_URL", "memory://")
