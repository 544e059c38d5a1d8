"""The pages themselves: the row is there already, so its person's open pages hear of it. Nobody may be listening, which loses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from notifications.counts import recount_unseen
from notifications.events import user_topic
from notifications.models import Delivery
from notifications.transports.base import Outcome, Sent
from notifications.words.base import Words
from realtime import services as live


class InApp:
    """Tells the person's open sockets how many notices wait."""

    def send(self, delivery: Delivery, *, words: Words, now: datetime) -> Outcome:
        push_count(user=delivery.notification.user, notice=delivery.notification.public_id)
        return Sent()


def push_count(*, user: User, notice: str = "") -> None:
    """Push the number of unseen notices, with the outward id of the one that is new. One query."""
    count = recount_unseen(user_id=user.pk)
    live.publish_ephemeral(topic=user_topic(user.public_id), kind="note", actor="", data={"n": count} | ({"id": notice} if notice else {}))


def push_counts(counts: Mapping[str, int]) -> None:
    """The same for many people, by their outward ids, whose notices were counted already."""
    live.tell_people(kind="note", data={user_topic(public_id): {"n": count} for public_id, count in counts.items()})
