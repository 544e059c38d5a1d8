"""Real web processes of both shapes with data of their own, and a wire to them that can be cut."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from core.tests.ports import free_port
from superapp.tests.servers import DATABASES, MariaDB, Redis

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "voyage-ravinala-26"
PUBLIC = "https://resaka.test"  # what the world calls the server shape, whose proxy the tests play

_PREPARE = """
from superapp.tests.laying import lay_out
from django.core.management import call_command
lay_out()
call_command("collectstatic", interactive=False, verbosity=0)
call_command("load_demo", password={password!r})
"""

_PROVE = """
import django
django.setup()
from django.utils import timezone
from accounts.enums import AgeMethod, Assurance
from accounts.models import User
from accounts.services.ageproofs import record_proof
for user in User.objects.all():
    record_proof(user=user, method=AgeMethod.EU_AV_MDOC, assurance=Assurance.SUBSTANTIAL, now=timezone.now())
"""


def forwarded(public: str) -> dict[str, str]:
    """What a reverse proxy adds to a request that came in for `public`."""
    return {"Host": public.partition("://")[2], "X-Forwarded-Proto": "https"} if public else {}


class Server:
    """`python -m superapp.serve` on a free port. Started again after `kill` it has the same data and port.

    With `public` it believes to stand behind a proxy of that address.
    """

    def __init__(self, folder: Path, public: str = "", **variables: str) -> None:
        self.folder = folder
        self.public = public
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RESAKA_")},
            "RESAKA_DATA_DIR": str(folder),
            "RESAKA_PORT": str(self.port),
            "RESAKA_LOG_LEVEL": "INFO",
            "DJANGO_SETTINGS_MODULE": "superapp.settings",
            **variables,
        }
        self.log = folder / f"server-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Tables as the models say, texts and the demo's rooms and people; in one process, for Django's start is most of the work."""
        self._run(["-c", _PREPARE.format(password=PASSWORD)])

    def lay_out(self) -> None:
        """Empty tables, as the models say, and static files: for tests that do not ask how the tables came about."""
        self._run(["-m", "superapp.tests.laying"])

    def prove(self) -> None:
        """Give everybody a proof of age that counts in the server shape, where those of the demo wallet are worth nothing."""
        self._run(["-c", _PROVE])

    def manage(self, *arguments: str) -> str:
        """The output of a management command on this server's data."""
        return self._run(["manage.py", *arguments])

    def _run(self, arguments: list[str]) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        """Start and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "superapp.serve"], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        for _attempt in range(900):  # a busy machine takes its time
            if self._answers():
                return
            assert self._process.poll() is None, self.log.read_text("utf-8")
            time.sleep(0.1)
        raise AssertionError("the server did not start: " + self.log.read_text("utf-8")[-2000:])

    def _answers(self) -> bool:
        request = urllib.request.Request(self.origin + "/healthz", headers=forwarded(self.public))  # noqa: S310  (our own address)
        try:
            with urllib.request.urlopen(request, timeout=1) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def kill(self) -> None:
        """The hard way: SIGKILL, no goodbye."""
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """The kind way: SIGTERM, and wait; with what code it ended."""
        return self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        if process.poll() is None:
            os.killpg(process.pid, sign)
            process.wait(timeout=30)
        return process.returncode

    def tracebacks(self) -> list[str]:
        """Lines of the log that tell of an unhandled error."""
        return [line for line in self.log.read_text("utf-8").splitlines() if "Traceback" in line or '"level": "error"' in line]


class ServerShape:
    """The server shape on one machine: MariaDB, Redis, and any number of web processes on the same data."""

    def __init__(self, folder: Path, variables: dict[str, str], *, database: MariaDB | None = None) -> None:
        self.folder = folder / "data"
        self.folder.mkdir(parents=True)
        self.database = database or MariaDB(folder / "mariadb", fast=True)
        self.redis = Redis(folder / "redis")
        self.variables = dict(variables)
        self.webs: list[Server] = []

    def start(self, webs: int = 2) -> None:
        """Servers, tables and the demo, then the web processes."""
        for server in (self.database, self.redis):
            if not server.runs():
                server.start()
        self.webs = [self.web() for _ in range(webs)]
        # the server shape refuses the demo, so a process of the embedded shape loads it into the same databases
        loader = self.web(RESAKA_SHAPE="embedded")
        loader.prepare()
        loader.prove()
        for web in self.webs:
            web.start()

    def web(self, **variables: str) -> Server:
        """One more web process, not started."""
        fixed = {
            "RESAKA_SHAPE": "server",
            "RESAKA_ORIGIN": PUBLIC,
            "RESAKA_BEHIND_PROXY": "1",
            "RESAKA_HOSTS": "127.0.0.1",
            "RESAKA_SECRET_KEY": "only-for-this-test-" * 3,
            "RESAKA_KEK": "5a" * 32,
            "RESAKA_DATABASE_URL": self.database.url(),
            "RESAKA_KEYS_DATABASE_URL": self.database.url(DATABASES[1]),
            "RESAKA_REDIS_URL": self.redis.url,
            "RESAKA_CONTROLLER": "Association Resaka",
            "RESAKA_CONTROLLER_ADDRESS": "1 rue de l’Essai, 75001 Paris",
            "RESAKA_LEGAL_REPRESENTATIVE": "Claude Exemple",
            "RESAKA_DPO_EMAIL": "dpo@resaka.example",
            "RESAKA_DATA_REGION": "France",
        }
        return Server(self.folder, PUBLIC, **{**fixed, **self.variables, **variables})

    def stop(self) -> None:
        for web in self.webs:
            web.stop()
        self.redis.stop()
        self.database.stop()


class Wire:
    """A TCP relay in front of a server; `cut` ends all connections and refuses new ones, as a lost network does."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._pairs: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._open = True
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self._listener = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            if not self._open:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._pairs |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            self._shut(end)

    def _shut(self, end: socket.socket) -> None:
        with self._lock:
            self._pairs.discard(end)
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()

    def cut(self) -> None:
        """Lose the network."""
        self._open = False
        with self._lock:
            ends = list(self._pairs)
        for end in ends:
            self._shut(end)

    def mend(self, target_port: int | None = None) -> None:
        """Have it back, to another server if one is named."""
        self._target = target_port or self._target
        self._open = True

    def close(self) -> None:
        """End of the test."""
        self.cut()
        self._listener.close()
