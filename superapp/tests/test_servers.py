"""The servers that the suite starts itself: they keep what was committed, replicate, fail over, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from superapp.tests.servers import MariaDB, Process, Redis, Sentinel

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.servers


@pytest.fixture
def started() -> Iterator[list[Process]]:
    """What a test has started, stopped at its end."""
    servers: list[Process] = []
    yield servers
    for server in servers:
        server.kill()


def test_a_killed_database_keeps_what_it_acknowledged(tmp_path: Path, started: list[Process]) -> None:
    database = MariaDB(tmp_path / "db").start()
    started.append(database)
    database.execute("CREATE TABLE resaka.t (id INT PRIMARY KEY)")
    database.execute("INSERT INTO resaka.t VALUES (1), (2)")
    port = database.port
    database.kill()
    assert database.pid is None
    database.start()
    assert database.port == port
    assert database.execute("SELECT COUNT(*) AS n FROM resaka.t") == [{"n": 2}]


def test_a_replica_follows_and_takes_over(tmp_path: Path, started: list[Process]) -> None:
    primary = MariaDB(tmp_path / "primary", fast=True, server_id=1, log_bin=True).start()
    replica = MariaDB(tmp_path / "replica", fast=True, server_id=2, log_bin=True).start()
    started += [primary, replica]
    primary.execute("CREATE TABLE resaka.t (id INT PRIMARY KEY)")
    replica.replicate_from(primary)
    primary.execute("INSERT INTO resaka.t VALUES (1)")
    replica.wait_for(primary)
    primary.execute("INSERT INTO resaka.t VALUES (2)")
    primary.kill()
    replica.promote()
    replica.execute("INSERT INTO resaka.t VALUES (3)", user="resaka", password="resaka")
    assert [row["id"] for row in replica.execute("SELECT id FROM resaka.t ORDER BY id")] == [1, 2, 3]
    primary.start()  # the old one comes back as a follower
    primary.replicate_from(replica)
    primary.wait_for(replica)
    assert primary.execute("SELECT COUNT(*) AS n FROM resaka.t") == [{"n": 3}]


def test_a_paused_server_is_silent_until_it_goes_on(tmp_path: Path, started: list[Process]) -> None:
    redis = Redis(tmp_path / "redis").start()
    started.append(redis)
    redis.pause()
    assert redis.execute("PING") == ""
    redis.resume()
    assert redis.execute("PING") == "+PONG\r\n"


def test_sentinel_names_a_new_primary(tmp_path: Path, started: list[Process]) -> None:
    primary = Redis(tmp_path / "one").start()
    replica = Redis(tmp_path / "two", replica_of=primary).start()
    watcher = Sentinel(tmp_path / "watch", primary, down_after_ms=300).start()
    started += [primary, replica, watcher]
    assert watcher.primary_port() == primary.port
    until(lambda: "num-slaves\r\n$1\r\n1" in watcher.execute("SENTINEL", "MASTER", "resaka"), 20)
    primary.kill()
    until(lambda: watcher.primary_port() == replica.port, 20)


def test_the_command_leaves_nothing_behind(tmp_path: Path) -> None:
    """Its exit code is the command's; killed the hard way it takes its servers along."""
    script = "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(os.environ['RESAKA_REDIS_URL']); sys.exit(7)"
    done = subprocess.run([ROOT / "bin/with-servers", sys.executable, "-c", script, tmp_path / "url"], timeout=60, check=False)
    assert done.returncode == 7
    assert not listens((tmp_path / "url").read_text())
    script = script.replace("sys.exit(7)", "input()")
    running = subprocess.Popen([ROOT / "bin/with-servers", sys.executable, "-c", script, tmp_path / "again"], stdin=subprocess.PIPE)
    until(lambda: (tmp_path / "again").exists() and (tmp_path / "again").read_text() != "", 60)
    url = (tmp_path / "again").read_text()
    assert listens(url)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    until(lambda: not listens(url), 10)


def listens(url: str) -> bool:
    import socket

    try:
        socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1].split("/")[0])), timeout=1).close()
    except OSError:
        return False
    return True


def until(true: object, seconds: float) -> None:
    assert callable(true)
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it did not come true"
        time.sleep(0.05)
