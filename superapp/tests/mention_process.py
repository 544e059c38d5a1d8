"""A process that mails mentions, for tests that kill it: a room whose people want to be told of each at once.

python -m superapp.tests.mention_process migrate | add PEOPLE | speak NUMBER | carry | later | wake | states | sent
"""

from __future__ import annotations

import json
import sys
import uuid
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.db.models import F  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.tests.factories import make_user  # noqa: E402
from chat.services.messages import send_message  # noqa: E402
from chat.tests.factories import join, make_room  # noqa: E402
from core import outbox  # noqa: E402
from core.models import OutboxEvent  # noqa: E402
from core.relay import pump  # noqa: E402
from core.tests.tables import make_tables  # noqa: E402
from notifications.enums import Category, Level, Road  # noqa: E402
from notifications.services.deliveries import wake_due  # noqa: E402

User, Room = apps.get_model("accounts", "User"), apps.get_model("chat", "Room")
Delivery, Notification, Preference = (apps.get_model("notifications", name) for name in ("Delivery", "Notification", "Preference"))


def _add(people: str) -> Any:
    """A speaker and so many listeners."""
    now = timezone.now()
    room = make_room(now=now)
    join(make_user("Miora"), room, now=now)
    for number in range(int(people)):
        listener = make_user(f"Voisin{number}")
        join(listener, room, now=now)
        Preference.objects.create(user=listener, category=Category.ROOMS, transport=Road.MAIL, level=Level.NOW)


def _speak(number: str) -> Any:
    """One message that names everybody."""
    names = " ".join(f"@{user.profile.pseudonym}" for user in User.objects.exclude(email__startswith="miora"))
    speaker, room = User.objects.get(email__startswith="miora"), Room.objects.get()
    send_message(user=speaker, room_public_id=room.public_id, client_id=uuid.uuid4(), body=f"{number} {names}", now=timezone.now())
    return pump(outbox.deliver)


def _carry() -> Any:
    """All that is due, as a worker does."""
    return pump(outbox.deliver)


def _later() -> Any:
    """As if leases had ended, and waits and gaps were over. Notices grow older by minutes alone: a day of that and they are of no use."""
    past = timezone.now() - timedelta(seconds=1)
    Notification.objects.update(created_at=F("created_at") - timedelta(minutes=6))
    Delivery.objects.exclude(ended_at=None).update(ended_at=F("ended_at") - timedelta(minutes=20))
    Delivery.objects.filter(state="WAITING").update(next_at=past)
    return OutboxEvent.objects.filter(state="PENDING").update(due_at=past)


def _wake() -> Any:
    return wake_due(now=timezone.now())


def _states() -> Any:
    return sorted({(one.state, one.reason) for one in Delivery.objects.filter(transport="EMAIL")})


def _sent() -> Any:
    """The names of the mails that are noted as sent."""
    rows = Delivery.objects.filter(transport="EMAIL", state="SENT").select_related("notification")
    return sorted(f"{row.notification.public_id}.{row.pk}" for row in rows)


_DEEDS = {"migrate": make_tables} | {deed.__name__.lstrip("_"): deed for deed in (_add, _speak, _carry, _later, _wake, _states, _sent)}


def main(deed: list[str]) -> None:
    sys.stdout.write(json.dumps(_DEEDS[deed[0]](*deed[1:])) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:]:
        main(sys.argv[1:])
    else:
        for line in sys.stdin:
            main(line.split())
