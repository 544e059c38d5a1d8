"""The periodic jobs of the embedded shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from billing import tasks as billing
from core import tasks as core
from privacy import tasks as privacy
from superapp import schedule
from superapp.schedule import JOBS, Job, Ticker


@pytest.mark.django_db
def test_a_job_runs_when_due_in_one_process_alone() -> None:
    ran: list[str] = []
    jobs = (Job(name="j", seconds=60, run=lambda: ran.append("x")),)
    first, second = Ticker(jobs), Ticker(jobs)
    assert first.tick() == ["j"]
    assert first.tick() == []
    assert second.tick() == []
    assert ran == ["x"]


@pytest.mark.django_db
def test_a_failing_job_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    ran: list[str] = []

    def fail() -> None:
        raise ValueError("broken")

    ticker = Ticker((Job(name="a", seconds=60, run=fail), Job(name="b", seconds=60, run=lambda: ran.append("b"))))
    assert ticker.tick() == ["b"]
    assert ran == ["b"]


def test_the_books_are_watched_every_minute_and_proved_every_day() -> None:
    jobs = {job.name: (job.seconds, job.run) for job in JOBS}
    assert jobs["billing.watch_ledger"] == (60, billing.watch_ledger)
    assert jobs["billing.prove_ledger"] == (86400, billing.prove_ledger)
    assert jobs["billing.expire_holds"] == (60, billing.expire_holds)


def test_the_clocks_of_the_law_are_looked_at_often_enough() -> None:
    jobs = {job.name: (job.seconds, job.run) for job in JOBS}
    assert jobs["privacy.watch_breaches"] == (300, privacy.watch_breaches)
    assert jobs["privacy.watch_requests"] == (600, privacy.watch_requests)
    assert jobs["privacy.watch_purge"] == (300, privacy.watch_purge)


def test_a_house_copies_itself_once_a_day_where_a_place_is_named(settings: Any, tmp_path: Path) -> None:
    """A server does not: its timers do, with rights that no worker has."""
    settings.BACKUP_DIR, settings.KEYS_BACKUP_DIR, settings.EMBEDDED = None, None, True
    assert schedule._backups() == ()
    settings.BACKUP_DIR = tmp_path / "main"
    assert schedule._backups() == (Job(name="core.back_up_main", seconds=86400, run=core.back_up_main),)
    settings.KEYS_BACKUP_DIR = tmp_path / "keys"
    assert [job.name for job in schedule._backups()] == ["core.back_up_main", "core.back_up_keys"]
    settings.EMBEDDED = False
    assert schedule._backups() == ()
