"""MariaDB, Redis and Sentinel of one's own: real processes on free loopback ports, with their data in a folder, gone at the end.

No service of the system is touched, no configuration of the machine is read, so any number of runs go side by side.
As a command it lends servers to another: `bin/with-servers COMMAND…`.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from core.tests.ports import free_port

USER, PASSWORD = "resaka", "resaka"
DATABASES = ("resaka", "resaka_keys")
COLLATION = "utf8mb4_bin"
_TEMPLATE = "RESAKA_TEST_MARIADB_TEMPLATE"  # a folder made by the run above this one
_PR_SET_PDEATHSIG = 1
_ANSWER_SECONDS = 60


class NotStarted(RuntimeError):
    """The server ended or stayed silent; the text is the end of its log."""


def program(name: str) -> str:
    """The path of a server program; Debian keeps some where the path of an ordinary user does not look.

    Raises:
        NotStarted: it is not installed.
    """
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise NotStarted(f"{name} is not installed")
    return found


def _die_with_owner() -> None:
    """Runs in the child: an owner that is killed takes its servers along."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A server that is started, stopped, killed, paused; started again it has the same port and data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def runs(self) -> bool:
        return self.pid is not None

    def start(self) -> Self:
        """Start and wait until it answers.

        Raises:
            NotStarted.
        """
        assert not self.runs(), "it runs already"
        # the signal comes when the *thread* that started the server ends, so only the main thread may ask for it
        hook: Callable[[], None] | None = _die_with_owner if threading.current_thread() is threading.main_thread() else None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True, preexec_fn=hook
            )
        atexit.register(self.kill)
        limit = time.monotonic() + _ANSWER_SECONDS
        while not self.answers():
            if not self.runs() or time.monotonic() > limit:
                self.kill()
                raise NotStarted(self.log.read_text("utf-8", "replace")[-3000:])
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """The kind way: SIGTERM, and wait."""
        self.resume()
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """The hard way: SIGKILL."""
        self._end(signal.SIGKILL)

    def _end(self, sign: signal.Signals) -> None:
        atexit.unregister(self.kill)
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(sign)
            try:
                self._process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._process = None

    def pause(self) -> None:
        """It keeps its connections and answers nothing, like a machine that hangs."""
        if self.pid:
            os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on where it was."""
        if self.pid:
            os.kill(self.pid, signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()


# ---- MariaDB ---------------------------------------------------------------------------------------------------------------
def make_template(folder: Path) -> Path:
    """An installed, empty data folder, to be copied: the copy is ready in a second."""
    data, scratch = folder / "template", folder / "scratch"
    scratch.mkdir(parents=True)
    owner = pwd.getpwuid(os.getuid()).pw_name
    command = [
        *(program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", f"--user={owner}", "--skip-test-db", "--skip-name-resolve"),
        *("--auth-root-authentication-method=normal", "--innodb-log-file-size=8M", "--character-set-server=utf8mb4"),
        f"--tmpdir={scratch}",  # a MariaDB that starts clears away the temporary tables of every other that shares its folder
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise NotStarted(done.stdout + done.stderr)
    return data


_made: list[Path] = []


def template() -> Path:
    """The template of this run: one for all, given by the environment, or made once in this process."""
    given = os.environ.get(_TEMPLATE)
    if given:
        return Path(given)
    if not _made:
        folder = Path(tempfile.mkdtemp(prefix="resaka-template-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _made.append(make_template(folder))
    return _made[0]


class MariaDB(Process):
    """A MariaDB with the databases of Resaka and a person who may use them.

    `fast` gives up what a crash of the machine would lose, for tests that do not test durability. With `log_bin` it can be the
    primary of replicas; give every server of such a group its own `server_id` and `log_bin=True`. Other options go to mariadbd by
    name (`max_connections=1000`).
    """

    def __init__(self, folder: Path, *, fast: bool = False, server_id: int = 1, log_bin: bool = False, **options: object) -> None:
        super().__init__(folder)
        self.data = folder / "data"
        self.scratch = folder / "scratch"  # never shared: see make_template
        self._short = Path(tempfile.mkdtemp(prefix="resaka-"))  # paths of sockets end at 107 bytes
        atexit.register(shutil.rmtree, self._short, ignore_errors=True)
        self.socket = self._short / "db.sock"
        self.options: dict[str, object] = {
            "server_id": server_id,
            "character_set_server": "utf8mb4",
            "collation_server": COLLATION,
            "transaction_isolation": "READ-COMMITTED",
            "innodb_buffer_pool_size": "64M" if fast else "128M",
            "innodb_log_file_size": "32M",
            "innodb_flush_log_at_trx_commit": 2 if fast else 1,
            "max_connections": 400,
            "performance_schema": "OFF",
            "skip_name_resolve": "ON",
        }
        if fast:
            self.options |= {
                "innodb_doublewrite": "OFF",
                "innodb_flush_method": "nosync",
                "sync_frm": "OFF",
                "innodb_file_per_table": "OFF",
            }
        if log_bin:
            self.options |= {"log_bin": "binlog", "binlog_format": "ROW", "sync_binlog": 0 if fast else 1, "log_slave_updates": "ON"}
            self.options |= {"gtid_strict_mode": "ON", "log_bin_trust_function_creators": "ON"}  # as deploy/mariadb.cnf
        self.options |= options

    def command(self) -> list[str]:
        if not self.data.exists():
            shutil.copytree(template(), self.data)
        self.scratch.mkdir(exist_ok=True)
        first = self.folder / "first.sql"
        first.write_text(_first_statements(), "utf-8")
        owner = pwd.getpwuid(os.getuid()).pw_name
        fixed = {
            "datadir": self.data,
            "bind_address": "127.0.0.1",
            "port": self.port,
            "socket": self.socket,
            "pid_file": self.folder / "pid",
            "tmpdir": self.scratch,
            "init_file": first,
            "user": owner,
        }
        return [program("mariadbd"), "--no-defaults", *(f"--{name}={value}" for name, value in {**fixed, **self.options}.items())]

    def answers(self) -> bool:
        """Whether it listens and has done its first statements."""
        try:
            self.execute("SELECT 1", user=USER, password=PASSWORD, database=DATABASES[-1])
        except Exception:  # not up yet; the driver is imported late, so its error has no name here
            return False
        return True

    def url(self, name: str = DATABASES[0]) -> str:
        """What RESAKA_DATABASE_URL wants."""
        return f"mysql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def execute(self, sql: str, *, user: str = "root", password: str = "", database: str = "") -> list[dict[str, Any]]:
        """The rows of one statement in a connection of its own, as the administrator."""
        import MySQLdb  # the embedded subset runs without it
        from MySQLdb.cursors import DictCursor

        wanted = {"user": user, "password": password, "unix_socket": str(self.socket), "connect_timeout": 5, "read_timeout": 60}
        with contextlib.closing(MySQLdb.connect(**wanted, database=database, cursorclass=DictCursor, autocommit=True)) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return list(cursor.fetchall())

    def variable(self, name: str) -> str:
        """The value of a global variable or status counter."""
        rows = self.execute(f"SHOW GLOBAL VARIABLES LIKE '{name}'") or self.execute(f"SHOW GLOBAL STATUS LIKE '{name}'")
        return str(rows[0]["Value"])

    def log_statements(self) -> Callable[[], list[str]]:
        """Write down every statement from now on; what comes back ends that and gives them."""
        path = self.folder / f"statements-{time.monotonic_ns()}.log"
        self.execute(f"SET GLOBAL general_log_file = '{path}'")
        self.execute("SET GLOBAL general_log = 1")

        def end() -> list[str]:
            self.execute("SET GLOBAL general_log = 0")
            return re.findall(r"Query\t(.*)", path.read_text("utf-8", "replace"))

        return end

    # ---- as one of a pair
    def replicate_from(self, primary: MariaDB, *, semi_sync: bool = True) -> None:
        """Follow `primary` from its first transaction on, or from where this server has come; wait until it does.

        Semi-synchronous: the primary acknowledges a commit only when this server has it (AFTER_SYNC), for at most 10 s.

        Raises:
            NotStarted: replication does not run.
        """
        self._set(read_only="ON", rpl_semi_sync_master_enabled="OFF", rpl_semi_sync_slave_enabled="ON" if semi_sync else "OFF")
        if semi_sync:
            primary._set(
                rpl_semi_sync_master_wait_point="AFTER_SYNC", rpl_semi_sync_master_timeout=10_000, rpl_semi_sync_master_enabled="ON"
            )
        self.execute("STOP SLAVE")
        if not self.variable("gtid_slave_pos") and (own := self.variable("gtid_binlog_pos")):
            self.execute(f"SET GLOBAL gtid_slave_pos = '{own}'")  # a former primary goes on from its own last transaction
        self.execute(
            f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={primary.port}, MASTER_USER='{USER}', MASTER_PASSWORD='{PASSWORD}', "
            "MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1"
        )
        self.execute("START SLAVE")
        self._wait(lambda: self._state("Slave_IO_Running", "Slave_SQL_Running") == ["Yes", "Yes"])
        if semi_sync:
            self._wait(lambda: primary.variable("Rpl_semi_sync_master_status") == "ON")

    def lag(self, seconds: int) -> None:
        """Apply what comes that much later from now on."""
        for statement in ("STOP SLAVE", f"CHANGE MASTER TO MASTER_DELAY={seconds}", "START SLAVE"):
            self.execute(statement)

    def promote(self) -> None:
        """End following, once everything that arrived is applied, and take writes."""
        self.execute("STOP SLAVE IO_THREAD")
        arrived = self._state("Gtid_IO_Pos")[0]
        assert not arrived or self.execute(f"SELECT MASTER_GTID_WAIT('{arrived}', 30) AS late")[0]["late"] == 0
        self.execute("STOP SLAVE")
        self.execute("RESET SLAVE ALL")
        self._set(rpl_semi_sync_slave_enabled="OFF", read_only="OFF")

    def wait_for(self, primary: MariaDB, seconds: float = 30) -> None:
        """Until this replica has applied all that `primary` has committed by now."""
        position = primary.variable("gtid_binlog_pos")
        rows = self.execute(f"SELECT MASTER_GTID_WAIT('{position}', {seconds}) AS late")
        assert rows[0]["late"] == 0, "the replica stays behind"

    def _set(self, **options: object) -> None:
        """Now, and at the next start."""
        self.options |= options
        for name, value in options.items():
            self.execute(f"SET GLOBAL {name} = {value if isinstance(value, int) else repr(value)}")

    def _state(self, *names: str) -> list[str]:
        row = self.execute("SHOW SLAVE STATUS")[0]
        return [str(row[name]) for name in names]

    def _wait(self, true: Callable[[], bool]) -> None:
        for _attempt in range(500):
            if true():
                return
            time.sleep(0.02)
        raise NotStarted(str(self.execute("SHOW SLAVE STATUS")))


def _first_statements() -> str:
    """Every server does them at every start, outside the binary log: one line each, as mariadbd wants."""
    lines = ["SET SESSION sql_log_bin = 0;"]
    lines += [f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4 COLLATE {COLLATION};" for name in DATABASES]
    for host in ("localhost", "127.0.0.1"):
        person = f"'{USER}'@'{host}'"
        lines.append(f"CREATE USER IF NOT EXISTS {person} IDENTIFIED BY '{PASSWORD}';")
        lines += [f"GRANT ALL ON `{name}`.* TO {person};" for name in (*DATABASES, r"test\_%")]
        lines.append(f"GRANT REPLICATION SLAVE, REPLICATION CLIENT, BINLOG MONITOR, SLAVE MONITOR ON *.* TO {person};")
    return "\n".join(lines) + "\n"


# ---- Redis -----------------------------------------------------------------------------------------------------------------
class Redis(Process):
    """A Redis that keeps nothing on disk unless `appendonly`; with `replica_of` it follows another."""

    def __init__(self, folder: Path, *, appendonly: bool = False, replica_of: Redis | None = None, **options: object) -> None:
        super().__init__(folder)
        self.options: dict[str, object] = {"appendonly": "yes" if appendonly else "no", "save": '""', **options}
        if replica_of is not None:
            self.options["replicaof"] = f"127.0.0.1 {replica_of.port}"

    def command(self) -> list[str]:
        """Sentinel writes into this file who follows whom, so it is made once."""
        path = self.folder / "server.conf"
        if not path.exists():
            fixed = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "daemonize": "no", **self.options}
            path.write_text("".join(f"{name} {value}\n" for name, value in fixed.items()), "utf-8")
        return [program("redis-server"), str(path)]

    @property
    def url(self) -> str:
        """What RESAKA_REDIS_URL wants."""
        return f"redis://127.0.0.1:{self.port}/0"

    def answers(self) -> bool:
        return self.execute("PING").startswith("+PONG")

    def execute(self, *words: object) -> str:
        """The raw answer to one command; empty when there is none within two seconds."""
        line = "".join(f"${len(word)}\r\n{word}\r\n" for word in map(str, words))
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(f"*{len(words)}\r\n{line}".encode())
                return connection.recv(65536).decode()
        except OSError:
            return ""


class Sentinel(Redis):
    """A watcher that makes `primary`'s replica the new primary when `primary` is silent for `down_after_ms`."""

    def __init__(self, folder: Path, primary: Redis, *, quorum: int = 1, down_after_ms: int = 1000, service: str = "resaka") -> None:
        super().__init__(folder)
        self.service = service
        self._lines = (
            f"port {self.port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor {service} 127.0.0.1 {primary.port} {quorum}\n"
            f"sentinel down-after-milliseconds {service} {down_after_ms}\n"
            f"sentinel failover-timeout {service} {3 * down_after_ms}\n"
        )

    def command(self) -> list[str]:
        path = self.folder / "sentinel.conf"
        if not path.exists():
            path.write_text(self._lines, "utf-8")
        return [program("redis-server"), str(path), "--sentinel"]

    @property
    def url(self) -> str:
        return f"sentinel://127.0.0.1:{self.port}/{self.service}"

    def primary_port(self) -> int:
        """The port of the server that it names as primary now."""
        return int(self.execute("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.service).split("\r\n")[4])


# ---- as a command ------------------------------------------------------------------------------------------------------------
def _leave(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def main(command: list[str]) -> int:
    """Run `command` with servers of its own, whose addresses the environment tells; its exit code."""
    if not command:
        sys.stderr.write("usage: bin/with-servers COMMAND…\n")
        return 2
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _leave)
    with tempfile.TemporaryDirectory(prefix="resaka-servers-", ignore_cleanup_errors=True) as name, contextlib.ExitStack() as servers:
        folder = Path(name)
        os.environ[_TEMPLATE] = os.environ.get(_TEMPLATE) or str(make_template(folder))
        database = servers.enter_context(MariaDB(folder / "mariadb", fast=os.environ.get("RESAKA_TEST_DURABLE") != "1"))
        redis = servers.enter_context(Redis(folder / "redis"))
        addresses = {
            "RESAKA_DATABASE_URL": database.url(),
            "RESAKA_KEYS_DATABASE_URL": database.url(DATABASES[1]),
            "RESAKA_REDIS_URL": redis.url,
        }
        process = subprocess.Popen(command, env={**os.environ, **addresses})
        return _wait_for(process)


def _wait_for(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reaches the command too (one terminal): it ends itself. Any other end of ours is passed on."""
    try:
        while True:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                continue
            return code if code >= 0 else 128 - code
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
