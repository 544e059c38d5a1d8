"""What the figures depend on: the machine, the versions, the processor time of processes, and where built things are kept."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(os.environ.get("RESAKA_BENCHMARKS_ROOT") or Path(__file__).resolve().parents[1])
HERE = Path(__file__).resolve().parent
_TICK = os.sysconf("SC_CLK_TCK")


class Missing(Exception):
    """Something that a benchmark needs is not on this machine; the text says what to install."""


def cache_folder() -> Path:
    """Outside the repository: the compiled loader and the packages of the peers. RESAKA_BENCHMARKS_CACHE names another place."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(os.environ.get("RESAKA_BENCHMARKS_CACHE") or f"{home}/resaka-benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def find_program(name: str) -> str:
    """The path of a program; the virtual environment's own wrappers of Node are passed over.

    Raises:
        Missing.
    """
    folders = [folder for folder in os.environ.get("PATH", "").split(":") if folder != str(Path(sys.prefix) / "bin")]
    found = shutil.which(name, path=":".join([*folders, "/usr/sbin", "/usr/local/sbin"])) or shutil.which(name)
    if found is None:
        raise Missing(f"{name} is not installed")
    return found


# ---- Processor time --------------------------------------------------------------------------------------------------------------
def processor_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes and of all their living descendants."""
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
            used[int(entry.name)] = (int(fields[11]) + int(fields[12])) / _TICK
    return sum(used[pid] for pid in _with_descendants(pids, parents) if pid in used)


def _with_descendants(pids: Iterable[int], children: dict[int, list[int]]) -> set[int]:
    found: set[int] = set()
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return found


def resident_bytes(pid: int) -> int:
    """The resident memory of one process."""
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) * 1024 if found else 0


# ---- The machine's name ----------------------------------------------------------------------------------------------------------
def describe() -> dict[str, str]:
    """Processor, kernel and versions; what is not installed is left out."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    facts = {
        "processor": cpu[1] if cpu else platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{int(memory[1]) // 1024 // 1024} GiB" if memory else "",
        "kernel": platform.release(),
        "system": _pretty_name(),
        "python": platform.python_version(),
        "node": _first_line("node", "--version"),
        "mariadb": _first_line("mariadbd", "--version"),
        "redis": _first_line("redis-server", "--version"),
        "nginx": _first_line("nginx", "-v"),
        "load": " ".join(f"{value:.2f}" for value in os.getloadavg()),
        "commit": _commit(),
    }
    for package in ("django", "channels", "uvicorn", "daphne", "mysqlclient"):
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            continue
    return {name: value for name, value in facts.items() if value}


def _pretty_name() -> str:
    path = Path("/etc/os-release")
    found = re.search(r'PRETTY_NAME="(.+)"', path.read_text()) if path.exists() else None
    return found[1] if found else platform.system()


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _first_line(program: str, *arguments: str) -> str:
    try:
        done = subprocess.run([find_program(program), *arguments], capture_output=True, text=True, check=False, timeout=20)
    except (Missing, subprocess.TimeoutExpired):
        return ""
    words = (done.stdout or done.stderr).strip().splitlines()
    found = re.search(r"\d+\.\d+\.\d+[\w.+:-]*", words[0]) if words else None
    return found[0] if found else ""
