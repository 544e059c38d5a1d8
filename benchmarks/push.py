"""Telling many devices of one thing: writing their notices, and one worker that carries them to a push service on this machine.

The service checks every signature and opens nothing; each device has keys of its own, so each message is encrypted for itself. The work is
done by this module as a program (`python -m benchmarks.push`) in the product's environment, on its own MariaDB and Redis. What a real
service adds is the way there: with 16 requests at a time and a round trip of R ms, a worker accepts at most 16 000 / R a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from benchmarks import report
from benchmarks.crowds import folder_for_a_run
from benchmarks.machine import ROOT
from benchmarks.product import Product

_AT_ONCE = 500


class _House(Product):
    """The product where a stand-in of a push service may be asked: the embedded shape, on the servers of the other one."""

    service = ""

    @property
    def environment(self) -> dict[str, str]:
        chosen = {"RESAKA_SHAPE": "embedded", "RESAKA_PUSH_HOSTS": self.service.removeprefix("http://"), "RESAKA_VAPID_KEY": "12" * 32}
        return {**super().environment, **chosen}


def push(options: Any) -> None:
    """The command: seconds until one notice of each person is written, and until every device's has been accepted."""
    head = report.print_head()
    with folder_for_a_run() as folder, contextlib.closing(_House(folder)) as product, _service() as service:
        product.service = service
        product.stores.start()
        product.manage("migrate", "--verbosity", "0")
        product.manage("migrate", "--database", "keys", "--verbosity", "0")
        order = {"service": service, "devices": options.devices}
        found = json.loads(product.run(sys.executable, "-m", "benchmarks.push", given=json.dumps(order)))
    rows = [[name, f"{found[name]:.1f}"] for name in ("write_seconds", "carry_seconds", "per_second", "cpu_ms", "memory_mb")]
    report.print_table(["one device each", "found"], [["devices", found["devices"]], ["accepted", found["accepted"]], *rows])
    print("write: a notice and a delivery for each; carry: one worker, from the first to the last acceptance; CPU: of the worker, a device")
    report.save(options.json, {**head, "push": found})


@contextlib.contextmanager
def _service() -> Iterator[str]:
    command = [sys.executable, "-m", "notifications.simulators.push", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)


# ---- Inside the product ----------------------------------------------------------------------------------------------------------
def measure(*, service: str, devices: int) -> dict[str, Any]:
    """All figures. Mails and bells of the same notices are left out: they take other roads."""
    from django.utils import timezone

    from core import outbox
    from core.models import OutboxEvent
    from core.relay import pump
    from notifications.models import Delivery

    _ask(service, "PUT", "", {"lazy": True})
    people = _furnish(service, devices)
    begun = time.perf_counter()
    _tell(people, timezone.now())
    written = time.perf_counter() - begun
    OutboxEvent.objects.filter(event="notifications.DeliveryDue").delete()
    used, begun = time.process_time(), time.perf_counter()
    pump(outbox.deliver)
    carried, cpu = time.perf_counter() - begun, time.process_time() - used
    accepted = Delivery.objects.filter(transport="WEB_PUSH", state="SENT").count()
    assert accepted == _ask(service, "GET", "")["requests"], "sent once each"
    return {
        "devices": devices,
        "accepted": accepted,
        "write_seconds": written,
        "carry_seconds": carried,
        "per_second": accepted / carried,
        "cpu_ms": cpu * 1e3 / max(1, accepted),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _furnish(service: str, count: int) -> list[Any]:
    """People with one log-in and one device each."""
    from django.utils import timezone

    from accounts.models import LoginSession, User
    from benchmarks import seed
    from core.sealing import seal
    from notifications.models import PushSubscription
    from notifications.services.offers import digest_of
    from notifications.transports.vapid import current_key

    key, now = current_key(), timezone.now()
    assert key is not None
    seed.ensure_people(count, now)
    people = list(User.objects.filter(username__startswith=seed.PREFIX.lower()).order_by("pk")[:count])
    keys = seed.log_in(people, now)
    LoginSession.objects.bulk_create(
        [LoginSession(user=user, session_key=name, started_at=now) for user, name in zip(people, keys, strict=True)], batch_size=1000
    )
    logins = {login.user_id: login for login in LoginSession.objects.filter(user__in=people)}
    made = _ask(service, "POST", "subscriptions", {"count": count, "key": key.public})["subscriptions"]
    rows = []
    for user, one in zip(people, made, strict=True):
        row = PushSubscription(user=user, login=logins[user.pk], transport="WEB_PUSH", key_id=key.key_id, created_at=now, seen_at=now)
        row.host, row.endpoint_sha256 = service.removeprefix("http://"), digest_of("WEB_PUSH", one["endpoint"])
        row.p256dh = _bytes(one["p256dh"])
        row.endpoint = seal(user.scope, one["endpoint"].encode(), row.sealing_ad("endpoint"))
        row.auth = seal(user.scope, _bytes(one["auth"]), row.sealing_ad("auth"))
        rows.append(row)
    PushSubscription.objects.bulk_create(rows, batch_size=500)
    return people


def _tell(people: list[Any], now: datetime) -> None:
    from django.db import transaction

    from notifications.services.crowds import News, tell_crowd
    from notifications.services.notices import Subject

    news = News("PASSWORD_CHANGED", Subject("accounts", "USER", "a" * 20), "benchmark", "benchmark", {}, "/account/sessions/")
    for start in range(0, len(people), _AT_ONCE):
        with transaction.atomic():
            tell_crowd(news=news, counts={user.pk: 1 for user in people[start : start + _AT_ONCE]}, now=now)


def _ask(service: str, method: str, path: str, data: Any = None) -> Any:
    body = json.dumps(data).encode() if data is not None else None
    request = urllib.request.Request(f"{service}/__fake/{path}", data=body, method=method)  # noqa: S310  (our own program)
    with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310
        return json.load(answer)


def _bytes(text: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "superapp.settings")
    django.setup()
    print(json.dumps(measure(**json.load(sys.stdin))), flush=True)


if __name__ == "__main__":
    main()
