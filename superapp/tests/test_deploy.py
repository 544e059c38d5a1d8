"""`deploy/` read by the tools it is written for, and both proxies tried live with two small web processes behind them.

A missing tool fails: whoever has none of them runs the embedded subset (`-m "not servers"`).
"""

from __future__ import annotations

import ast
import os
import pwd
import re
import socket
import subprocess
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from core import metrics
from core.tests.ports import free_port
from superapp.tests.deploying import DEPLOY, ROOT, needs_tools, process, run, tool

UNITS = DEPLOY / "systemd"

BACKUPS = ("resaka-backup", "resaka-backup-log", "resaka-backup-keys")

SERVICES = ("resaka-web@8001", "resaka-worker", "resaka-beat", "resaka-migrate", *BACKUPS)

MOST_EXPOSURE = 3.0


def variables_of_the_code() -> set[str]:
    """Every name that the product reads: string literals that are nothing but a name."""
    found: set[str] = set()
    for app in ("superapp", "core", "realtime", "accounts", "notifications", "billing", "chat", "moderation", "privacy"):
        for path in (ROOT / app).rglob("*.py"):
            if "tests" not in path.parts and "migrations" not in path.parts:
                nodes = ast.walk(ast.parse(path.read_text("utf-8")))
                texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
                found |= {text for text in texts if re.fullmatch(r"RESAKA_[A-Z0-9_]+", text)}
    return {name for name in found if not name.startswith("RESAKA_TEST_")}


def variables_of_the_example() -> dict[str, bool]:
    """Every name of env.example, and whether it is given by file."""
    names = re.findall(r"^#?(RESAKA_[A-Z0-9_]+)=", (DEPLOY / "env.example").read_text("utf-8"), re.MULTILINE)
    assert len(names) == len(set(names))
    return {name.removesuffix("_FILE"): name.endswith("_FILE") for name in names}


# ---- The variables: the code, deploy/env.example and docs/operations.md tell the same ------------------------------------------
def test_the_example_of_the_environment_lists_every_variable_and_no_other() -> None:
    assert set(variables_of_the_example()) == variables_of_the_code()


def test_every_variable_of_the_example_has_a_comment() -> None:
    paragraphs = re.split(r"\n(?=# )", (DEPLOY / "env.example").read_text("utf-8"))
    for paragraph in paragraphs:
        assert paragraph.startswith("# ")


def test_the_operators_handbook_names_every_variable() -> None:
    handbook = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert {name for name in variables_of_the_code() if f"`{name}`" not in handbook} == set()


def test_the_units_hand_over_every_secret_by_file() -> None:
    common = (UNITS / "resaka-.service.d" / "10-common.conf").read_text("utf-8")
    given = dict(re.findall(r"(RESAKA_[A-Z_]+)_FILE=%d/([a-z_]+)", common))
    assert set(given) == {name for name, by_file in variables_of_the_example().items() if by_file}
    assert all(name == f"RESAKA_{credential.upper()}" for name, credential in given.items())
    assert re.findall(r"LoadCredential=(\w+):/etc/resaka/secrets/(\w+)", common) == [(name, name) for name in given.values()]


def test_the_example_holds_no_secret_in_the_clear() -> None:
    given = re.findall(r"^(RESAKA_[A-Z0-9_]+)=", (DEPLOY / "env.example").read_text("utf-8"), re.MULTILINE)
    assert not [name for name in given if re.search("KEY|KEK|PASSWORD|TOKEN|_URL", name)]


@pytest.mark.parametrize("path", sorted((DEPLOY / "bin").iterdir()), ids=lambda path: path.name)
def test_the_scripts_are_read_by_the_shell_and_may_be_run(path: Path) -> None:
    subprocess.run(["sh", "-n", path], check=True, timeout=10)
    assert os.access(path, os.X_OK)


# ---- systemd -------------------------------------------------------------------------------------------------------------------
@needs_tools
def test_systemd_finds_nothing_wrong_with_the_units() -> None:
    files = [UNITS / f"{name}.service" for name in SERVICES]
    timers = [UNITS / f"{name}.timer" for name in BACKUPS]
    assert run("systemd-analyze", "verify", "--man=no", *files, *timers, UNITS / "resaka.target") == ""


@needs_tools
@pytest.mark.parametrize("name", SERVICES)
def test_the_units_are_little_exposed(name: str) -> None:
    said = run("systemd-analyze", "security", "--no-pager", "--offline=true", UNITS / f"{name}.service")
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert found, said
    assert float(found[1]) < MOST_EXPOSURE


def test_only_the_backup_of_the_main_database_may_read_what_is_not_its_own() -> None:
    """Drop-ins are read in the order of their names, so this one comes after the one that takes all capabilities away."""
    asked = re.compile(r"^(?:CapabilityBoundingSet|AmbientCapabilities)=(\S+)", re.MULTILINE)
    given = {path.parent.name: set(asked.findall(path.read_text("utf-8"))) for path in UNITS.glob("*.service.d/*.conf")}
    assert {name: words for name, words in given.items() if words} == {"resaka-backup.service.d": {"CAP_DAC_READ_SEARCH"}}
    assert min(path.name for path in (UNITS / "resaka-backup.service.d").iterdir()) > "10-common.conf"


@needs_tools
def test_the_account_and_its_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    run("systemd-sysusers", f"--root={tmp_path}", UNITS / "resaka.sysusers.conf")
    account = next(line for line in (tmp_path / "etc/passwd").read_text().splitlines() if line.startswith("resaka:"))
    assert account.endswith(":/usr/sbin/nologin")
    if os.getuid() != 0:  # only root may give folders away
        return
    run("systemd-tmpfiles", f"--root={tmp_path}", "--create", UNITS / "resaka.tmpfiles.conf")
    modes = {
        str(path.relative_to(tmp_path)): oct(path.stat().st_mode & 0o777)
        for path in (tmp_path / "var/lib/resaka/media", tmp_path / "var/lib/resaka/static", tmp_path / "etc/resaka/secrets")
    }
    assert modes == {"var/lib/resaka/media": "0o700", "var/lib/resaka/static": "0o755", "etc/resaka/secrets": "0o700"}


# ---- MariaDB, Redis, Prometheus --------------------------------------------------------------------------------------------------
@needs_tools
def test_mariadb_knows_every_option() -> None:
    owner = pwd.getpwuid(os.getuid()).pw_name
    said = run("mariadbd", f"--defaults-file={DEPLOY / 'mariadb.cnf'}", f"--user={owner}", "--verbose", "--help")
    for option, value in {"innodb-flush-log-at-trx-commit": "1", "sync-binlog": "1", "collation-server": "utf8mb4_bin"}.items():
        assert re.search(rf"^{option}\s+{value}$", said, re.MULTILINE)
    # the comments about a replica name real options, too
    commented = re.findall(r"^#((?:rpl|slave)_\w+) = ", (DEPLOY / "mariadb.cnf").read_text("utf-8"), re.MULTILINE)
    assert len(commented) == 6
    for option in commented:
        assert re.search(rf"^{option.replace('_', '-')}\s", said, re.MULTILINE), option


@needs_tools
def test_the_server_of_the_key_store_is_apart_from_the_other(tmp_path: Path) -> None:
    """Debian's mariadb@keys reads the files of both, and of the second one the group of its name."""
    both = tmp_path / "both.cnf"
    both.write_text("".join((DEPLOY / name).read_text("utf-8") for name in ("mariadb.cnf", "mariadb-keys.cnf")), "utf-8")
    owner = pwd.getpwuid(os.getuid()).pw_name
    told = {}
    for suffix in ("", ".keys"):
        asked = [f"--defaults-file={both}", f"--defaults-group-suffix={suffix}", f"--user={owner}", "--verbose", "--help"]
        said = run("mariadbd", *asked)
        told[suffix] = {
            name: dict(re.findall(r"^([a-z-]+)\s+(\S+)$", said, re.MULTILINE)).get(name) for name in ("datadir", "socket", "log-bin")
        }
    assert told[".keys"]["datadir"] == "/var/lib/mysql-keys/"
    assert told[".keys"]["socket"] == "/run/mysqld/keys.sock"
    assert all(told[""][name] != told[".keys"][name] for name in ("datadir", "socket", "log-bin"))


@needs_tools
def test_redis_starts_keeps_nothing_and_asks_for_a_password(tmp_path: Path) -> None:
    (tmp_path / "resaka.d").mkdir()
    (tmp_path / "resaka.d/password.conf").write_text("requirepass secret\n")
    port = free_port()
    text = (DEPLOY / "redis.conf").read_text("utf-8").replace("/etc/redis/", f"{tmp_path}/").replace("/var/lib/redis", str(tmp_path))
    text = text.replace("/run/redis/", f"{tmp_path}/").replace("/var/log/redis/", f"{tmp_path}/")
    (tmp_path / "redis.conf").write_text(text.replace("port 6379", f"port {port}"))
    with process([tool("redis-server"), str(tmp_path / "redis.conf"), "--daemonize", "no", "--supervised", "no"], port, tmp_path):
        assert ask_redis(port, "PING").startswith("-NOAUTH")
        kept = ask_redis(port, "AUTH secret", "CONFIG GET save", "CONFIG GET appendonly", "CONFIG GET maxmemory-policy")
    words = [line for line in kept.split("\r\n") if line and line[0] not in "*$"]
    assert words == ["+OK", "save", "appendonly", "no", "maxmemory-policy", "volatile-lru"]


def ask_redis(port: int, *lines: str) -> str:
    """The raw answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall("".join(f"{line}\r\n" for line in (*lines, "QUIT")).encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer.decode().removesuffix("+OK\r\n") if lines[0] != "PING" else answer.decode()


@needs_tools
def test_prometheus_reads_the_rules_and_they_ring_when_they_should() -> None:
    assert "SUCCESS" in run("promtool", "check", "rules", "--lint-fatal", "prometheus-alerts.yml")
    assert "SUCCESS" in run("promtool", "check", "config", "--syntax-only", "--lint-fatal", "prometheus.yml")
    assert "SUCCESS" in run("promtool", "test", "rules", "prometheus-alerts.test.yml")


def test_the_alerts_ask_for_what_is_counted() -> None:
    endings = {"counter": "_total", "histogram": "_bucket"}
    counted = {family.name + endings.get(family.type, "") for family in REGISTRY.collect()}
    assert metrics.SOCKETS  # imported, so registered
    asked = set(re.findall(r"\bresaka_\w+", (DEPLOY / "prometheus-alerts.yml").read_text("utf-8")))
    assert len(asked) > 8
    assert asked <= counted
