"""What many rows do to the product: history, purge; and what sealing costs. The work is done by `benchmarks.inside`."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.crowds import folder_for_a_run
from benchmarks.loader import Figures, Loader
from benchmarks.machine import ROOT
from benchmarks.product import WIRE, Product
from benchmarks.stage import Crowd

_RATE = 200


def history(options: Any) -> None:
    """Pages of 50 at random places of random rooms."""
    head = report.print_head()
    with folder_for_a_run() as folder, contextlib.closing(Product(folder)) as product:
        crowd = Crowd((1,) * 200)
        product.prepare(crowd)
        order = {
            "rows": options.rows,
            "pages": options.pages,
            "rooms": product.seeded[crowd]["room_ids"],
            "people": product.seeded[crowd]["people"],
        }
        result = json.loads(product.run(sys.executable, "-m", "benchmarks.inside", "history", given=json.dumps(order)))
    print(
        f"{result['rows']} rows in {len(order['rooms'])} rooms on MariaDB, {options.pages} pages of 50, made in {result['seconds']:.0f} s"
    )
    rows = [[name, f"{p50:.2f}", f"{p99:.2f}", f"{most:.2f}"] for name, (p50, p99, most) in result["ms"].items()]
    report.print_table(["page", "p50 ms", "p99 ms", "most ms"], rows)
    report.save(options.json, {**head, "history": result})


def audit(options: Any) -> None:
    """The audit chain on MariaDB: what one entry costs, and how long the whole takes to verify."""
    head = report.print_head()
    with folder_for_a_run() as folder, contextlib.closing(Product(folder)) as product:
        product.prepare(Crowd((1,)))
        order = json.dumps({"entries": options.entries})
        result = json.loads(product.run(sys.executable, "-m", "benchmarks.inside", "audit", given=order))
    print(f"{result['entries']} entries verified in {result['seconds']:.2f} s ({result['cpu']:.2f} s of this process's CPU)")
    print(f"appending one, with its own commit: {result['append_us']:.0f} us")
    report.save(options.json, {**head, "audit": result})


def purge(options: Any) -> None:
    """Sending goes on, at 200 messages a second, before and while everything that has expired is destroyed: by dropping a day, and by
    batches, three times as long as before."""
    head = report.print_head()
    crowd = Crowd((5,) * 20, 2)
    with folder_for_a_run() as folder, contextlib.closing(Product(folder)) as product:
        product.prepare(crowd)
        order = {"rows": options.rows, "rooms": product.seeded[crowd]["room_ids"], "people": product.seeded[crowd]["people"]}
        made = json.loads(product.run(sys.executable, "-m", "benchmarks.inside", "fill_expired", given=json.dumps(order)))
        product.serve(1)
        with Loader(WIRE, product.seats(crowd)) as loader:
            loader.open()
            loader.round(_RATE, rate=_RATE)
            count = int(_RATE * options.seconds)
            before = loader.round(count, rate=_RATE)
            meanwhile, done = _purge_while_sending(product, loader, 3 * count)
        product.end_run()
    rows = [
        [name, f"{one.p50_ms:.2f}", f"{one.p99_ms:.2f}", f"{one.max_ms:.2f}", one.faults]
        for name, one in (("before", before), ("while", meanwhile))
    ]
    print(f"by partition: {made['rows']} expired messages gone in {done['partitions_seconds']:.3f} s ({done['dropped']} days dropped)")
    print(f"by batches: {done['batches_rows']} rows of {made['traces']} traces and others in {done['batches_seconds']:.1f} s")
    print(f"{done['left']} left")
    report.print_table(["sending", "p50 ms", "p99 ms", "most ms", "faults"], rows)
    print(f"p99 while purging is {meanwhile.p99_ms / before.p99_ms:.2f} times that before")
    report.save(options.json, {**head, "purge": done, "before": before.raw, "while": meanwhile.raw})


def _purge_while_sending(product: Product, loader: Loader, count: int) -> tuple[Figures, dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.inside", "purge"]
    environment = {**os.environ, **product.environment}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()  # it is ready

    def go() -> None:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    threading.Timer(0.3, go).start()
    figures = loader.round(count, rate=_RATE)
    done: dict[str, Any] = json.loads(process.stdout.readline())
    process.wait()
    for stream in (process.stdin, process.stdout):
        stream.close()
    return figures, done


def sealing(options: Any) -> None:
    """On SQLite: the key is in the process's cache after the first message."""
    head = report.print_head()
    with tempfile.TemporaryDirectory() as name:
        environment = {**os.environ, "RESAKA_DATA_DIR": str(Path(name) / "data"), "DJANGO_SETTINGS_MODULE": "superapp.settings"}

        def run(*words: str) -> str:
            given = json.dumps({"messages": options.messages})
            return subprocess.run(
                [sys.executable, *words], cwd=ROOT, env=environment, input=given, stdout=subprocess.PIPE, text=True, check=True
            ).stdout

        run("manage.py", "migrate", "--database", "keys", "--verbosity", "0")
        result = json.loads(run("-m", "benchmarks.inside", "sealing"))
    print(f"{options.messages} messages of 200 bytes, AES-256-GCM under the author's key")
    report.print_table(["", "us"], [[name, f"{us:.2f}"] for name, us in result.items()])
    report.save(options.json, {**head, "sealing": result})
