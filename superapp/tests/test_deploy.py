"""`deploy/` read by the tools it is written for, and both proxies tried live with two small web processes behind them.

A missing tool fails: whoever has none of them runs the embedded subset (`-m "not servers"`).
"""

from __future__ import annotations

import ast
import contextlib
import gzip
import http.client
import json
import os
import pwd
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from prometheus_client import REGISTRY

from core import metrics

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd"
BACKUPS = ("resaka-backup", "resaka-backup-log", "resaka-backup-keys")
SERVICES = ("resaka-web@8001", "resaka-worker", "resaka-beat", "resaka-migrate", *BACKUPS)
MOST_EXPOSURE = 3.0
TOOLS = {  # the Debian package of each
    "systemd-analyze": "systemd",
    "systemd-sysusers": "systemd",
    "systemd-tmpfiles": "systemd",
    "caddy": "caddy",
    "nginx": "nginx",
    "promtool": "prometheus",
    "mariadbd": "mariadb-server",
    "redis-server": "redis-server",
}
needs_tools = pytest.mark.servers


def tool(name: str) -> str:
    """The path of a tool; the test fails, and says what to install, when it is not there."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail(f"{name} is not installed: apt-get install {TOOLS[name]} (or run the embedded subset)")
    return found


def run(name: str, *arguments: str | Path, folder: Path = DEPLOY, variables: Mapping[str, str] | None = None) -> str:
    """What the tool says on both channels; the test fails when the tool does."""
    done = subprocess.run(
        [tool(name), *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{name}: {done.stdout}"
    return done.stdout


# ---- The variables: the code, deploy/env.example and docs/operations.md tell the same ------------------------------------------
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


# ---- The proxies, read by themselves ---------------------------------------------------------------------------------------------
@needs_tools
def test_caddy_accepts_its_file(tmp_path: Path) -> None:
    home = {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    said = run("caddy", "validate", "--config", "Caddyfile", "--adapter", "caddyfile", variables=home)
    assert "Valid configuration" in said
    assert '"level":"warn"' not in said
    assert run("caddy", "fmt", "Caddyfile") == (DEPLOY / "Caddyfile").read_text("utf-8")


# ---- The proxies, live -----------------------------------------------------------------------------------------------------------
def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def process(command: list[str], port: int, folder: Path, **variables: str) -> Iterator[None]:
    """A program that listens on `port` until the block ends."""
    log = folder / "process.log"
    with log.open("wb") as file:
        running = subprocess.Popen(command, stdout=file, stderr=file, env={**os.environ, **variables}, cwd=folder)
    try:
        limit = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert running.poll() is None, log.read_text("utf-8", "replace")
            assert time.monotonic() < limit, log.read_text("utf-8", "replace")
            time.sleep(0.05)
        yield
    finally:
        running.terminate()
        running.wait(timeout=40)


class Answers(BaseHTTPRequestHandler):
    """A web process in miniature: says what it was asked, and talks back on a socket."""

    protocol_version = "HTTP/1.1"
    timeout = 20

    def do_GET(self) -> None:
        if self.headers.get("Upgrade") == "websocket":
            self._talk_back()
            return
        if self.path == "/outage/":
            self._answer(b"back soon", 503)
            return
        told = {"path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}}
        self._answer(json.dumps(told).encode())

    def do_POST(self) -> None:
        left = int(self.headers["Content-Length"])
        while left and (piece := self.rfile.read(min(left, 65536))):
            left -= len(piece)
        self._answer(b"{}")

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "7")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _talk_back(self) -> None:
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        self.wfile.flush()
        while piece := self.rfile.readline():
            self.wfile.write(piece.upper())
            self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


class Backend(ThreadingHTTPServer):
    """Ends like a process: its open connections end with it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.open: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.append(request)
        super().process_request(request, client_address)

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        for connection in self.open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_arguments: object) -> None:
        """A connection that the proxy gave up is no news."""


@dataclass
class Stand:
    """A proxy before two web processes."""

    name: str
    port: int
    backends: list[Backend]
    gone: list[int] = field(default_factory=list)

    def connect(self, tls: ssl.TLSVersion | None = None) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if tls:
            context.maximum_version = tls
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=15), server_hostname="localhost")

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("localhost", self.port)
        connection.sock = self.connect()
        with contextlib.closing(connection):
            with contextlib.suppress(ConnectionError, ssl.SSLError):  # a refusal may come before the whole body has left
                connection.request(method, path, body or None, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def stop(self, number: int) -> None:
        if number not in self.gone:
            self.gone.append(number)
            self.backends[number].end()


def make_static(folder: Path) -> None:
    """Files as collectstatic leaves them."""
    (folder / "dist").mkdir(parents=True)
    (folder / "dist/app.0123456789ab.css").write_text("body{}" * 100)
    (folder / "dist/app.0123456789ab.css.gz").write_bytes(gzip.compress(b"body{}" * 100))
    (folder / "icon.png").write_bytes(b"png")
    (folder / "staticfiles.json").write_text("{}")


def make_certificate(folder: Path) -> None:
    """A throw-away certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))


def caddy(folder: Path, port: int, places: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Our Caddyfile on other ports and folders, with a certificate of its own making."""
    home = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    text = run("caddy", "adapt", "--config", "Caddyfile", variables=home | {"RESAKA_ORIGIN": f"https://localhost:{port}"})
    text = text[text.index('{"admin"') :]  # a warning may come first
    for here, there in places.items():
        assert here in text
        text = text.replace(here, there)
    config = json.loads(text)
    config["admin"] = {"disabled": True}
    config["apps"]["http"] |= {"http_port": free_port(), "https_port": port}
    config["apps"]["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
    (folder / "caddy.json").write_text(json.dumps(config))
    return [tool("caddy"), "run", "--config", str(folder / "caddy.json")], home


def nginx(folder: Path, port: int, places: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Our site on other ports and folders; `nginx -t` first."""
    make_certificate(folder)
    site = (DEPLOY / "nginx.conf").read_text("utf-8")
    moves = places | {
        "/etc/letsencrypt/live/resaka.example": str(folder),
        "/var/log/nginx": str(folder),
        "listen 443": f"listen 127.0.0.1:{port}",
        "listen 80": f"listen 127.0.0.1:{free_port()}",
        "resaka.example": "localhost",
    }
    for here, there in moves.items():
        assert here in site
        site = site.replace(here, there)
    site = re.sub(r"\n\s*listen \[::\].*", "", site)
    (folder / "site.conf").write_text(site)
    user = f"user {pwd.getpwuid(os.getuid()).pw_name};\n" if os.getuid() == 0 else ""
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\ninclude /etc/nginx/mime.types;\n{temporary}include {folder}/site.conf;\n}}\n"
    )
    command = [tool("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    said = run("nginx", *command[1:], "-t", folder=folder)
    assert "test is successful" in said
    assert "[warn]" not in said
    return command, {}


@pytest.fixture(params=[caddy, nginx], ids=["caddy", "nginx"])
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    make_static(tmp_path / "static")
    backends = [Backend() for _ in range(2)]
    for backend in backends:
        threading.Thread(target=backend.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    port = free_port()
    places = {"/var/lib/resaka/static": str(tmp_path / "static"), "/opt/resaka/current": str(ROOT)}
    places |= {f"127.0.0.1:800{number + 1}": f"127.0.0.1:{backend.server_address[1]}" for number, backend in enumerate(backends)}
    command, variables = request.param(tmp_path, port, places)
    stand = Stand(name=command[0], port=port, backends=backends)
    try:
        with process(command, port, tmp_path, **variables):
            yield stand
    finally:
        for number in range(len(backends)):
            stand.stop(number)


@needs_tools
def test_a_proxy_passes_on_what_it_should_and_no_more(stand: Stand) -> None:
    status, headers, body = stand.ask("/rooms/?q=1", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="http")
    told = json.loads(body)
    assert (status, told["path"]) == (200, "/rooms/?q=1")
    assert told["headers"]["x-forwarded-for"] == "127.0.0.1"  # what the visitor claimed is gone
    assert told["headers"]["x-forwarded-proto"] == "https"
    assert told["headers"]["host"].startswith("localhost")
    assert not re.search(r"[0-9]\.[0-9]", headers.get("Server", ""))
    for inner in ("/metrics", "/metrics/", "/METRICS", "/readyz"):
        assert stand.ask(inner)[0] == 404, inner


@needs_tools
def test_a_proxy_speaks_tls_1_3_alone(stand: Stand) -> None:
    with stand.connect() as connection:
        assert connection.version() == "TLSv1.3"
    with pytest.raises(ssl.SSLError):
        stand.connect(ssl.TLSVersion.TLSv1_2)


@needs_tools
def test_a_proxy_serves_static_files_from_the_disk(stand: Stand) -> None:
    status, headers, body = stand.ask("/static/dist/app.0123456789ab.css", Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"], gzip.decompress(body)) == (200, "gzip", b"body{}" * 100)
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"].startswith("text/css")
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert stand.ask("/static/icon.png")[1]["Cache-Control"] == "public, max-age=3600"
    for closed in ("/static/staticfiles.json", "/static/nothing.css", "/static/dist/", "/static/..%2fcaddy.json", "/static../caddy.json"):
        status, _, body = stand.ask(closed)
        assert status in {400, 403, 404} or json.loads(body)["path"] == closed, closed


@needs_tools
def test_a_proxy_carries_a_socket_both_ways(stand: Stand) -> None:
    with stand.connect() as connection:
        lines = ("GET /ws/ HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
        connection.sendall("\r\n".join((*lines, "", "")).encode())
        stream = connection.makefile("rb")
        assert b" 101 " in stream.readline()
        while stream.readline().strip():
            pass
        for word in (b"one\n", b"two\n"):
            connection.sendall(word)
            assert stream.readline() == word.upper()


@needs_tools
def test_a_proxy_takes_a_photo_and_refuses_a_film(stand: Stand) -> None:
    photo, form = b"x" * (50_000_000 + 4096), "multipart/form-data; boundary=x"
    assert stand.ask("/rooms/a/attachments/", "POST", photo, Content_Type=form)[0] == 200
    assert stand.ask("/rooms/a/attachments/", "POST", photo + b"x" * 5_000_000, Content_Type=form)[0] == 413
    assert stand.ask("/rooms/a/messages/", "POST", b"x" * 1024 * 1024)[0] == 200
    if "caddy" in stand.name:  # without a form around it nothing needs to be longer
        assert stand.ask("/rooms/a/messages/", "POST", b"x" * 1_200_000)[0] == 413
    for _ in range(3):  # one that breaks off in its middle is no failure of the process
        with stand.connect() as connection:
            head = ("POST /rooms/a/attachments/ HTTP/1.1", "Host: localhost", f"Content-Type: {form}", "Content-Length: 9000000")
            connection.sendall("\r\n".join((*head, "", "")).encode() + b"x" * 100_000)
    assert {stand.ask("/rooms/")[0] for _ in range(6)} == {200}


@needs_tools
def test_a_proxy_takes_the_other_process_and_without_one_says_when_to_come_back(stand: Stand) -> None:
    stand.stop(0)
    assert [stand.ask("/rooms/")[0] for _ in range(6)] == [200] * 6
    assert [stand.ask("/rooms/", "POST", b"x")[0] for _ in range(6)] == [200] * 6
    status, headers, body = stand.ask("/outage/")  # the database is away: the process has the word
    assert (status, headers["Retry-After"], body) == (503, "7", b"back soon")
    stand.stop(1)
    for path in ("/rooms/", "/api/v1/rooms/"):
        status, headers, body = stand.ask(path)
        assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "5", "no-store")
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert body == (DEPLOY / "pages" / "unavailable.html").read_bytes()
