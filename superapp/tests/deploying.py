"""The programs that read deploy/, and where it lies."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]

DEPLOY = ROOT / "deploy"

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
