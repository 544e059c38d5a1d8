"""What every server under test stands on: rooms and people, a MariaDB and a Redis of its own, and processes that are counted."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT, processor_seconds
from core.tests.ports import free_port
from superapp.tests.servers import MariaDB, Redis

_START_SECONDS = 90
_NO_LIMIT: dict[str, Any] = {"client-output-buffer-limit": "pubsub 0 0 0"}


@dataclass(frozen=True, slots=True)
class Crowd:
    """Rooms of these sizes, whose members are all different people; the first `speakers` of each room send."""

    rooms: tuple[int, ...]
    speakers: int = 1

    @property
    def people(self) -> int:
        return sum(self.rooms)


@dataclass(slots=True)
class Stores:
    """A MariaDB and a Redis of one contestant, started when first wanted."""

    folder: Path
    database: MariaDB = field(init=False)
    redis: Redis = field(init=False)

    def __post_init__(self) -> None:
        self.database = MariaDB(self.folder / "mariadb", max_connections=1000, innodb_buffer_pool_size="512M", innodb_log_file_size="256M")
        self.redis = Redis(self.folder / "redis", maxclients=15000, **_NO_LIMIT)

    def start(self) -> None:
        """Start those that do not run."""
        for server in (self.database, self.redis):
            if server.pid is None:
                server.start()

    def stop(self) -> None:
        """Stop both."""
        for server in (self.redis, self.database):
            if server.pid is not None:
                server.stop()

    @property
    def pids(self) -> list[int]:
        return [server.pid for server in (self.database, self.redis) if server.pid is not None]


class Processes:
    """The server processes of one run: started together, counted together, ended together."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[tuple[subprocess.Popen[bytes], int]] = []

    def start(self, command: Sequence[str], *, port: int, environment: Mapping[str, str], cwd: Path = ROOT) -> int:
        """Start one more; its place."""
        log = self._folder / f"{port}.log"
        with log.open("ab") as file:
            process = subprocess.Popen(
                list(command),
                cwd=cwd,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self._running.append((process, port))
        return len(self._running) - 1

    def wait(self) -> None:
        """Until every process listens.

        Raises:
            RuntimeError: one ended or stayed silent.
        """
        for process, port in self._running:
            limit = time.monotonic() + _START_SECONDS
            while not _listens(port):
                if process.poll() is not None or time.monotonic() > limit:
                    raise RuntimeError(f"{process.args!r} does not listen on {port}:\n{self.log(port)[-3000:]}")
                time.sleep(0.05)

    def log(self, port: int) -> str:
        """What a process wrote."""
        return (self._folder / f"{port}.log").read_text("utf-8", "replace")

    @property
    def pids(self) -> list[int]:
        return [process.pid for process, _port in self._running if process.poll() is None]

    @property
    def ports(self) -> list[int]:
        return [port for _process, port in self._running]

    def kill(self, place: int) -> None:
        """SIGKILL for one of them."""
        process, _port = self._running[place]
        _signal(process, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """SIGTERM for all, then SIGKILL for those that stay."""
        for process, _port in self._running:
            _signal(process, signal.SIGTERM)
        for process, _port in self._running:
            try:
                process.wait(timeout=8)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
        self._running.clear()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def clock_of(pids: Sequence[int]) -> float:
    """The processor seconds used so far by a system under test."""
    return processor_seconds(pids)


__all__ = ["Crowd", "Processes", "Stores", "clock_of", "free_port"]
