"""Events over a real socket: every one, once, in order, whatever happens on the way."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from realtime import lifecycle, services
from realtime.registry import LogEntry
from realtime.tests.house import AMINA, BEN, CAROL, OTHER, ROOM, Log, Rules, Site


def seqs(events: list[dict[str, object]]) -> list[object]:
    return [event["seq"] for event in events]


async def test_what_is_written_reaches_everyone_in_order(site: Site, log: Log) -> None:
    amina, ben = await site.enter(AMINA), await site.enter(BEN)
    for _ in range(120):
        log.write()
    assert seqs(await amina.hear_events(120)) == list(range(1, 121))
    assert seqs(await ben.hear_events(120)) == list(range(1, 121))


async def test_the_outsider_hears_nothing(site: Site, log: Log) -> None:
    await site.enter(AMINA)
    carol = await site.enter(CAROL, room=OTHER)
    log.write()
    assert await carol.hear_nothing()


async def test_resume_from_a_cursor_in_batches_of_fifty(site: Site, log: Log) -> None:
    for _ in range(130):
        log.commit()
    ben = await site.enter(BEN, cursor=7)
    frames = [await ben.hear() for _ in range(3)]
    assert [len(frame["evs"]) for frame in frames] == [50, 50, 23]
    assert seqs([event for frame in frames for event in frame["evs"]]) == list(range(8, 131))
    assert frames[-1]["last"] == 130


async def test_a_batch_stays_below_32_kb(site: Site, log: Log) -> None:
    for _ in range(20):
        log.commit(text="x" * 4000)
    ben = await site.enter(BEN)
    frames: list[dict[str, Any]] = []
    while sum(len(frame["evs"]) for frame in frames) < 20:
        frames.append(await ben.hear())
    assert {len(frame["evs"]) for frame in frames[:-1]} == {8}


async def test_too_far_behind_is_a_reset_and_the_future(site: Site, log: Log) -> None:
    for _ in range(501):
        log.commit()
    ben = await site.enter(BEN)
    assert await ben.hear() == {"t": "reset", "room": ROOM, "from": 501, "why": "behind"}
    log.write()
    assert seqs(await ben.hear_events(1)) == [502]


async def test_out_of_order_on_the_bus_is_in_order_on_the_socket(site: Site, log: Log) -> None:
    ben = await site.enter(BEN)
    await asyncio.sleep(0.05)
    entries = [log.commit() for _ in range(4)]
    reads = log.reads
    for entry in (entries[1], entries[3], entries[0], entries[2], entries[2]):
        log.tell(entry)
    assert seqs(await ben.hear_events(4)) == [1, 2, 3, 4]
    assert log.reads == reads
    assert await ben.hear_nothing()


async def test_a_gap_on_the_bus_is_read_in_the_log_once(site: Site, log: Log) -> None:
    people = [await site.enter(who) for who in (AMINA, BEN, CAROL)]
    await asyncio.sleep(0.05)
    reads = log.reads
    log.commit()
    log.commit()
    log.tell(log.commit())
    for person in people:
        assert seqs(await person.hear_events(3)) == [1, 2, 3]
    assert log.reads - reads <= 2  # the gap, and that nothing comes after it


async def test_a_lost_last_event_is_found_without_a_next_one(site: Site, log: Log) -> None:
    ben = await site.enter(BEN)
    await asyncio.sleep(0.05)
    log.commit()
    assert await ben.hear_nothing(0.15)
    hub = lifecycle.current_hub()
    await hub._find_lost_tails(list(hub.topics.values()))
    assert seqs(await ben.hear_events(1)) == [1]


async def test_what_is_on_its_way_is_not_read_in_the_log(site: Site, log: Log) -> None:
    ben = await site.enter(BEN)
    await asyncio.sleep(0.05)
    entry, reads, hub = log.commit(), log.reads, lifecycle.current_hub()
    check = asyncio.create_task(hub._find_lost_tails(list(hub.topics.values()), patience=0.5))
    assert await ben.hear_nothing(0.15)
    log.tell(entry)
    assert seqs(await ben.hear_events(1)) == [1]
    await check
    assert await ben.hear_nothing(0.15)
    assert log.reads == reads


@pytest.mark.django_db(transaction=True)
async def test_the_check_of_the_logs_waits_for_what_is_on_its_way(site: Site, log: Log) -> None:
    await Session.objects.acreate(session_key="live", session_data="", expire_date=timezone.now() + timedelta(hours=1))
    ben = await site.enter(BEN, key="live")
    await asyncio.sleep(0.05)
    entry, reads = log.commit(), log.reads
    check = asyncio.create_task(lifecycle.current_hub().check())
    assert await ben.hear_nothing(0.15)
    log.tell(entry)
    assert seqs(await ben.hear_events(1)) == [1]
    await check
    assert await ben.hear_nothing(0.15)
    assert log.reads == reads


async def test_what_stays_away_longer_than_that_is(site: Site, log: Log) -> None:
    ben = await site.enter(BEN)
    await asyncio.sleep(0.05)
    log.commit()
    hub = lifecycle.current_hub()
    await hub._find_lost_tails(list(hub.topics.values()), patience=0.2)
    assert seqs(await ben.hear_events(1)) == [1]


async def test_what_is_committed_while_somebody_subscribes_is_not_lost(site: Site, log: Log, rules: Rules) -> None:
    rules.pause = asyncio.Event()
    ben = await site.open(BEN)
    await ben.hear()
    await ben.say(t="sub", id=1, rooms={ROOM: 0})
    await rules.looking.wait()
    log.write()
    rules.pause.set()
    assert (await ben.hear())["rooms"][ROOM]["last"] == 0
    assert seqs(await ben.hear_events(1)) == [1]


async def test_subscribing_again_starts_from_the_new_cursor(site: Site, log: Log) -> None:
    log.commit()
    log.commit()
    ben = await site.enter(BEN, cursor=2)
    await ben.say(t="sub", id=2, rooms={ROOM: 1})
    assert (await ben.hear())["re"] == 2
    assert seqs(await ben.hear_events(1)) == [2]
    log.write()
    assert seqs(await ben.hear_events(1)) == [3]


async def test_unsubscribed_is_silent(site: Site, log: Log) -> None:
    ben = await site.enter(BEN)
    await ben.say(t="unsub", id=2, rooms=[ROOM])
    assert await ben.hear() == {"t": "ok", "re": 2}
    log.write()
    assert await ben.hear_nothing()


async def test_hidden_people_are_holes(site: Site, log: Log, rules: Rules) -> None:
    log.commit(actor=AMINA)
    rules.hidden = frozenset({AMINA})
    ben = await site.enter(BEN)
    rules.hidden = frozenset()
    carol = await site.enter(CAROL)
    log.write(actor=AMINA)
    log.write(actor=CAROL)
    assert [event["k"] for event in await ben.hear_events(3)] == ["hole", "hole", "message"]
    assert [event["k"] for event in await carol.hear_events(3)] == ["message"] * 3
    services.set_hidden(user=BEN, actor=AMINA, hidden=False)
    services.set_hidden(user=BEN, actor=CAROL, hidden=True)
    log.write(actor=AMINA)
    log.write(actor=CAROL)
    assert [event["k"] for event in await ben.hear_events(2)] == ["message", "hole"]


async def test_what_was_done_to_hidden_people_is_a_hole_live_and_from_the_log(site: Site, log: Log, rules: Rules) -> None:
    log.entries[ROOM] = [LogEntry(seq=1, actor=AMINA, body=b'{"seq":1,"k":"member"}', about=CAROL)]
    rules.hidden = frozenset({CAROL})
    ben = await site.enter(BEN)
    log.entries[ROOM].append(LogEntry(seq=2, actor=AMINA, body=b'{"seq":2,"k":"member"}', about=CAROL))
    services.publish_event(topic=f"room:{ROOM}", entry=log.entries[ROOM][1])
    assert await ben.hear_events(2) == [{"seq": 1, "k": "hole"}, {"seq": 2, "k": "hole"}]


async def test_hidden_people_are_not_named_live_and_from_the_log(site: Site, log: Log, rules: Rules) -> None:
    def mention(seq: int) -> LogEntry:
        return LogEntry(seq=seq, actor=AMINA, body=b'{"seq":%d,"k":"message","mentions":["%s"]}' % (seq, CAROL.encode()), named=(CAROL,))

    log.entries[ROOM] = [mention(1)]
    rules.hidden = frozenset({CAROL})
    ben = await site.enter(BEN)
    log.entries[ROOM].append(mention(2))
    services.publish_event(topic=f"room:{ROOM}", entry=log.entries[ROOM][1])
    assert await ben.hear_events(2) == [{"seq": seq, "k": "message", "mentions": []} for seq in (1, 2)]


async def test_a_block_during_sub_is_not_undone_by_its_older_answer(site: Site, log: Log, rules: Rules) -> None:
    rules.pause = asyncio.Event()
    ben = await site.open(BEN)
    await ben.hear()
    await ben.say(t="sub", id=1, rooms={ROOM: 0})
    await rules.looking.wait()
    services.set_hidden(user=BEN, actor=AMINA, hidden=True)
    await asyncio.sleep(0.02)
    rules.pause.set()
    await ben.hear()
    log.write(actor=AMINA)
    assert [event["k"] for event in await ben.hear_events(1)] == ["hole"]


async def test_a_ban_reaches_the_open_socket(site: Site, log: Log) -> None:
    ben = await site.enter(BEN)
    services.drop_subscription(topic=f"room:{ROOM}", user=BEN, code="banned")
    log.write()
    assert await ben.hear() == {"t": "err", "code": "banned", "room": ROOM}
    assert await ben.hear_nothing()


async def test_a_ban_during_sub_wins(site: Site, log: Log, rules: Rules) -> None:
    rules.pause = asyncio.Event()
    ben = await site.open(BEN)
    await ben.hear()
    await ben.say(t="sub", id=1, rooms={ROOM: 0})
    await rules.looking.wait()
    services.drop_subscription(topic=f"room:{ROOM}", user=BEN, code="banned")
    await asyncio.sleep(0.02)
    rules.pause.set()
    assert (await ben.hear())["t"] == "ok"
    assert await ben.hear() == {"t": "err", "code": "forbidden", "room": ROOM}
    log.write()
    assert await ben.hear_nothing()


async def test_a_socket_that_reads_slowly_gets_everything(site: Site, log: Log) -> None:
    ben, amina = await site.enter(BEN), await site.enter(AMINA)
    ben.connection.transport.pause_reading()
    for _ in range(450):
        log.write(text="y" * 3000)
    assert len(await amina.hear_events(450)) == 450
    ben.connection.transport.resume_reading()
    assert seqs(await ben.hear_events(450)) == list(range(1, 451))


async def test_many_sockets_with_one_cursor_share_a_reading(site: Site, log: Log) -> None:
    for _ in range(40):
        log.commit()
    log.delay = 0.2
    people = await asyncio.gather(*(site.enter(f"ddddddddddddddddddd{letter}") for letter in "abcdefghij"))
    for person in people:
        assert seqs(await person.hear_events(40)) == list(range(1, 41))
    assert log.reads <= 3
