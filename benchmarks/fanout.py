"""Fan-out alone: one room, a publisher in another thread of the server's process, every socket reads everything.

CPU is that of the server's whole process (user and system), from the first published message to the last delivered byte, divided by
deliveries. The loader is a process of its own and is not counted. Servers take turns, so that a disturbed minute hits all of them.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.loader import Ear

ROOT = Path(__file__).resolve().parents[1]
SERVERS = {
    "hub, prepared frames": ["hub", "realtime.server:SocketProtocol"],
    "hub, stock uvicorn": ["hub", "websockets-sansio"],
    "textbook Channels": ["textbook", "websockets-sansio"],
}


def run(*, sockets: int, messages: int, pairs: int) -> None:
    """Print the median cost of each server and its ratio to the first."""
    figures: dict[str, list[float]] = {name: [] for name in SERVERS}
    for _ in range(pairs):
        for name, arguments in SERVERS.items():
            figures[name].append(asyncio.run(_measure(arguments, sockets, messages)))
    first = statistics.median(figures["hub, prepared frames"])
    print(f"{sockets} sockets in one room, {messages} messages of 200 bytes, {pairs} runs each, CPU microseconds per delivery")
    for name, values in figures.items():
        median = statistics.median(values)
        print(f"{name:24} median {median:7.2f}   {min(values):.2f} to {max(values):.2f}   {median / first:5.1f} times")


async def _measure(arguments: list[str], sockets: int, messages: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "RESAKA_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "superapp.settings", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "benchmarks.servers", *arguments]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220  (nothing else runs on this loop yet)
        try:
            assert server.stdin is not None
            assert server.stdout is not None
            port = int(server.stdout.readline())
            ears = [Ear(messages) for _ in range(sockets)]
            await asyncio.gather(*(ear.open(port) for ear in ears))
            server.stdin.write(json.dumps({"messages": messages}) + "\n")
            server.stdin.flush()
            await asyncio.wait_for(asyncio.gather(*(ear.heard_all for ear in ears)), 300)
            server.stdin.write("cpu\n")
            server.stdin.flush()
            seconds = float(await asyncio.to_thread(server.stdout.readline))
            return seconds * 1e6 / (sockets * messages)
        finally:
            server.kill()
            server.wait()
            for stream in (server.stdin, server.stdout):
                if stream is not None:
                    stream.close()
