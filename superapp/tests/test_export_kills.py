"""kill -9 in the middle of a copy, again and again: it is made all the same, and it is the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from superapp.tests.house import ROOT
from superapp.tests.servers import MariaDB


def process(folder: Path, **addresses: str) -> Any:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RESAKA_")}
    environment |= {"RESAKA_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "superapp.settings", **addresses}
    command = [sys.executable, "-m", "superapp.tests.export_process"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("engine", [pytest.param("sqlite", marks=pytest.mark.faults), pytest.param("mariadb", marks=pytest.mark.servers)])
def test_a_copy_whose_makers_are_killed_is_the_copy_of_one_who_lived(engine: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    if engine == "sqlite":
        answer = process(folder)
    else:
        with MariaDB(tmp_path / "db", fast=True) as database:
            answer = process(folder, RESAKA_DATABASE_URL=database.url(), RESAKA_KEYS_DATABASE_URL=database.url("resaka_keys"))
    assert answer == {"killed": 10, "state": "READY", "same": True, "rows": True, "pieces": True}
