"""A right to hear a topic that ends by itself: asked again at its end, and lost when nobody says that it goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError
from django.utils import timezone

from realtime.grant import Grant
from realtime.tests.house import ROOM, Log, Rules, Site

SHORT = timedelta(milliseconds=400)


class Answers:
    """What is said at each end, in turn; the last one for ever. It counts how often it was asked."""

    def __init__(self, *answers: Callable[[], datetime | None]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self) -> datetime | None:
        self.asked += 1
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])()

    def grant(self) -> Grant:
        return Grant(until=timezone.now() + SHORT, renew=self, code="age")


def never() -> datetime | None:
    return None


def longer() -> datetime | None:
    return timezone.now() + SHORT


async def test_the_topic_is_lost_when_the_grant_ends(site: Site, log: Log, rules: Rules) -> None:
    answers = Answers(never)
    rules.grant = answers.grant
    began = time.monotonic()
    client = await site.enter()
    assert await client.hear() == {"t": "err", "code": "age", "room": ROOM}
    assert SHORT.total_seconds() <= time.monotonic() - began < SHORT.total_seconds() + 5
    log.write(text="after the end")
    await client.hear_nothing()
    assert answers.asked == 1


async def test_it_goes_on_as_long_as_it_is_renewed(site: Site, log: Log, rules: Rules) -> None:
    answers = Answers(longer, longer, never)
    rules.grant = answers.grant
    client = await site.enter()
    await asyncio.sleep(0.6)
    log.write(text="still heard")
    assert [event["body"] for event in await client.hear_events(1)] == ["still heard"]
    assert (await client.hear())["code"] == "age"
    assert answers.asked == 3


async def test_nobody_who_can_be_asked_is_a_no(site: Site, rules: Rules) -> None:
    def broken() -> datetime | None:
        raise OperationalError(2006, "Server has gone away")

    rules.grant = Answers(broken).grant
    client = await site.enter()
    assert (await client.hear())["code"] == "age"


async def test_who_stopped_listening_or_left_is_not_asked_about(site: Site, rules: Rules) -> None:
    answers = Answers(longer)
    rules.grant = answers.grant
    stays, leaves = await site.enter(), await site.enter()
    await stays.say(t="unsub", id=2, rooms=[ROOM])
    assert (await stays.hear())["t"] == "ok"
    await leaves.connection.close()
    await asyncio.sleep(0.8)
    assert answers.asked == 0


async def test_a_new_question_takes_the_place_of_the_old_grant(site: Site, rules: Rules) -> None:
    first, second = Answers(never), Answers(longer)
    rules.grant = first.grant
    client = await site.enter()
    rules.grant = second.grant
    await client.say(t="sub", id=2, rooms={ROOM: 0})
    assert (await client.hear())["t"] == "ok"
    await client.hear_nothing(0.9)
    assert first.asked == 0
    assert second.asked >= 1


async def test_what_is_on_the_screen_does_not_outlive_the_grant(site: Site, rules: Rules) -> None:
    rules.grant = Answers(never).grant
    client = await site.enter()
    rules.grant = None
    await client.say(t="sub", id=2, rooms={}, here=[])
    assert (await client.hear())["t"] == "ok"
    assert (await client.hear())["code"] == "age"


async def test_a_clock_that_went_back_keeps_no_timer_for_years() -> None:
    ended = asyncio.Event()
    grant = Grant(until=timezone.now() + timedelta(days=365 * 100), renew=never, code="age")
    grant.watch(ended.set)
    assert grant._timer is not None
    assert grant._timer.when() - asyncio.get_running_loop().time() <= 24 * 3600
    grant.forget()
    assert grant._timer is None
