"""The periodic jobs of the house: one list, driven by a thread of the web process or by Celery beat, each under a lease."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import close_old_connections

from accounts.tasks import (
    end_old_proofs,
    end_suspensions,
    refresh_list,
    warn_of_ending_proofs,
)
from billing.tasks import (
    announce_yearly,
    drop_orders,
    end_plans,
    expire_holds,
    expire_promos,
    prove_ledger,
    rebuild_revenue,
    reconcile,
    remind_people,
    see_to_payments,
    send_letters_again,
    watch_disputes,
    watch_ledger,
    watch_support,
)
from chat.tasks import look_for_talk, return_held
from core.clock import shared_now
from core.leases import claim_lease
from core.outages import log_failure
from core.tasks import anchor_audit, back_up_keys, back_up_main, scrub_journals
from moderation.tasks import (
    count_held,
    count_members,
    end_measures,
    end_terms_of_staff,
    follow_images,
    send_statements,
    warn_flaggers,
    watch_clocks,
    watch_courts,
    watch_rules,
)
from notifications.tasks import send_again, send_digests
from privacy.tasks import (
    close_accounts,
    continue_erasures,
    continue_exports,
    copy_records,
    purge_due,
    turn_days,
    watch_breaches,
    watch_purge,
    watch_requests,
)

logger = logging.getLogger("resaka.schedule")

# A lease ends a little before the job is due again, so that a clock that comes a moment early does not find it held.
_LEASE_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Job:
    """A deed to repeat every `seconds`; it must be safe to run twice."""

    name: str
    seconds: int
    run: Callable[[], object]


def _backups() -> tuple[Job, ...]:
    """Once a day where the settings name a place. A server copies itself by timers: files of its database are for other eyes than ours."""
    places = ((settings.BACKUP_DIR, "core.back_up_main", back_up_main), (settings.KEYS_BACKUP_DIR, "core.back_up_keys", back_up_keys))
    return tuple(Job(name=name, seconds=86400, run=run) for folder, name, run in places if folder and settings.EMBEDDED)


JOBS = (
    Job(name="chat.return_held", seconds=60, run=return_held),
    Job(name="chat.look_for_talk", seconds=10, run=look_for_talk),
    Job(name="accounts.end_old_proofs", seconds=3600, run=end_old_proofs),
    Job(name="accounts.warn_of_ending_proofs", seconds=86400, run=warn_of_ending_proofs),
    Job(name="accounts.end_suspensions", seconds=30, run=end_suspensions),
    Job(name="accounts.refresh_list", seconds=3600, run=refresh_list),
    Job(name="moderation.warn_flaggers", seconds=86400, run=warn_flaggers),
    Job(name="notifications.send_again", seconds=30, run=send_again),
    Job(name="notifications.send_digests", seconds=60, run=send_digests),
    Job(name="moderation.watch_clocks", seconds=30, run=watch_clocks),
    Job(name="moderation.end_measures", seconds=30, run=end_measures),
    Job(name="moderation.end_terms_of_staff", seconds=300, run=end_terms_of_staff),
    Job(name="moderation.count_held", seconds=86400, run=count_held),
    Job(name="moderation.count_members", seconds=3600, run=count_members),
    Job(name="moderation.send_statements", seconds=300, run=send_statements),
    Job(name="moderation.watch_rules", seconds=600, run=watch_rules),
    Job(name="moderation.watch_courts", seconds=60, run=watch_courts),
    Job(name="privacy.purge_due", seconds=300, run=purge_due),
    Job(name="privacy.turn_days", seconds=3600, run=turn_days),
    Job(name="privacy.close_accounts", seconds=60, run=close_accounts),
    Job(name="privacy.copy_records", seconds=60, run=copy_records),
    Job(name="privacy.watch_requests", seconds=600, run=watch_requests),
    Job(name="privacy.watch_purge", seconds=300, run=watch_purge),
    Job(name="privacy.continue_erasures", seconds=30, run=continue_erasures),
    Job(name="privacy.continue_exports", seconds=30, run=continue_exports),
    Job(name="privacy.watch_breaches", seconds=300, run=watch_breaches),
    Job(name="moderation.follow_images", seconds=30, run=follow_images),
    Job(name="billing.prove_ledger", seconds=86400, run=prove_ledger),
    Job(name="billing.watch_ledger", seconds=60, run=watch_ledger),
    Job(name="billing.expire_promos", seconds=600, run=expire_promos),
    Job(name="billing.expire_holds", seconds=60, run=expire_holds),
    Job(name="billing.reconcile", seconds=3600, run=reconcile),
    Job(name="billing.rebuild_revenue", seconds=3600, run=rebuild_revenue),
    Job(name="billing.watch_support", seconds=300, run=watch_support),
    # oftener than each minute: some operators are to be asked every 25 seconds
    Job(name="billing.see_to_payments", seconds=10, run=see_to_payments),
    Job(name="billing.watch_disputes", seconds=3600, run=watch_disputes),
    Job(name="billing.drop_orders", seconds=600, run=drop_orders),
    Job(name="billing.end_plans", seconds=300, run=end_plans),
    Job(name="billing.remind_people", seconds=3600, run=remind_people),
    Job(name="billing.announce_yearly", seconds=86400, run=announce_yearly),
    Job(name="billing.send_letters_again", seconds=600, run=send_letters_again),
    Job(name="core.anchor_audit", seconds=3600, run=anchor_audit),
    Job(name="core.scrub_journals", seconds=300, run=scrub_journals),
    *_backups(),
)


def run_job(job: Job) -> bool:
    """Run a job unless somebody has begun it in this period; whether it ran. What it raises is logged and ends here."""
    try:
        lease = max(1, int(job.seconds * _LEASE_SHARE))
        if not claim_lease(name=job.name, holder=secrets.token_hex(8), seconds=lease, now=shared_now()):
            return False
        result = job.run()
    except Exception as error:
        log_failure(logger, "job failed", error, job=job.name)
        return False
    logger.info("job done", extra={"fields": {"job": job.name, "result": str(result)}})
    return True


class Ticker(threading.Thread):
    """Runs what is due, one job after the other."""

    def __init__(self, jobs: Sequence[Job] = JOBS) -> None:
        super().__init__(name="resaka-schedule", daemon=True)
        self._jobs = jobs
        self._stopped = threading.Event()
        self._due = {job.name: time.monotonic() for job in jobs}

    def run(self) -> None:
        while not self._stopped.wait(1.0):
            close_old_connections()
            self.tick()
            close_old_connections()

    def tick(self) -> list[str]:
        """Run the jobs that are due now; the names of those that ran."""
        ran = []
        for job in self._jobs:
            if time.monotonic() >= self._due[job.name]:
                self._due[job.name] = time.monotonic() + job.seconds
                if run_job(job):
                    ran.append(job.name)
        return ran

    def stop(self) -> None:
        """End after the job in hand."""
        self._stopped.set()
