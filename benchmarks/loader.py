"""Drives the crowd of `loader.c`: compiles it when it changed, tells it whom to connect, and reads its figures."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from benchmarks.machine import HERE, Missing, cache_folder, find_program


@dataclass(frozen=True, slots=True)
class Wire:
    """How one server is spoken to; the templates are those of `loader.c`."""

    path: str
    send: str
    headers: tuple[str, ...] = ()
    steps: tuple[tuple[str, str], ...] = ()
    ack: str = ""
    error: str = ""
    pong: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One socket: the port it connects to, its room, whether it speaks, and what the templates need of it."""

    port: int
    room: int
    speaks: bool
    room_name: str
    key: str = "-"
    name: str = "-"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round gave. `faults` is empty when every delivery came exactly once."""

    sent: int
    deliveries: int
    acks: int
    seconds: float
    loader_seconds: float
    server_seconds: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    disordered: int
    faults: str = ""
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def us_per_delivery(self) -> float:
        """Processor microseconds of the whole system under test for each delivery."""
        return self.server_seconds * 1e6 / max(1, self.deliveries)

    @property
    def loader_us(self) -> float:
        """The same of the loader."""
        return self.loader_seconds * 1e6 / max(1, self.deliveries)


def compiled() -> Path:
    """The loader's program.

    Raises:
        Missing: there is no C compiler, or it does not like the source.
    """
    source = HERE / "loader.c"
    path = cache_folder() / f"loader-{hashlib.sha256(source.read_bytes()).hexdigest()[:16]}"
    if not path.exists():
        try:
            compiler = find_program("cc")
        except Missing as error:
            raise Missing("the loader needs a C compiler: install gcc (Debian: apt-get install gcc libc6-dev)") from error
        made = path.with_suffix(".new")
        done = subprocess.run([compiler, "-O2", "-o", str(made), str(source)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"cc refused benchmarks/loader.c:\n{done.stderr}")
        made.rename(path)
    return path


class Loader:
    """A running crowd; `with Loader(…) as crowd: crowd.open(); crowd.round(…)`."""

    def __init__(
        self, wire: Wire, seats: Sequence[Seat], *, echo: bool = True, backlog: int = 0, parallel: int = 128, sources: int = 1
    ) -> None:
        self._seats = seats
        lines = ["host\t127.0.0.1", f"path\t{wire.path}", f"send\t{wire.send}", f"echo\t{int(echo)}", f"backlog\t{backlog}"]
        lines += [f"parallel\t{parallel}", f"sources\t{sources}"]
        lines += [f"header\t{header}" for header in wire.headers]
        lines += [f"step\t{wait}\t{answer}" for wait, answer in wire.steps]
        lines += [f"ack\t{wire.ack}"] * bool(wire.ack) + [f"error\t{wire.error}"] * bool(wire.error)
        lines += [f"pong\t{wire.pong[0]}\t{wire.pong[1]}"] if wire.pong else []
        lines += [f"socket\t{s.port}\t{s.room}\t{int(s.speaks)}\t{s.room_name}\t{s.key}\t{s.name}" for s in seats]
        self._config = "\n".join(lines) + "\n"
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        program = compiled()
        with tempfile.NamedTemporaryFile("w", suffix=".crowd", delete=False) as file:
            file.write(self._config)
        self._file = Path(file.name)
        self._process = subprocess.Popen([str(program), file.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._file.unlink(missing_ok=True)

    def open(self, *, seconds: float = 120) -> dict[str, Any]:
        """Connect everybody; the answer tells how long it took.

        Raises:
            RuntimeError: not everybody came in.
        """
        self._say(f"open {seconds}")
        answer = self._hear()
        if answer["open"] != len(self._seats):
            raise RuntimeError(f"{answer['open']} of {len(self._seats)} sockets are open: {answer}")
        return answer

    def round(
        self,
        messages: int,
        *,
        rate: float = 0,
        window: int = 1,
        quiet_seconds: float = 20,
        linger_ms: int = 300,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> Figures:
        """Send `messages` and hear them all. `clock` is read at the start and the moment the last delivery is in."""
        before = clock()
        self._say(f"round {messages} {rate} {window} {quiet_seconds} {linger_ms}")
        self._hear()
        used = clock() - before
        raw = self._hear()
        return Figures(
            sent=raw["sent"],
            deliveries=raw["deliveries"],
            acks=raw["acks"],
            seconds=raw["seconds"],
            loader_seconds=raw["loader_cpu"],
            server_seconds=used,
            p50_ms=raw["p50_ms"],
            p90_ms=raw["p90_ms"],
            p99_ms=raw["p99_ms"],
            max_ms=raw["max_ms"],
            disordered=raw["disordered"],
            faults=_faults(raw, messages),
            raw=raw,
        )

    def _say(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the loader ended with {self._process.wait()}")
        heard: dict[str, Any] = json.loads(line)
        return heard


def _faults(raw: dict[str, Any], messages: int) -> str:
    found = [f"{raw[name]} {name}" for name in ("lost", "doubled", "strays", "errors", "closed") if raw[name]]
    if raw["sent"] != messages:
        found.append(f"{messages - raw['sent']} not sent")
    return ", ".join(found)
