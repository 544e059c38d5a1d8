"""Starts the stand-in; the first line it prints is its address."""

from __future__ import annotations

import argparse
import json
import os
import sys

from billing.simulators.operators.server import WRITERS, open_port


def main() -> None:
    """Answer until the process ends."""
    options = argparse.ArgumentParser(prog="operators", description="MVola, Orange Money and Airtel Money on one port of this machine.")
    options.add_argument("--port", type=int, default=8450, help="0: any that is free")
    options.add_argument("--seed", type=int, default=1, help="of everything that is left to chance")
    options.add_argument("--by-hand", action="store_true", help="payers decide on the pages alone")
    options.add_argument(
        "--knobs", default="{}", help='JSON as for PUT /__sim/knobs: {"airtel": {"callback_url": "http://127.0.0.1:8000/…"}}'
    )
    given = options.parse_args()
    if os.environ.get("RESAKA_SHAPE", "embedded") != "embedded":
        sys.exit("a stand-in has no place in this shape")
    try:
        knobs = dict(json.loads(given.knobs))
        if given.by_hand:
            knobs = {name: {"settle_ms": None, **knobs.get(name, {})} for name in WRITERS}
        server = open_port(given.port, given.seed, knobs)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        sys.exit(f"--knobs: {error}")
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201  (whoever started it reads the port)
    server.serve_forever()


if __name__ == "__main__":
    main()
