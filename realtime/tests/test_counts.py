"""What the watch over the service is told: each figure follows what happened."""

from __future__ import annotations

import asyncio

from prometheus_client import REGISTRY

from realtime import lifecycle
from realtime.tests.house import AMINA, BEN, Log, Site


def read(*names: str) -> dict[str, float]:
    return {name: REGISTRY.get_sample_value(f"resaka_{name}") or 0.0 for name in names}


async def _until(name: str, value: float) -> None:
    async with asyncio.timeout(5):
        while read(name)[name] != value:
            await asyncio.sleep(0.01)


async def test_sockets_frames_and_deliveries(site: Site, log: Log) -> None:
    counters = ("frames_in_total", "deliveries_total", "fanout_seconds_count", "fanout_seconds_sum")
    before = read(*counters)
    amina, ben = await site.enter(AMINA), await site.enter(BEN)
    assert read("sockets") == {"sockets": 2}
    log.write()
    await amina.hear_events(1)
    await ben.hear_events(1)
    after = read(*counters)
    told = {name: after[name] - before[name] for name in counters}
    assert 0 <= told.pop("fanout_seconds_sum") < 5
    assert told == {"frames_in_total": 2, "deliveries_total": 2, "fanout_seconds_count": 1}
    for client in (amina, ben):
        await client.connection.close()
    await _until("sockets", 0)


async def test_a_gap_is_counted_once_however_much_it_held(site: Site, log: Log) -> None:
    amina = await site.enter(AMINA)
    before = read("gaps_repaired_total")["gaps_repaired_total"]
    for _ in range(60):
        log.commit()
    lifecycle.current_hub().back()
    await amina.hear_events(60)
    await _until("gaps_repaired_total", before + 1)
    lifecycle.current_hub().back()
    log.write()
    await amina.hear_events(1)
    assert read("gaps_repaired_total")["gaps_repaired_total"] == before + 1
