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

from superapp import brokers
from superapp.schedule import JOBS
from superapp.tests.house import House
from superapp.tests.servers import Redis, free_port


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path / "broker").start()
    yield server
    server.kill()


@pytest.fixture
def house(tmp_path: Path, broker: Redis) -> Iterator[House]:
    (tmp_path / "data/media").mkdir(parents=True)
    with House(tmp_path / "data", RESAKA_JOBS="celery", RESAKA_BROKER_URL=broker.url) as made:
        yield made


@pytest.fixture
def celery(house: House) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        started.append(house.run("celery", "-A", "superapp", *arguments))
        return started[-1]

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


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
def test_worker_and_beat_do_what_the_rows_say_whatever_the_broker_does(
    house: House, broker: Redis, celery: Callable[..., subprocess.Popen[str]]
) -> None:
    first, second, third = (picture(house, f"{number}.webp") for number in range(3))
    house.do("purge", first.name)
    assert house.do("submit") == 2  # the files and the facts of the check, each on its own row
    assert first.exists()  # handing over is not doing
    celery("worker", "--concurrency", "1")
    until(lambda: done(house))
    assert not first.exists()

    broker.kill()  # while the worker listens to it
    house.do("purge", second.name)  # the commit does not notice
    start = time.monotonic()
    assert house.do("submit") == "unreachable"
    assert time.monotonic() - start < 20  # the relay's own thread, not a request
    assert [row["attempts"] for row in house.do("rows")] == [1, 1, 0, 0]
    broker.start()
    until(lambda: house.do("submit") != "unreachable")
    until(lambda: done(house))
    assert not second.exists()

    house.do("purge", third.name)  # no relay lives: beat's sweep finds it
    celery("beat")
    until(lambda: done(house))
    assert not third.exists()
    assert [row["attempts"] for row in house.do("rows")] == [1] * 6


@pytest.mark.servers
def test_the_relay_of_a_web_process_hands_over_also_after_its_broker_was_away(
    house: House, broker: Redis, celery: Callable[..., subprocess.Popen[str]]
) -> None:
    """It starts while there is no broker; pages are answered meanwhile."""
    broker.kill()
    path = picture(house, "web.webp")
    house.do("purge", path.name)
    port = free_port()
    web = House(house.folder, RESAKA_JOBS="celery", RESAKA_BROKER_URL=broker.url, RESAKA_PORT=str(port)).run("superapp.serve")
    try:
        until(lambda: house.do("rows")[0].get("last_error", "").startswith("not handed over"))
        start = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            assert answer.status == 200
        assert time.monotonic() - start < 1
        broker.start()
        celery("worker", "--concurrency", "1")
        until(lambda: done(house))
        assert not path.exists()
    finally:
        web.send_signal(signal.SIGTERM)
        web.communicate(timeout=60)
    assert web.returncode in {0, -signal.SIGTERM}  # it drained and ended by the signal, not by force


@pytest.mark.servers
def test_what_a_broker_loses_is_handed_out_again(house: House, broker: Redis, celery: Callable[..., subprocess.Popen[str]]) -> None:
    path = picture(house, "lost.webp")
    house.do("purge", path.name)
    assert house.do("submit") == 2
    broker.execute("FLUSHALL")
    assert house.do("submit") == 0  # its lease runs
    house.do("later")
    assert house.do("submit") == 2
    celery("worker", "--concurrency", "1")
    until(lambda: done(house))
    assert not path.exists()


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
