"""kill -9 in the middle of posting: what was acknowledged is there, what was not is there whole or not at all.

RESAKA_LONG=1 kills 500 times on each engine, in tables that the migrations made; RESAKA_SEED=… repeats a run.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from superapp.tests.house import ROOT
from superapp.tests.servers import MariaDB

LONG = os.environ.get("RESAKA_LONG") == "1"
KILLS = 500 if LONG else 20


def storm(folder: Path, seed: int, **addresses: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RESAKA_")}
    environment |= {"RESAKA_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "superapp.settings", **addresses}
    command = [sys.executable, "-m", "billing.tests.ledger.storm", str(KILLS), str(seed), *(["migrated"] if LONG else [])]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("mariadb", marks=pytest.mark.servers)])
def test_processes_killed_while_they_post_leave_whole_books(engine: str, tmp_path: Path) -> None:
    seed = int(os.environ.get("RESAKA_SEED") or random.randrange(2**16))
    folder = tmp_path / "data"
    folder.mkdir()
    if engine == "sqlite":
        answer = storm(folder, seed)
    else:
        with MariaDB(tmp_path / "db", fast=True) as database:
            answer = storm(folder, seed, RESAKA_DATABASE_URL=database.url(), RESAKA_KEYS_DATABASE_URL=database.url("resaka_keys"))
    told = f"seed {seed}: {answer}"
    assert answer["kills"] == KILLS, told
    assert answer["acknowledged"] >= KILLS, told  # they did work before they died
    assert (answer["lost"], answer["half"], answer["faults"], answer["negative"], answer["unguarded"]) == (0, 0, {}, 0, []), told
    assert answer["held"] == answer["pending"], told
