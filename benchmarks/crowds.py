"""What many sockets do to the product: sending all at once, being idle, coming back after a kill."""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.contestants import Contestant, Peer, SocketIO, UWebSockets, Ws, made
from benchmarks.loader import Loader
from benchmarks.machine import Missing, resident_bytes
from benchmarks.product import WIRE, Product
from benchmarks.stage import Crowd, clock_of

_NOT_LISTENING = replace(WIRE, steps=(('"t":"hello"', ""),))
_FIRST_SEQ = 1


@contextlib.contextmanager
def folder_for_a_run() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="resaka-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


# ---- accept ----------------------------------------------------------------------------------------------------------------------
def accept(options: Any) -> None:
    """Senders that listen to nothing: only the acknowledgement comes back, after the commit."""
    head = report.print_head()
    size = -(-options.senders // options.rooms)
    crowd = Crowd((size,) * options.rooms, size)
    rows: list[list[object]] = []
    results: list[dict[str, Any]] = []
    with folder_for_a_run() as folder, contextlib.closing(Product(folder)) as product:
        product.prepare(crowd)
        for window in (int(word) for word in options.windows.split(",")):
            result = _accept(product, crowd, options, window)
            results.append(result)
            rows.append([window, *(result[name] for name in ("per_second", "web_us", "stores_us", "loader_us", "kept", "faults"))])
    print(f"{options.senders} senders in {options.rooms} rooms to one process, {options.messages} messages of 150 bytes")
    report.print_table(["window", "messages/s", "web us", "MariaDB+Redis us", "loader us", "rows kept", "faults"], rows)
    report.save(options.json, {**head, "accept": results})


def _accept(product: Product, crowd: Crowd, options: Any, window: int) -> dict[str, Any]:
    product.serve(1)
    try:
        with Loader(_NOT_LISTENING, product.seats(crowd)[: options.senders], echo=False) as loader:
            loader.open()
            loader.round(max(options.senders, options.messages // 10), window=window)
            before = _kept(product)
            web, stores = clock_of(product.processes.pids), clock_of(product.stores.pids)
            got = loader.round(options.messages, window=window)
            web, stores = clock_of(product.processes.pids) - web, clock_of(product.stores.pids) - stores
            kept = _kept(product) - before
    finally:
        product.end_run()
    faults = got.faults or ("" if got.acks == kept == options.messages else f"{got.acks} acknowledged, {kept} kept")
    return {
        "window": window,
        "per_second": round(got.acks / got.seconds),
        "web_us": round(web * 1e6 / got.acks, 1),
        "stores_us": round(stores * 1e6 / got.acks, 1),
        "loader_us": round(got.loader_seconds * 1e6 / got.acks, 1),
        "kept": kept,
        "faults": faults,
    }


def _kept(product: Product) -> int:
    """How many messages the log holds."""
    return int(product.stores.database.execute("SELECT COUNT(*) AS n FROM chat_messagemeta", database="resaka")[0]["n"])


# ---- idle ------------------------------------------------------------------------------------------------------------------------
def idle(options: Any) -> None:
    """Resident memory of the server process before and after everybody came in, divided by the sockets."""
    head = report.print_head()
    rooms = max(1, options.sockets // 100)
    crowd = Crowd((options.sockets // rooms,) * rooms, 1)
    rows: list[list[object]] = []
    with folder_for_a_run() as folder:
        servers: list[Contestant] = [Product(folder)]
        if options.peers:
            servers += [*made([SocketIO], folder, persists=True, bus=True), *_plain(folder)]
        for server in servers:
            with contextlib.closing(server):
                try:
                    rows.append(_idle(server, crowd))
                except (RuntimeError, Missing) as error:
                    print(f"{server.name}: {error}", file=sys.stderr)
    print(f"{crowd.people} idle sockets in {rooms} rooms on one process")
    report.print_table(["server", "KB/socket", "MB before", "MB after", "opening s", "CPU % idle"], rows)
    report.save(options.json, {**head, "sockets": crowd.people, "idle": rows})


def _plain(folder: Path) -> list[Peer]:
    return made([Ws, UWebSockets], folder)


def _idle(server: Contestant, crowd: Crowd) -> list[object]:
    server.prepare(crowd)
    server.serve(1)
    try:
        seats = server.seats(crowd)
        with Loader(server.wire(), seats[:200]) as first:  # what the first sockets load is not theirs
            first.open()
        time.sleep(2)
        pid = server.processes.pids[0]
        before = resident_bytes(pid)
        with Loader(server.wire(), seats, parallel=min(64, server.parallel), sources=8) as loader:
            opened = loader.open(seconds=600)
            time.sleep(3)
            after, used, since = resident_bytes(pid), clock_of([pid]), time.monotonic()
            time.sleep(5)
            share = (clock_of([pid]) - used) / (time.monotonic() - since)
    finally:
        server.end_run()
    each = (after - before) / 1024 / len(seats)
    return [server.name, f"{each:.1f}", f"{before / 2**20:.0f}", f"{after / 2**20:.0f}", f"{opened['seconds']:.1f}", f"{share * 100:.1f}"]


# ---- storm -----------------------------------------------------------------------------------------------------------------------
def storm(options: Any) -> None:
    """One of two processes is killed; while its people are away others talk; then all come to the other process at once."""
    head = report.print_head()
    size = options.sockets // options.rooms
    crowd = Crowd((size + 1,) * options.rooms, 1)
    with folder_for_a_run() as folder, contextlib.closing(Product(folder)) as product:
        product.prepare(crowd)
        product.serve(2)
        result = _storm(product, crowd, options.missed)
        product.end_run()
    shapes = result.pop("statements")
    rows = [[name, value] for name, value in result.items()]
    print(f"{options.rooms * size} sockets in {options.rooms} rooms come back at once, each having missed {options.missed} messages")
    report.print_table(["", "value"], rows)
    report.print_table(["statement", "times"], [[shape[:110], times] for shape, times in shapes])
    report.save(options.json, {**head, "storm": result, "statements": shapes})


def _storm(product: Product, crowd: Crowd, missed: int) -> dict[str, Any]:
    dying, staying = product.processes.ports
    seats = product.seats(crowd)
    talkers = [replace(seat, port=staying) for seat in seats if seat.speaks]
    crowd_of_first = [replace(seat, port=dying) for seat in seats if not seat.speaks]
    with Loader(WIRE, talkers) as talking, Loader(WIRE, crowd_of_first) as listening:
        talking.open()
        listening.open()
        first = talking.round(len(talkers))  # one message from each talker: `seq` 1 in every room
        product.processes.kill(0)
        while_away = [talking.round(len(talkers)) for _ in range(missed)]  # one round would let quick rooms have more than slow ones
        comers = [replace(seat, port=staying) for seat in crowd_of_first]
        steps = (('"t":"hello"', f'{{"t":"sub","id":1,"rooms":{{"%R":{_FIRST_SEQ}}}}}'), ('"last"', ""))
        with _statements(product) as statements, Loader(replace(WIRE, steps=steps), comers, backlog=missed, parallel=len(comers)) as coming:
            opened = coming.open(seconds=60)
    exact = opened["heard"] == len(comers) * missed and not opened["strays"]
    selects = [line for line in statements if re.match(r"SELECT|INSERT|UPDATE|DELETE", line)]
    pages = sum("chat_roomevent" in line for line in selects)
    shapes = Counter(re.sub(r"'[^']*'|\b\d+\b", "?", line) for line in selects)
    return {
        "all caught up, s": round(opened["seconds"], 2),
        "p50 of a socket, ms": opened["p50_ms"],
        "p99 of a socket, ms": opened["p99_ms"],
        "statements": shapes.most_common(6),
        "history queries": pages,
        "history queries a room": round(pages / len(crowd.rooms), 2),
        "other queries a socket": round((len(selects) - pages) / len(comers), 2),
        "faults": "".join(one.faults for one in (first, *while_away))
        or ("" if exact else f"heard {opened['heard']} of {len(comers) * missed}, {opened['strays']} twice"),
    }


@contextlib.contextmanager
def _statements(product: Product) -> Iterator[list[str]]:
    """Every statement that reached MariaDB meanwhile; filled at the end."""
    database = product.stores.database
    path = product.folder / "statements.log"
    database.execute(f"SET GLOBAL general_log_file = '{path}'")
    database.execute("SET GLOBAL general_log = 1")
    found: list[str] = []
    try:
        yield found
    finally:
        database.execute("SET GLOBAL general_log = 0")
        found += re.findall(r"Query\t(.*)", path.read_text("utf-8", "replace"))
