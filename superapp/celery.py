"""The Celery application of the server shape: it runs deliveries of the outbox and the periodic jobs.

    python -m celery -A superapp worker          python -m celery -A superapp beat

Nothing in a request sends a task: a row of the outbox is the truth, the relay hands it over, and what a broker loses is handed out again.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
if not apps.ready:  # `celery -A` imports this module first of all
    django.setup()

from celery import Celery, signals
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from kombu.exceptions import OperationalError

from core import outbox
from core.backups.pending import RestorePending, refuse_start
from core.relay import Unreachable, pump
from superapp import brokers
from superapp.schedule import JOBS, run_job

if not settings.BROKER_URL:
    raise ImproperlyConfigured("RESAKA_BROKER_URL or RESAKA_REDIS_URL: Celery needs a broker")

SWEEP_SECONDS = 10
_DELIVERY_SOFT, _DELIVERY_HARD = 24, 28  # a delivery ends before its lease of 30 s does
_JOB_SOFT, _JOB_HARD = 480, 540  # a job ends before the broker hands it out again

app = Celery("resaka")
app.conf.update(
    **brokers.options(settings.BROKER_URL),
    accept_content=["json"],
    beat_schedule_filename=str(settings.DATA_DIR / "beat-schedule"),
    broker_connection_max_retries=None,
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=2,
    enable_utc=True,
    task_acks_late=True,
    task_default_queue="resaka",
    task_ignore_result=True,
    task_reject_on_worker_lost=True,
    task_serializer="json",
    task_soft_time_limit=_JOB_SOFT,
    task_time_limit=_JOB_HARD,
    timezone="UTC",
    worker_prefetch_multiplier=1,
)


@signals.setup_logging.connect  # type: ignore[untyped-decorator]  # celery is untyped
def _keep_our_logging(**_signal: object) -> None:
    """Celery leaves the logging of the settings alone when somebody listens to this."""


@signals.celeryd_init.connect  # type: ignore[untyped-decorator]  # celery is untyped
@signals.beat_init.connect  # type: ignore[untyped-decorator]  # celery is untyped
def _refuse_start(**_signal: object) -> None:
    """Nothing runs in a house that was put back from a backup before what was destroyed since is destroyed again."""
    try:
        refuse_start()
    except RestorePending as error:
        sys.exit(str(error))


@app.task(name="resaka.deliver", soft_time_limit=_DELIVERY_SOFT, time_limit=_DELIVERY_HARD)  # type: ignore[untyped-decorator]  # celery is untyped
def deliver(pk: int, lease: str) -> None:
    """Run one delivery of the outbox."""
    outbox.deliver(outbox.Claim(pk=pk, lease=lease))


@app.task(name="resaka.job")  # type: ignore[untyped-decorator]  # celery is untyped
def job(name: str) -> None:
    """Run one job of the schedule, unless somebody has begun it in this period."""
    for one in JOBS:
        if one.name == name:
            run_job(one)


@app.task(name="resaka.sweep")  # type: ignore[untyped-decorator]  # celery is untyped
def sweep() -> None:
    """Hand out what is due, also when no web process lives to do it."""
    pump(submit)


def submit(one: outbox.Claim) -> None:
    """Hand a claimed delivery to the broker. Called by the relay, never inside a request.

    Raises:
        Unreachable: the broker did not take it.
    """
    try:
        deliver.apply_async(args=[one.pk, one.lease], task_id=f"{one.pk}-{one.lease}", retry=False)
    except (OperationalError, OSError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error


def _beat(task: Any, seconds: int, *args: str) -> dict[str, Any]:
    """An entry of the schedule; a task that waited a whole period is dropped, since the next one does its work."""
    return {"task": task.name, "schedule": seconds, "args": args, "options": {"expires": seconds}}


app.conf.beat_schedule = {one.name: _beat(job, one.seconds, one.name) for one in JOBS} | {"core.sweep": _beat(sweep, SWEEP_SECONDS)}
