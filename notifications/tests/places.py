"""A stand-in of an app that notices ask about their subjects: it answers what a test told it, and notes what it was asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from core.models import OutboxEvent
from notifications.enums import NoticeKind
from notifications.models import Delivery
from notifications.services.deliveries import run_delivery
from notifications.services.notices import Subject, notify
from notifications.subjects import Asked, Standing
from notifications.tests.factories import NOON

APP = "places"
KITCHEN, GARDEN = "k" * 20, "g" * 20
OPEN = Standing(discreet=False, place="Cuisine malgache", sender="Miora", preview="On ajoute le gingembre à la fin.")
FIVE_MINUTES = timedelta(minutes=5)


class Places:
    """Everything stands as `OPEN` unless `standings` says otherwise, by (person, place)."""

    def __init__(self) -> None:
        self.standings: dict[tuple[int, str], Standing] = {}
        self.names = {KITCHEN: "Cuisine malgache", GARDEN: "Jardin"}
        self.secret: set[str] = set()
        self.read: dict[tuple[int, str], int] = {}
        self.asked: list[Asked] = []
        self.looks = 0

    def look(self, asked: Sequence[Asked], *, now: datetime) -> list[Standing]:
        self.looks += 1
        self.asked += asked
        return [self.standings.get((one.user_id, one.subject_public_id), OPEN) for one in asked]

    def name_places(self, *, user_id: int, public_ids: Collection[str], outside: bool) -> Mapping[str, str]:
        return {one: self.names[one] for one in public_ids if one in self.names and not (outside and one in self.secret)}

    def read_up_to(self, *, user_id: int, public_ids: Collection[str]) -> Mapping[str, int]:
        return {one: self.read[user_id, one] for one in public_ids if (user_id, one) in self.read}

    def set(self, user: User, place: str = KITCHEN, **changes: Any) -> None:
        """How a place stands for a person from now on."""
        self.standings[user.pk, place] = replace(self.standings.get((user.pk, place), OPEN), **changes)


def say_to(user: User, seq: int = 1, *, place: str = KITCHEN, kind: str = NoticeKind.MENTION, now: datetime = NOON, **extra: Any) -> bool:
    """Tell somebody that entry `seq` of a place means them."""
    return notify(
        user_id=user.pk,
        kind=kind,
        subject=Subject(APP, "MESSAGE", place),
        dedupe_key=f"said:{place}:{seq}",
        group_key=f"room:{place}",
        args={"seq": seq},
        path=f"/rooms/{place}/?around={seq}#m{seq}",
        now=now,
        **extra,
    )


def mails_of(user: User) -> list[Delivery]:
    """The deliveries to a person's mailbox, the oldest first."""
    return list(Delivery.objects.select_related("notification__user").filter(notification__user=user, transport="EMAIL").order_by("pk"))


def try_mail(row: Delivery, *, now: datetime) -> Delivery:
    """Try a delivery as the outbox would, and read it again."""
    run_delivery(delivery_id=row.pk, attempt=Delivery.objects.get(pk=row.pk).attempt, now=now)
    return Delivery.objects.select_related("notification__user").get(pk=row.pk)


def ends_of(user: User) -> list[tuple[str, str]]:
    """State and reason of each delivery to a person's mailbox."""
    return [(row.state, row.reason) for row in mails_of(user)]


def events(name: str) -> list[dict[str, Any]]:
    """The payloads of the events of this name that the outbox has, in their order."""
    return list(OutboxEvent.objects.filter(event=f"notifications.{name}").order_by("pk").values_list("payload", flat=True))
