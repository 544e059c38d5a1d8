"""The disk of the embedded shape is full: reading works, sending is refused, nothing is half-written. Needs root, for the disk."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from superapp.tests.faults.checker import Verdict
from superapp.tests.faults.conftest import Tell
from superapp.tests.faults.crowd import new_seed, rounds
from superapp.tests.live.conftest import MANY
from superapp.tests.live.server import PASSWORD, Server
from superapp.tests.live.swarm import new_cids, spell
from superapp.tests.live.visitor import Visitor

_FULL = re.compile(r"No space left on device|database or disk is full")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """120 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.getuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Use up the last byte."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return filler


class Sender:
    """Somebody who sends by REST and remembers what was acknowledged."""

    def __init__(self, server: Server) -> None:
        self.person = Visitor(server.origin)
        self.person.log_in("amina@demo.test", PASSWORD)
        slug = self._slug = self.person.get("/api/v1/rooms").data["rooms"][0]["slug"]
        self.room = f"/api/v1/rooms/{self.person.send('POST', f'/api/v1/rooms/{slug}/join', {}).data['id']}"
        self.first = int(self.person.get(self.room).data["last"])
        self.kept: dict[str, int] = {}

    def send(self, cid: str) -> bool:
        """Whether it was kept; a refusal says when to come again."""
        answer = self.person.send("POST", f"{self.room}/messages", {"body": f"message {spell(cid)} " + "x" * 3000}, Idempotency_Key=cid)
        if answer.status in {200, 201}:
            self.kept[cid] = answer.data["seq"]
            return True
        assert answer.status in {503, 507}, (answer.status, answer.text[:300])
        assert "retry-after" in {name.lower() for name in answer.headers}
        return False

    def use_up_the_journal(self, cids: list[str]) -> None:
        """Send until one is turned away: on a full disk the journal still has the room that it had grown to before."""
        assert not all(self.send(cid) for cid in cids), "a full disk took everything"

    def fills_in_the_form(self, cid: str) -> None:
        """Without scripts: the page that comes back keeps what was typed, and says when to come again."""
        answer = self.person.post(
            f"/rooms/{self._slug}/messages/", f"/rooms/{self._slug}/", cid=cid, body=f"formulaire {spell(cid)} " + "x" * 3000
        )
        assert (answer.status, "retry-after" in {name.lower() for name in answer.headers}, f"formulaire {spell(cid)}" in answer.text) == (
            503,
            True,
            True,
        )

    def reads(self) -> None:
        for page in ("/", "/rooms/", f"/rooms/{self._slug}/", f"{self.room}/messages", f"{self.room}/events?after={self.first}&limit=50"):
            answer = self.person.get(page)
            assert answer.status == 200, (page, answer.status, answer.text[:300])

    def log(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        while part := self.person.get(f"{self.room}/events?after={self.first + len(events)}&limit=200").data["events"]:
            events += part
        return events


@pytest.mark.faults
def test_disk_full(small_disk: Path, tmp_path: Path, tell: Tell) -> None:
    seed, times = new_seed("disk"), rounds(2, 10)
    server = Server(small_disk / "data", **MANY)
    server.folder.mkdir()
    server.log = tmp_path / "server.log"
    server.prepare()
    server.start()
    refused = 0
    try:
        sender = Sender(server)
        for _round in range(times):
            assert all(sender.send(cid) for cid in new_cids(seed.randrange(5, 20), seed))
            filler = fill(small_disk)
            sender.use_up_the_journal(new_cids(1000, seed))
            tries = new_cids(60, seed)
            turned_away = [cid for cid in tries if not sender.send(cid)]
            assert turned_away
            refused += len(turned_away)
            sender.reads()
            sender.fills_in_the_form(*new_cids(1, seed))
            if seed.random() < 0.5:
                server.kill()  # and dies of it
            filler.unlink()
            if server.pid is None:
                server.start()
            limit = time.monotonic() + 30
            while not sender.send(tries[0]):
                assert time.monotonic() < limit
            assert all(sender.send(cid) for cid in tries)
        log = sender.log()
    finally:
        server.stop()
    places = Counter(event["cid"] for event in log if event["k"] == "message")
    verdict = Verdict(len(sender.kept), lost=len(sender.kept.keys() - places.keys()), doubled=sum(times > 1 for times in places.values()))
    tell(times, verdict, refused=refused)
    assert [event["seq"] for event in log] == list(range(sender.first + 1, sender.first + 1 + len(log)))
    assert {event["cid"]: event["seq"] for event in log if event["k"] == "message"} == sender.kept
    assert verdict.good
    for name in ("resaka.sqlite3", "keys.sqlite3"):
        with contextlib.closing(sqlite3.connect(server.folder / name)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    # jobs that came due meanwhile may say that there was no room, and are done again; nothing else went wrong
    log_lines = server.log.read_text("utf-8").splitlines()
    assert [line for line in log_lines if "Traceback" in line and not _FULL.search(line)] == []
