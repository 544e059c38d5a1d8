"""The slot for whoever looks at text before others read it: empty or broken it refuses."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from core import screening
from core.screening import ALLOWED, UNSCREENED, Actor, Context, Hit, Outcome, Verdict, strictest

AMINA = Actor(user_id=1, account_age=timedelta(days=40))


class Echo:
    """Answers with what it was asked."""

    def screen(self, kind: str, text: str, actor: Actor, context: Context) -> Verdict:
        return Verdict(Outcome.HOLD, f"{kind}:{text}", f"{actor.user_id} {context.room_id}", (Hit(7, 1, 0, len(text)),), 0.5)


class Broken:
    def screen(self, kind: str, text: str, actor: Actor, context: Context) -> Verdict:
        raise ValueError(text)


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = screening.get_filling()
    yield
    screening.empty()
    if before is not None:
        screening.fill(before)


def test_a_slot_that_nobody_filled_refuses() -> None:
    screening.empty()
    assert screening.screen("MESSAGE", "salama", AMINA, Context()) == UNSCREENED
    assert (UNSCREENED.outcome, UNSCREENED.code) == (Outcome.REFUSE, "UNSCREENED")


def test_whoever_fills_it_is_asked_with_everything() -> None:
    screening.fill(Echo())
    verdict = screening.screen("EDIT", "salama", AMINA, Context(room_id=3))
    assert verdict == Verdict(Outcome.HOLD, "EDIT:salama", "1 3", (Hit(7, 1, 0, 6),), 0.5)


def test_a_fault_refuses_is_logged_and_tells_no_text(caplog: pytest.LogCaptureFixture) -> None:
    screening.fill(Broken())
    with caplog.at_level(logging.WARNING, logger="resaka.screening"):
        assert screening.screen("MESSAGE", "un secret", AMINA, Context()) == UNSCREENED
    assert [record.message for record in caplog.records] == ["a text could not be screened"]
    assert "un secret" not in caplog.records[0].message


def test_the_last_to_fill_it_answers() -> None:
    screening.fill(Broken())
    screening.fill(Echo())
    assert screening.screen("MESSAGE", "x", AMINA, Context()).outcome is Outcome.HOLD


def test_outcomes_grow_stricter() -> None:
    assert [outcome.rank for outcome in (Outcome.ALLOW, Outcome.NUDGE, Outcome.HOLD, Outcome.REFUSE)] == [0, 1, 2, 3]


def test_of_several_parts_the_strictest_decides() -> None:
    parts = [ALLOWED, Verdict(Outcome.HOLD, "A"), Verdict(Outcome.NUDGE, "B"), Verdict(Outcome.HOLD, "C")]
    assert strictest(parts).code == "A"
    assert strictest([]) == ALLOWED
