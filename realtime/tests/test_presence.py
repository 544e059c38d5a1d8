"""Who has what on the screen, also for processes that have no sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from realtime import services as live
from realtime.bus import LocalBus
from realtime.presence import Onlooker, Presence, onlooker, presence

TOPIC = "room:kitchen"


@pytest.fixture(autouse=True)
def _nobody() -> Iterator[None]:
    presence.clear()
    onlooker.forget()
    yield
    presence.clear()
    onlooker.forget()


def note(**topics: tuple[str, ...]) -> bytes:
    """What another process tells."""
    told = Presence()
    for topic, people in topics.items():
        told.set_own(f"room:{topic}", people)
    return told.note()


def test_whoever_is_here_is_watching_here_alone() -> None:
    presence.set_own(TOPIC, ("amina",))
    assert live.is_watching(user="amina", topic=TOPIC)
    assert not live.is_watching(user="ben", topic=TOPIC)
    assert not live.is_watching(user="amina", topic="room:garden")


def test_whoever_is_there_through_another_process_is_watching_too() -> None:
    presence.set_others([note(kitchen=("ben",))])
    assert live.is_watching(user="ben", topic=TOPIC)


def test_a_process_without_sockets_reads_the_notes_of_the_others_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, reads = Onlooker(), []
    clock = [100.0]
    monkeypatch.setattr("realtime.presence.time.monotonic", lambda: clock[0])

    def read() -> list[bytes]:
        reads.append(clock[0])
        return [note(kitchen=("amina", "ben")), note(kitchen=("carol",))] if len(reads) == 1 else []

    assert sorted(seen.here(TOPIC, read)) == ["amina", "ben", "carol"]
    assert seen.here("room:garden", read) == ()
    clock[0] += Onlooker.SECONDS - 0.1
    assert len(seen.here(TOPIC, read)) == 3
    clock[0] += 0.2
    assert seen.here(TOPIC, read) == ()
    assert reads == [100.0, pytest.approx(102.1)]


def test_a_note_that_nobody_can_read_is_nobody() -> None:
    seen = Onlooker()
    assert seen.here(TOPIC, lambda: [b"\xff\x00 another version", note(kitchen=("ben",))]) == ("ben",)


def test_one_process_alone_has_no_notes_to_read() -> None:
    assert LocalBus().read_notes() == []
