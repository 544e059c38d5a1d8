"""Servers side by side: the same crowd, the same messages, in turn, so that a disturbed minute hits all of them.

A figure counts only when every delivery came exactly once; a run with a lost or doubled delivery is told and left out.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.contestants import Contestant, Ejabberd, Hub, Nchan, SocketIO, StockHub, Textbook, UWebSockets, Ws, made
from benchmarks.loader import Figures, Loader
from benchmarks.machine import Missing
from benchmarks.product import Product, Screened
from benchmarks.stage import Crowd, clock_of


@dataclass(frozen=True, slots=True)
class Scenario:
    """A crowd and how it talks: `rate` messages a second in all, or 0 for as fast as it goes.

    `messages` are sent in the measured round, `warm` before it, in which everybody who speaks has spoken: the first message of a person
    costs more (the product makes or reads the key it is sealed with). `slow` is the part of them that a textbook server gets.
    """

    name: str
    crowd: Crowd
    messages: int
    warm: int
    rate: float = 0
    window: int = 1
    slow: float = 1.0

    def shortened(self, short: bool, *, slow: bool = False) -> Scenario:
        """A tenth of it (paced: three tenths), or the part for slow servers."""
        part = ((0.3 if self.rate else 0.1) if short else 1.0) * (self.slow if slow else 1.0)
        least = 6 if self.rate or slow else self.crowd.speakers
        messages = max(least, int(self.messages * part))
        warm = max(least // 2 if slow else self.crowd.speakers * len(self.crowd.rooms), int(self.warm * part))
        return Scenario(self.name, self.crowd, messages, warm, self.rate, self.window, self.slow)


PERSIST = [
    Scenario("100 W", Crowd((100,), 50), messages=4000, warm=800, window=2, slow=0.05),
    Scenario("1000 W", Crowd((1000,), 50), messages=600, warm=100, window=2, slow=0.1),
    Scenario("500x4 W", Crowd((4,) * 500, 1), messages=20000, warm=3000, slow=0.05),
    Scenario("100 P", Crowd((100,), 50), messages=300, warm=60, rate=20, slow=0.3),
    Scenario("1000 P", Crowd((1000,), 20), messages=45, warm=24, rate=3, slow=0.3),
    Scenario("500x4 P", Crowd((4,) * 500, 1), messages=4000, warm=800, rate=400, slow=0.3),
]
FANOUT = [
    Scenario("100", Crowd((100,), 50), messages=5000, warm=500, window=2, slow=0.05),
    Scenario("1000", Crowd((1000,), 50), messages=1000, warm=100, window=2, slow=0.1),
]
LATENCY = [Scenario("1000 P", Crowd((1000,), 20), messages=90, warm=24, rate=3)]
_SLOW = {"textbook", "ejabberd"}


def compare(options: Any) -> None:
    """Persist and broadcast, two processes each; Redis and MariaDB are counted."""
    wanted = _chosen(PERSIST, options.only)
    with tempfile.TemporaryDirectory(prefix="resaka-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        servers: list[Contestant] = [Product(folder), *made([SocketIO, Textbook], folder, persists=True, bus=True)]
        _run(options, wanted, servers, processes=options.processes, reference="resaka")


def fanout(options: Any) -> None:
    """Fan-out alone: one process, nothing kept."""
    wanted = _chosen(FANOUT, options.only)
    with tempfile.TemporaryDirectory(prefix="resaka-bench-", ignore_cleanup_errors=True) as name:
        servers: list[Contestant] = [*made([Hub, StockHub, UWebSockets, Nchan, Ws, Ejabberd, Textbook], Path(name))]
        _run(options, wanted, servers, processes=1, reference="hub")


def screened(options: Any) -> None:
    """What the rules add to a message: the product with the rules of the release beside itself without any."""
    wanted = _chosen(PERSIST, options.only)
    with tempfile.TemporaryDirectory(prefix="resaka-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _run(options, wanted, [Product(folder), Screened(folder)], processes=options.processes, reference="resaka")


def latency(options: Any) -> None:
    """Send to last delivery in a room of 1 000 where three messages come a second."""
    with tempfile.TemporaryDirectory(prefix="resaka-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        servers: list[Contestant] = [Product(folder), *made([SocketIO], folder, persists=True, bus=True)]
        _run(options, LATENCY, servers, processes=options.processes, reference="resaka")


def _chosen(scenarios: Sequence[Scenario], only: str) -> list[Scenario]:
    names = [name.strip() for name in only.split(",") if name.strip()]
    chosen = [one for one in scenarios if not names or one.name in names]
    if not chosen:
        sys.exit(f"--only: one of {', '.join(one.name for one in scenarios)}, separated by commas")
    return chosen


def _run(options: Any, scenarios: Sequence[Scenario], servers: list[Contestant], *, processes: int, reference: str) -> None:
    head = report.print_head()
    if options.servers:
        names = {reference, *(name.strip() for name in options.servers.split(","))}
        servers = [server for server in servers if server.name in names]
    results: list[dict[str, Any]] = []
    with contextlib.ExitStack() as stack:
        for server in servers:
            stack.callback(server.close)
        for scenario in scenarios:
            figures, faults = _take_turns(scenario, servers, pairs=options.pairs, short=options.short, processes=processes)
            results.append(_show(scenario, figures, faults, reference=reference))
            report.save(
                options.json, {**head, "pairs": options.pairs, "short": options.short, "processes": processes, "scenarios": results}
            )


def _take_turns(
    scenario: Scenario, servers: Sequence[Contestant], *, pairs: int, short: bool, processes: int
) -> tuple[dict[str, list[Figures]], dict[str, list[str]]]:
    figures: dict[str, list[Figures]] = {server.name: [] for server in servers}
    faults: dict[str, list[str]] = defaultdict(list)
    broken: set[str] = set()
    for pair in range(pairs):
        for server in servers if pair % 2 == 0 else list(reversed(servers)):
            if server.name in broken:
                continue
            wanted = scenario.shortened(short, slow=server.name in _SLOW)
            try:
                got = measure(server, wanted, processes=processes)
            except (RuntimeError, Missing) as error:
                faults[server.name].append(str(error))
                broken.add(server.name)
                print(f"{server.name}, {scenario.name}: {error}", file=sys.stderr)
                continue
            if got.faults:
                faults[server.name].append(got.faults)
                print(f"{server.name}, {scenario.name}: invalid: {got.faults}", file=sys.stderr)
            else:
                figures[server.name].append(got)
    return figures, faults


def measure(server: Contestant, scenario: Scenario, *, processes: int) -> Figures:
    """One run: start, come in, warm up, measure, stop."""
    server.prepare(scenario.crowd)
    server.serve(processes)
    try:
        with Loader(server.wire(), server.seats(scenario.crowd), parallel=server.parallel) as crowd:
            crowd.open()
            crowd.round(scenario.warm, rate=scenario.rate, window=scenario.window)
            pids = server.pids
            return crowd.round(scenario.messages, rate=scenario.rate, window=scenario.window, clock=lambda: clock_of(pids))
    finally:
        server.end_run()


def _show(scenario: Scenario, figures: dict[str, list[Figures]], faults: dict[str, list[str]], *, reference: str) -> dict[str, Any]:
    base = report.median([one.us_per_delivery for one in figures[reference]])
    rows: list[list[object]] = []
    for name, runs in figures.items():
        costs = [one.us_per_delivery for one in runs]
        if not runs:
            rows.append([name, "-", "invalid" if faults[name] else "-", *["-"] * 8])
            continue
        middle = report.median(costs)
        rows.append(
            [
                name,
                f"{middle:.2f}",
                report.spread(costs),
                f"{base / middle:.2f}" if middle and base else "-",
                f"{report.median([one.sent / one.seconds for one in runs]):.0f}",
                f"{report.median([one.p50_ms for one in runs]):.1f}",
                f"{report.median([one.p99_ms for one in runs]):.1f}",
                f"{report.median([one.loader_us for one in runs]):.2f}",
                sum(one.disordered for one in runs),
                len(runs),
                len(faults[name]),
            ]
        )
    pace = (
        f"{scenario.rate:g} messages/s in all"
        if scenario.rate
        else f"saturating, {scenario.crowd.speakers} senders a room, {scenario.window} on their way each"
    )
    print(f"{scenario.name}: {len(scenario.crowd.rooms)} room(s), {scenario.crowd.people} sockets, {pace}")
    head = [
        "server",
        "us/delivery",
        "spread",
        f"{reference} is",
        "msg/s",
        "p50 ms",
        "p99 ms",
        "loader us",
        "out of order",
        "runs",
        "invalid",
    ]
    report.print_table(head, rows)
    return {
        "scenario": scenario.name,
        "runs": {name: [asdict(one) | {"us_per_delivery": one.us_per_delivery} for one in runs] for name, runs in figures.items()},
        "medians": {name: report.median([one.us_per_delivery for one in runs]) for name, runs in figures.items()},
        "ratios": {
            name: base / cost
            for name, runs in figures.items()
            if name != reference and (cost := report.median([one.us_per_delivery for one in runs]))
        },
        "faults": dict(faults),
    }
