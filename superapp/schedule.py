"""The periodic jobs of the house. In the embedded shape a thread of the web process runs them under a lease."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections
from django.utils import timezone

from accounts.services.registration import purge_unconfirmed
from chat.services.purge import purge_expired
from core.leases import claim_lease

logger = logging.getLogger("resaka.schedule")


@dataclass(frozen=True, slots=True)
class Job:
    """A deed to repeat every `seconds`; it must be safe to run twice."""

    name: str
    seconds: int
    run: Callable[[], object]


def _purge_rooms() -> object:
    return purge_expired(now=timezone.now())


def _forget_unconfirmed() -> object:
    return purge_unconfirmed(now=timezone.now())


JOBS = (
    Job(name="chat.purge", seconds=300, run=_purge_rooms),
    Job(name="accounts.forget_unconfirmed", seconds=3600, run=_forget_unconfirmed),
)


class Ticker(threading.Thread):
    """Runs what is due, one job after the other, if this process holds the job's lease."""

    def __init__(self, jobs: tuple[Job, ...] = JOBS) -> None:
        super().__init__(name="resaka-schedule", daemon=True)
        self._jobs = jobs
        self._holder = secrets.token_hex(8)
        self._stopped = threading.Event()
        self._due = {job.name: time.monotonic() for job in jobs}

    def run(self) -> None:
        while not self._stopped.wait(1.0):
            self.tick()

    def tick(self) -> list[str]:
        """Run the jobs that are due now; the names of those that ran."""
        ran = []
        for job in self._jobs:
            if time.monotonic() >= self._due[job.name]:
                self._due[job.name] = time.monotonic() + job.seconds
                if self._run(job):
                    ran.append(job.name)
        return ran

    def _run(self, job: Job) -> bool:
        close_old_connections()
        try:
            if not claim_lease(name=job.name, holder=self._holder, seconds=job.seconds, now=timezone.now()):
                return False
            result = job.run()
            logger.info("job done", extra={"fields": {"job": job.name, "result": str(result)}})
            return True
        except Exception:
            logger.exception("job failed", extra={"fields": {"job": job.name}})
            return False
        finally:
            close_old_connections()

    def stop(self) -> None:
        """End after the job in hand."""
        self._stopped.set()
