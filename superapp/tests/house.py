"""A house without its web process: a database, and the processes that share its outbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]


class House:
    """A database and the processes that use it."""

    def __init__(self, folder: Path, *, module: str = "superapp.tests.outbox_process", **variables: str) -> None:
        self.folder = folder
        self._module = module
        self._env = {name: value for name, value in os.environ.items() if not name.startswith("RESAKA_")}
        self._env |= {"RESAKA_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "superapp.settings", **variables}

    def start(self, *deed: str) -> subprocess.Popen[str]:
        return self.run(self._module, *deed)

    def run(self, *module: str) -> subprocess.Popen[str]:
        """A Python program on the same data."""
        command = [sys.executable, "-m", *module]
        return subprocess.Popen(command, cwd=ROOT, env=self._env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def manage(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """A management command on the same data, to its end; `options` as for subprocess.run."""
        command = [sys.executable, "manage.py", *words]
        wanted = {"capture_output": True, "text": True, "timeout": 300, "check": False, "stdin": subprocess.DEVNULL}
        done: subprocess.CompletedProcess[str] = subprocess.run(command, cwd=ROOT, env=self._env, **{**wanted, **options})
        return done

    def do(self, *deed: str) -> Any:
        """One deed in a process that stays."""
        assert self._console.stdin
        assert self._console.stdout
        self._console.stdin.write(" ".join(deed) + "\n")
        self._console.stdin.flush()
        return json.loads(self._console.stdout.readline())

    def __enter__(self) -> Self:
        self._console = self.start()
        try:
            self.do("migrate")
        except ValueError:
            self._console.communicate(timeout=30)
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._console.communicate(timeout=30)

    @staticmethod
    def end(process: subprocess.Popen[str]) -> Any:
        output, _none = process.communicate(timeout=90)
        assert process.returncode == 0
        return json.loads(output)
