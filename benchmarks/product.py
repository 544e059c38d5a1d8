"""Resaka as it is served: `python -m superapp.serve` in the server shape, on a MariaDB and a Redis of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.loader import Seat, Wire
from benchmarks.machine import ROOT
from benchmarks.stage import Crowd, Processes, Stores
from core.tests.ports import free_port
from superapp.tests.servers import DATABASES

ORIGIN = "https://resaka.test"
WIRE = Wire(
    path="/ws/",
    headers=(f"Origin: {ORIGIN}", "Cookie: %K", "Sec-WebSocket-Protocol: resaka.v1", "X-Forwarded-Proto: https"),
    steps=(('"t":"hello"', '{"t":"sub","id":1,"rooms":{"%R":0}}'), ('"last"', "")),
    send='{"t":"send","id":%I,"room":"%R","cid":"%C","body":"%B"}',
    ack='"t":"ack"',
    error='"t":"err"',
)


class Product:
    """Tables and people are made once; the web processes start for each run."""

    name = "resaka"
    parallel = 128

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name
        self.folder.mkdir(parents=True)
        self.stores = Stores(self.folder)
        self.processes = Processes(self.folder)
        self.seeded: dict[Crowd, dict[str, Any]] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the server shape."""
        return {
            "DJANGO_SETTINGS_MODULE": "superapp.settings",
            "RESAKA_SHAPE": "server",
            "RESAKA_DATA_DIR": str(self.folder / "data"),
            "RESAKA_DATABASE_URL": self.stores.database.url(),
            "RESAKA_KEYS_DATABASE_URL": self.stores.database.url(DATABASES[1]),
            "RESAKA_REDIS_URL": self.stores.redis.url,
            "RESAKA_SECRET_KEY": "benchmarks-" * 6,
            "RESAKA_KEK": "ab" * 32,
            "RESAKA_ORIGIN": ORIGIN,
            "RESAKA_CONTROLLER": "Association Resaka",
            "RESAKA_CONTROLLER_ADDRESS": "1 rue de l’Essai, 75001 Paris",
            "RESAKA_LEGAL_REPRESENTATIVE": "Claude Exemple",
            "RESAKA_DPO_EMAIL": "dpo@resaka.example",
            "RESAKA_DATA_REGION": "France",
            "RESAKA_BEHIND_PROXY": "1",
            "RESAKA_HOSTS": "127.0.0.1",
            "RESAKA_FRAMES_IN_10_S": "100000",
            "RESAKA_FRAMES_BURST": "100000",
            "RESAKA_MESSAGES_IN_10_S": "100000",
        }

    def prepare(self, crowd: Crowd) -> None:
        """Servers, tables, and the people of a crowd."""
        if self.stores.database.pid is None:
            self.stores.start()
            self.manage("migrate", "--verbosity", "0")
            self.manage("migrate", "--database", "keys", "--verbosity", "0")
            self.furnish()
        self.empty_logs()
        if crowd not in self.seeded:
            self.seeded[crowd] = self.seed(crowd)

    def empty_logs(self) -> None:
        """Forget what the runs before said: sockets listen from the start of their rooms, and would be handed all of it in this one."""
        for sql in (
            "TRUNCATE chat_roomevent",
            "TRUNCATE chat_messagemeta",
            "UPDATE chat_room SET last_seq = 0, last_n = 0, last_at = NULL",
            "UPDATE chat_membership SET read_seq = 0, read_n = 0, sent_n = 0, last_sent_at = NULL",
        ):
            self.stores.database.execute(sql, database=DATABASES[0])

    def furnish(self) -> None:
        """What the house has beyond its tables: nothing, so that people are the only load."""

    def seed(self, crowd: Crowd) -> dict[str, Any]:
        """The answer of `benchmarks.seed`."""
        starts = [sum(crowd.rooms[:place]) for place in range(len(crowd.rooms))]
        order = {"people": crowd.people, "rooms": list(zip(crowd.rooms, starts, strict=True))}
        answer: dict[str, Any] = json.loads(self.run(sys.executable, "-m", "benchmarks.seed", given=json.dumps(order)))
        return answer

    def manage(self, *arguments: str) -> str:
        """A management command."""
        return self.run(sys.executable, "manage.py", *arguments)

    def run(self, *command: str, given: str = "") -> str:
        """The output of a command in the product's environment.

        Raises:
            RuntimeError: it failed.
        """
        import os

        environment = {**os.environ, **self.environment}
        done = subprocess.run(command, cwd=ROOT, env=environment, input=given, capture_output=True, text=True, check=False, timeout=1800)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")
        return done.stdout

    def serve(self, count: int) -> None:
        """Start that many web processes."""
        for _place in range(count):
            port = free_port()
            environment = {**self.environment, "RESAKA_PORT": str(port)}
            self.processes.start([sys.executable, "-m", "superapp.serve"], port=port, environment=environment)
        self.processes.wait()

    def wire(self) -> Wire:
        return WIRE

    def seats(self, crowd: Crowd) -> list[Seat]:
        """Everybody's socket, the members of each room in turn on each process."""
        seeded = self.seeded[crowd]
        ports = self.processes.ports
        seats: list[Seat] = []
        for room, size in enumerate(crowd.rooms):
            for place in range(size):
                key = f"{seeded['cookie']}={seeded['keys'][len(seats)]}"
                port = ports[place % len(ports)]
                seats.append(Seat(port=port, room=room, speaks=place < crowd.speakers, room_name=seeded["rooms"][room], key=key))
        return seats

    @property
    def pids(self) -> list[int]:
        return [*self.processes.pids, *self.stores.pids]

    def end_run(self) -> None:
        """Stop the web processes; a traceback in their logs is told."""
        ports = self.processes.ports
        self.processes.stop()
        for port in ports:
            log = self.processes.log(port)
            if "Traceback" in log or '"level": "error"' in log:
                print(f"resaka wrote errors:\n{log[-1500:]}", file=sys.stderr)

    def close(self) -> None:
        """Stop everything."""
        self.processes.stop()
        self.stores.stop()


class Screened(Product):
    """The same with the rules of the release, which read every message before it is taken."""

    name = "resaka-screened"

    def furnish(self) -> None:
        self.manage("load_rules")
