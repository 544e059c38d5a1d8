"""A process that tells devices, for tests that kill it. The demo's house with many devices at a push service of this machine.

python -m superapp.tests.push_process migrate | add SERVICE PEOPLE DEVICES | tell NUMBER | carry | later | states
"""

from __future__ import annotations

import json
import sys
import urllib.request
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.services.sessions import record_login  # noqa: E402
from accounts.tests.factories import make_user  # noqa: E402
from core import outbox  # noqa: E402
from core.models import OutboxEvent  # noqa: E402
from core.relay import pump  # noqa: E402
from core.sessions import SessionStore  # noqa: E402
from core.tests.tables import make_tables  # noqa: E402
from notifications.enums import NoticeKind  # noqa: E402
from notifications.queries import get_push_key  # noqa: E402
from notifications.services.notices import Subject, notify  # noqa: E402
from notifications.services.offers import read_offer  # noqa: E402
from notifications.services.subscriptions import keep_subscription  # noqa: E402

User = apps.get_model("accounts", "User")
Delivery = apps.get_model("notifications", "Delivery")


def _add(service: str, people: str, devices: str) -> Any:
    """People with so many devices each."""
    key = get_push_key()
    asked = json.dumps({"count": int(people) * int(devices), "key": key}).encode()
    request = urllib.request.Request(f"{service}/__fake/subscriptions", data=asked, method="POST")  # noqa: S310  (our own program)
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        made = json.load(answer)["subscriptions"]
    for number in range(int(people)):
        user = make_user(f"Person{number}")
        store = SessionStore()
        store.create()
        record_login(user=user, session_key=store.session_key or "", user_agent="", now=timezone.now())
        for one in made[number * int(devices) : (number + 1) * int(devices)]:
            fields = {"transport": "WEB_PUSH", "key": key, **{name: one[name] for name in ("endpoint", "p256dh", "auth")}}
            offer = read_offer(json.dumps(fields).encode())
            keep_subscription(user=user, session_key=store.session_key or "", offer=offer, now=timezone.now())
    return len(made)


def _tell(number: str) -> Any:
    """Everybody of the same fact."""
    return sum(
        notify(
            user_id=user.pk,
            kind=NoticeKind.PASSWORD_CHANGED,
            subject=Subject.account(user),
            dedupe_key=f"fact:{number}",
            group_key=f"fact:{number}",
            args={},
            path="/account/sessions/",
            now=timezone.now(),
        )
        for user in User.objects.all()
    )


def _carry() -> Any:
    """All that is due, as a worker does."""
    return pump(outbox.deliver)


def _later() -> Any:
    """As if all leases had ended: of the outbox, and of the tries."""
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(state="WAITING").update(next_at=past)
    return OutboxEvent.objects.filter(state="PENDING").update(due_at=past)


def _wake() -> Any:
    from notifications.services.deliveries import wake_due

    return wake_due(now=timezone.now())


def _states() -> Any:
    return sorted({(one.state, one.reason) for one in Delivery.objects.filter(transport="WEB_PUSH")})


_DEEDS = {"migrate": make_tables} | {deed.__name__.lstrip("_"): deed for deed in (_add, _tell, _carry, _later, _wake, _states)}


def main(deed: list[str]) -> None:
    sys.stdout.write(json.dumps(_DEEDS[deed[0]](*deed[1:])) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:]:
        main(sys.argv[1:])
    else:
        for line in sys.stdin:
            main(line.split())
