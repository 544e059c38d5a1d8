"""The periodic jobs of the embedded shape."""

from __future__ import annotations

import pytest

from billing import tasks as billing
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
