"""The stand-ins: strangers to the house, believed by nobody but the embedded shape, and as strict as what they stand for."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from core.checks import check_standins
from core.hosts import read_pattern
from notifications.tests.push.devices import ROOT, PushService

HOUSE = {"core", "realtime", "accounts", "notifications", "billing", "chat", "moderation", "privacy", "superapp", "django"}


def imports_of(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_they_import_nothing_of_the_house() -> None:
    files = list((ROOT / "notifications" / "simulators").rglob("*.py"))
    assert len(files) == 8
    for file in files:
        foreign = {name for name in imports_of(file) if name.partition(".")[0] in HOUSE}
        assert all(name.startswith("notifications.simulators") for name in foreign), file.name


@pytest.mark.parametrize("name", ["push"])
def test_they_have_no_place_beside_the_server_shape(name: str) -> None:
    env = {**os.environ, "RESAKA_SHAPE": "server"}
    command = [sys.executable, "-m", f"notifications.simulators.{name}", "--port", "0"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "has no place beside RESAKA_SHAPE=server" in done.stderr


def test_the_server_shape_refuses_a_push_service_on_this_machine(settings: Any) -> None:
    settings.EMBEDDED, settings.DEBUG, settings.OUTBOUND_HOSTS = False, False, []
    settings.PUSH_HOSTS = [read_pattern("*.push.apple.com"), read_pattern("127.0.0.1:8470")]
    assert [(found.id, found.msg) for found in check_standins()] == [
        ("core.E001", "RESAKA_PUSH_HOSTS names this machine (127.0.0.1:8470) in the server shape.")
    ]


def knock(service: PushService, path: str, **headers: str) -> int:
    request = urllib.request.Request(f"{service.base}{path}", data=b"x", headers=headers, method="POST")  # noqa: S310  (our own address)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  (our own address)
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_it_is_strict(service: PushService) -> None:
    token = service.add()[0]["token"]
    path = f"/wpush/v2/{token}"
    good = {"TTL": "60", "Content-Encoding": "aes128gcm"}
    assert knock(service, "/wpush/v2/nobody", **good) == 404
    assert knock(service, path) == 400
    assert knock(service, path, TTL="60") == 400
    assert knock(service, path, **good) == 401
    assert knock(service, path, **good, Topic="x" * 33) == 400
    assert knock(service, path, **good, Urgency="now") == 400
    assert knock(service, path, **good, Authorization="vapid t=a.b.c, k=AAAA") == 401
    assert knock(service, path, **good, Authorization="Bearer x") == 401
    service.ask("DELETE", f"subscriptions/{token}")
    assert knock(service, path, **good) == 410
    assert service.taken == []


def test_what_broke_off_is_nothing(service: PushService) -> None:
    """A sender that dies while it sends has told no device anything."""
    token = service.add()[0]["token"]
    host, _colon, port = service.entry.partition(":")
    head = (
        f"POST /wpush/v2/{token} HTTP/1.1\r\nHost: {service.entry}\r\nTTL: 60\r\nContent-Encoding: aes128gcm\r\nContent-Length: 743\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=5) as wire:
        wire.sendall(head.encode() + b"x" * 100)
    assert knock(service, "/wpush/v2/nobody", TTL="60") == 404  # by then it has seen the end of the other
    assert (service.requests, service.taken, [why for _status, why in service.refused]) == (1, [], ["no such subscription"])
