"""The order in which a topic's events leave, for any order in which they come."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from realtime.bucket import Bucket, Strikes
from realtime.frames import Frame
from realtime.registry import LogEntry
from realtime.topic import BATCH_BYTES, BATCH_EVENTS, TAIL_BYTES, TAIL_EVENTS, Topic, cut_batch


def entry(seq: int, *, size: int = 0, actor: str = "amina") -> LogEntry:
    return LogEntry(seq=seq, actor=actor, body=json.dumps({"seq": seq, "pad": "x" * size}).encode())


@dataclass
class Ear:
    """A socket that is always free and remembers what was written."""

    hidden: frozenset[str] = frozenset()
    free: bool = True
    heard: list[dict[str, object]] = field(default_factory=list)
    frames: int = 0

    def is_free(self) -> bool:
        return self.free

    def write(self, frame: Frame) -> None:
        self.heard += json.loads(frame.text)["evs"]
        self.frames += 1


@dataclass(eq=False)
class Place:
    socket: Ear
    cursor: int
    behind: bool = False

    def fall_behind(self) -> None:
        self.behind = True


def topic_with(*places: Place, last: int = 0) -> Topic:
    topic = Topic(name="room:x", room="x", last=last)
    topic.listeners = {id(place): place for place in places}  # type: ignore[misc]  # a Place has what a topic asks of a Subscription
    return topic


@given(st.lists(st.integers(min_value=1, max_value=12), max_size=40), st.randoms(use_true_random=False), st.integers(1, 15))
def test_any_order_with_doubles_leaves_once_and_in_order(extra: list[int], random: Random, together: int) -> None:
    arrivals = [*range(1, 13), *extra]
    random.shuffle(arrivals)
    place = Place(Ear(), 0)
    topic = topic_with(place)
    for start in range(0, len(arrivals), together):
        topic.accept([entry(seq) for seq in arrivals[start : start + together]])
    assert [event["seq"] for event in place.socket.heard] == list(range(1, 13))
    assert (topic.last, topic.held, place.cursor, place.behind) == (12, {}, 12, False)


def test_only_those_right_before_are_written_to() -> None:
    here, busy, late, ahead = Place(Ear(), 4), Place(Ear(free=False), 4), Place(Ear(), 2), Place(Ear(), 6)
    topic = topic_with(here, busy, late, ahead, last=4)
    assert topic.accept([entry(5)])
    assert [place.behind for place in (here, busy, late, ahead)] == [False, True, True, False]
    assert [place.cursor for place in (here, busy, late, ahead)] == [5, 4, 2, 6]
    assert [event["seq"] for event in here.socket.heard] == [5]


def test_hidden_actors_leave_a_hole() -> None:
    place = Place(Ear(hidden=frozenset({"ben"})), 0)
    topic = topic_with(place)
    topic.accept([entry(1, actor="ben")])
    topic.accept([entry(2, actor="")])
    assert place.socket.heard == [{"seq": 1, "k": "hole"}, {"seq": 2, "pad": ""}]


def test_what_is_done_to_hidden_people_is_a_hole_too() -> None:
    place, other = Place(Ear(hidden=frozenset({"ben"})), 0), Place(Ear(), 0)
    topic = topic_with(place, other)
    topic.accept([LogEntry(seq=1, actor="amina", body=b'{"seq": 1, "who": "ben"}', about="ben"), entry(2)])
    assert place.socket.heard == [{"seq": 1, "k": "hole"}, {"seq": 2, "pad": ""}]
    assert other.socket.heard[0] == {"seq": 1, "who": "ben"}


def test_a_hidden_person_is_not_named_by_what_others_say() -> None:
    veiled, other = Place(Ear(hidden=frozenset({"ben"})), 0), Place(Ear(), 0)
    said = b'{"seq":1,"body":"@Ben @Carol","mentions":["ben","carol"]}'
    topic_with(veiled, other).accept([LogEntry(seq=1, actor="amina", body=said, named=("ben", "carol"))])
    assert veiled.socket.heard == [{"seq": 1, "body": "@Ben @Carol", "mentions": ["carol"]}]
    assert other.socket.heard == [{"seq": 1, "body": "@Ben @Carol", "mentions": ["ben", "carol"]}]


def test_what_comes_together_leaves_in_one_frame_with_holes_for_some() -> None:
    everybody, veiled = Place(Ear(), 0), Place(Ear(hidden=frozenset({"ben"})), 0)
    topic = topic_with(everybody, veiled)
    topic.accept([entry(1), entry(2, actor="ben"), entry(3)])
    assert (everybody.socket.frames, veiled.socket.frames) == (1, 1)
    assert [event["seq"] for event in everybody.socket.heard] == [1, 2, 3]
    assert veiled.socket.heard == [{"seq": 1, "pad": ""}, {"seq": 2, "k": "hole"}, {"seq": 3, "pad": ""}]


def test_many_leave_in_frames_of_a_bounded_size() -> None:
    place = Place(Ear(), 0)
    topic_with(place).accept([entry(seq) for seq in range(1, 2 * BATCH_EVENTS + 2)])
    assert place.socket.frames == 3
    assert [event["seq"] for event in place.socket.heard] == list(range(1, 2 * BATCH_EVENTS + 2))


@given(st.lists(st.integers(min_value=0, max_value=9000), min_size=1, max_size=400))
def test_the_tail_is_bounded_and_tells_when_it_does_not_reach_back(sizes: list[int]) -> None:
    topic = topic_with()
    entries = [entry(seq, size=size) for seq, size in enumerate(sizes, 1)]
    for one in entries:
        topic.accept([one])
    kept = entries[-TAIL_EVENTS:]
    while sum(len(one.body) for one in kept) > TAIL_BYTES:
        kept = kept[1:]
    for after in range(len(entries) + 1):
        found = topic.read_tail(after)
        if after < len(entries) - len(kept):
            assert found is None
        else:
            assert found == cut_batch(entries[after : after + BATCH_EVENTS])


@given(st.lists(st.integers(min_value=0, max_value=60_000), min_size=1, max_size=80))
def test_a_batch_is_never_empty_and_never_too_big(sizes: list[int]) -> None:
    entries = [entry(seq, size=size) for seq, size in enumerate(sizes, 1)]
    batch = cut_batch(entries)
    assert batch == entries[: len(batch)]
    assert 1 <= len(batch) <= BATCH_EVENTS
    assert len(batch) == 1 or sum(len(one.body) for one in batch) <= BATCH_BYTES


def test_bucket_gives_the_burst_then_the_rate() -> None:
    bucket = Bucket(rate=20, burst=30, now=0)
    assert [bucket.take(0.0) for _ in range(30)] == [0.0] * 30
    assert bucket.take(0.0) == 0.5
    assert bucket.take(0.5) == 0.0
    assert bucket.take(0.5) == 0.5
    assert [bucket.take(1000.0) for _ in range(31)].count(0.0) == 30


def test_strikes_within_the_window() -> None:
    strikes = Strikes(limit=3, window=10)
    assert [strikes.add(now) for now in (0, 6, 11, 12, 30)] == [False, False, False, True, False]
