"""What the domains may ask of the live side, from any thread. Nothing here raises, waits or remembers: what is lost, the log repairs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from realtime.bus import Ended, Forgotten, Lost, Passing, Posted, Veiled
from realtime.buses import get_bus
from realtime.presence import onlooker, presence
from realtime.registry import LogEntry


def publish_event(*, topic: str, entry: LogEntry) -> None:
    """Push one committed event of a topic's log to every socket that listens, as far as each may see whom it names."""
    get_bus().publish(Posted(topic=topic, entries=(entry,), at=time.time()))


def publish_events(events: Sequence[tuple[str, LogEntry]]) -> None:
    """`publish_event` for many, each with its topic, in the order of their topics' logs."""
    by_topic: dict[str, list[LogEntry]] = {}
    for topic, entry in events:
        by_topic.setdefault(topic, []).append(entry)
    now = time.time()
    get_bus().publish_all([Posted(topic=topic, entries=tuple(entries), at=now) for topic, entries in by_topic.items()])


def publish_ephemeral(*, topic: str, kind: str, actor: str, data: Mapping[str, Any]) -> None:
    """Push something that is not kept: `typing` or `read` on a room's topic, gathered to at most one push a second;
    `note` and `held` on a person's own topic, at once."""
    get_bus().publish(Passing(topic=topic, kind=kind, actor=actor, data=dict(data)))


def tell_people(*, kind: str, data: Mapping[str, Mapping[str, Any]]) -> None:
    """Push something that is not kept on the own topics of many people, each with its data: `note` or `held`."""
    get_bus().publish_all([Passing(topic=topic, kind=kind, actor="", data=dict(fields)) for topic, fields in data.items()])


def drop_subscription(*, topic: str, user: str, code: str) -> None:
    """The person lost the topic: their sockets hear nothing of it from now on, and are told `code`."""
    get_bus().publish(Lost(user=user, topic=topic, code=code))


def close_user(*, user: str, code: int, session_key: str = "") -> None:
    """Close a person's sockets with a close code; only those of one log-in when `session_key` is given."""
    get_bus().publish(Ended(user=user, code=code, session_key=session_key))


def set_hidden(*, user: str, actor: str, hidden: bool) -> None:
    """From now on the events of `actor` are holes for the open sockets of `user`, or are shown again."""
    get_bus().publish(Veiled(user=user, actor=actor, hidden=hidden))


def forget_key(*, scope: str) -> None:
    """A key was destroyed: every process with sockets drops it from its memory now. Those that miss this forget it within a minute, as do
    workers, which show nothing to anybody (`core.sealing`)."""
    get_bus().publish(Forgotten(scope=scope))


def people_present(*, topic: str) -> list[str]:
    """Public ids of the people with an open socket on the topic who do not hide it, in all processes."""
    return list(presence.here(topic))


def is_watching(*, user: str, topic: str) -> bool:
    """Whether an open page of the person has the topic on its screen, in any process, as far as they do not hide where they are. Also asked
    by processes without sockets, for which the answer may be a few seconds old."""
    return user in presence.here(topic) or user in onlooker.here(topic, get_bus().read_notes)
