"""What the rights of people cost: erasing somebody who wrote a great deal. The work is done by `benchmarks.rights_inside`."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

from benchmarks import report
from benchmarks.crowds import folder_for_a_run
from benchmarks.product import Product
from benchmarks.stage import Crowd


def erasure(options: Any) -> None:
    """One person with many messages among as many of others, on MariaDB: from asking to certificate, step by step."""
    head = report.print_head()
    crowd = Crowd((5,) * options.rooms)
    with folder_for_a_run() as folder, contextlib.closing(Product(folder)) as product:
        product.prepare(crowd)
        seeded = product.seeded[crowd]
        order = {"messages": options.messages, "notices": options.notices, "rooms": seeded["room_ids"], "people": seeded["people"]}
        result = json.loads(product.run(sys.executable, "-m", "benchmarks.rights_inside", "erasure", given=json.dumps(order)))
    print(
        f"{result['messages']} messages in {options.rooms} rooms among as many of others, {options.notices} notices: "
        f"{result['state']} in {result['seconds']:.1f} s, {result['records']} records, {result['left']} left"
    )
    report.print_table(["step", "seconds"], [[name, f"{seconds:.2f}"] for name, seconds in result["steps"].items()])
    report.save(options.json, {**head, "erasure": result})
