"""A loud room that everybody follows: what it costs those who write, and how long it takes until each follower has their one notice."""

from __future__ import annotations

import contextlib
import json
import sys
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

from benchmarks import report
from benchmarks.crowds import folder_for_a_run
from benchmarks.product import Product
from benchmarks.stage import Crowd


def notify(options: Any) -> None:
    """On MariaDB, with one worker: messages, the look for talk, and the outbox until it is empty."""
    head = report.print_head()
    crowd = Crowd((options.members,))
    with folder_for_a_run() as folder, contextlib.closing(Product(folder)) as product:
        product.prepare(crowd)
        order = {
            "room": product.seeded[crowd]["room_ids"][0],
            "people": product.seeded[crowd]["people"],
            "messages": options.messages,
        }
        result = json.loads(product.run(sys.executable, "-m", "benchmarks.inside", "notify", given=json.dumps(order)))
    rows = [[one["name"], f"{one['seconds']:.2f}", one["told"], one["events"], one["notices"]] for one in result["rounds"]]
    print(f"{options.members} members of one room follow it; {options.messages} messages in each round; one worker")
    report.print_table(["round", "seconds until all are told", "told", "outbox events", "notices in all"], rows)
    alone, followed = result["send_ms"]["nobody follows"], result["send_ms"]["all follow"]
    print(f"sending, a message a transaction: {alone:.2f} ms where nobody follows, {followed:.2f} ms where all do")
    report.save(options.json, {**head, "notify": result})


def tell(order: dict[str, Any]) -> dict[str, Any]:
    """Inside the product: talk, talk a minute after the first was told, and talk at once after that."""
    from django.utils import timezone

    from chat.models import Membership
    from notifications.models import Notification

    sent = {"nobody follows": _send(order)}
    Membership.objects.filter(room_id=order["room"]).update(notify_level="ALL", read_n=order["messages"])
    _begin(order["room"])
    rounds = []
    for name, since in (("first", timedelta(0)), ("a minute later", timedelta(seconds=61)), ("at once after", timedelta(0))):
        _pass(order["room"], since)
        sent["all follow"] = _send(order)
        rounds.append(_tell_all(name, timezone.now()) | {"notices": Notification.objects.count()})
    return {"send_ms": sent, "rounds": rounds}


def _pass(room_id: int, span: timedelta) -> None:
    """Let what was told lie further back, as if so much time had gone by."""
    from django.db.models import F

    from chat.models import Room
    from notifications.models import Notification

    Notification.objects.update(created_at=F("created_at") - span)
    Room.objects.filter(pk=room_id).exclude(followed_at=None).update(followed_at=F("followed_at") - span)


def _begin(room_id: int) -> None:
    """What was said before anybody followed is told to nobody."""
    from django.db.models import F

    from chat.models import Room

    Room.objects.filter(pk=room_id).update(followed_n=F("last_n"))


def _send(order: dict[str, Any]) -> float:
    """Milliseconds of a message, each in a transaction of its own, from the first member."""
    from django.utils import timezone

    from accounts.models import User
    from chat.models import Room
    from chat.services.messages import forget_pace, send_message

    sender, room = User.objects.get(pk=order["people"][0]), Room.objects.get(pk=order["room"])
    started = time.perf_counter()
    for number in range(order["messages"]):
        forget_pace()
        body = f"Manahoana {number}"
        send_message(user=sender, room_public_id=room.public_id, client_id=uuid.uuid4(), body=body, now=timezone.now())
    return (time.perf_counter() - started) * 1000 / int(order["messages"])


def _tell_all(name: str, now: datetime) -> dict[str, Any]:
    """The look for talk, then the outbox until it is empty."""
    from django.db.models import Q

    from chat.services.following import find_talk
    from core import outbox
    from core.relay import pump
    from notifications.models import Notification

    started = time.perf_counter()
    find_talk(now=now)
    events = pump(outbox.deliver)
    seconds = time.perf_counter() - started
    told = Notification.objects.filter(Q(created_at__gte=now) | Q(again_at__gte=now)).count()
    return {"name": name, "seconds": seconds, "events": events, "told": told}
