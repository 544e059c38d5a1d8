"""Processes of a house that take something and are killed with it in their hands (see holder.py)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from superapp.tests.live.server import ROOT, Server

PUBLISH = """
from django.db import transaction
from chat.events import ImagesPurged
from core import outbox
with transaction.atomic():
    outbox.publish(ImagesPurged(names=("nothing.webp",)))
"""


@contextmanager
def holder(web: Server, *deed: str) -> Iterator[subprocess.Popen[str]]:
    """A process of the same house that keeps something until it is killed."""
    command = [sys.executable, "-m", "superapp.tests.faults.holder", *deed]
    process = subprocess.Popen(command, cwd=ROOT, env=web.env, text=True, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_word(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def run_until_taken(web: Server, *deed: str) -> tuple[list[str], float]:
    """Let processes try one after the other until one is not refused; what each said, and how long it took."""
    said: list[str] = []
    began = time.monotonic()
    while not said or said[-1] == "refused":
        with holder(web, *deed) as process:
            said.append(first_word(process))
        assert time.monotonic() < began + 120
    return said, time.monotonic() - began
