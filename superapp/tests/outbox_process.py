"""A process with an outbox of its own making, for tests that kill it. The handlers' effect is a row, so that doing twice shows.

python -m superapp.tests.outbox_process publish 100 | relay | claim | deliver PK LEASE [hang|outside] | effects | rows | later
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from chat.events import ImagesPurged  # noqa: E402
from core import outbox  # noqa: E402
from core.models import Lease, OutboxEvent  # noqa: E402
from core.relay import Relay, Unreachable, pump  # noqa: E402


@dataclass(frozen=True, slots=True)
class Happened:
    """Something with a number."""

    number: int


def on_happened(event: Happened) -> None:
    """Leaves one row each time it runs; in the folder of the data lies what makes it hang."""
    Lease.objects.create(name=f"{event.number}:{secrets.token_hex(4)}", until_at=timezone.now())
    if (Path(settings.DATA_DIR) / "hang").exists():
        (Path(settings.DATA_DIR) / "hanging").touch()
        time.sleep(600)


outbox.register([*outbox.registered(), outbox.Route(Happened, on_happened)])


def _publish(count: str) -> Any:
    with transaction.atomic():
        outbox.publish_many([Happened(number=number) for number in range(int(count))])


def _purge(name: str) -> Any:
    """An event of the product, whose handler every process knows."""
    with transaction.atomic():
        outbox.publish(ImagesPurged(names=(name,)))


def _submit() -> Any:
    """Hand over to Celery, as the relay of a web process does."""
    from superapp.celery import submit

    try:
        return pump(submit)
    except Unreachable:
        return "unreachable"


def _relay() -> Any:
    relay = Relay()
    relay.start()
    while OutboxEvent.objects.filter(state="PENDING").exists():
        time.sleep(0.02)
    relay.stop()
    relay.join()


def _claim() -> Any:
    return [(one.pk, one.lease) for one in outbox.claim(now=timezone.now())]


def _deliver(pk: str, lease: str) -> Any:
    return outbox.deliver(outbox.Claim(pk=int(pk), lease=lease))


def _effects() -> Any:
    return sorted(int(name.partition(":")[0]) for name in Lease.objects.values_list("name", flat=True))


def _rows() -> Any:
    return list(OutboxEvent.objects.order_by("pk").values("state", "attempts", "lease", "last_error"))


def _later() -> Any:
    """As if the leases had ended."""
    OutboxEvent.objects.filter(state="PENDING").update(due_at=timezone.now() - timedelta(seconds=1))


def _migrate() -> Any:
    call_command("migrate", "core", verbosity=0)


_DEEDS = {
    deed.__name__.lstrip("_"): deed for deed in (_publish, _purge, _submit, _relay, _claim, _deliver, _effects, _rows, _later, _migrate)
}


def main(deed: list[str]) -> None:
    sys.stdout.write(json.dumps(_DEEDS[deed[0]](*deed[1:])) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:]:
        main(sys.argv[1:])
    else:
        for line in sys.stdin:
            main(line.split())
