"""Starts the stand-in: python -m billing.simulators.stripe --port 8420 [--seed 1] [--webhook URL --secret whsec_…]"""

from __future__ import annotations

import argparse
import os
import socket
import sys

import uvicorn

from billing.simulators.stripe.app import StandIn
from billing.simulators.stripe.webhooks import register


def main() -> None:
    """Answer on this machine alone, until the process ends; the first line printed is the address."""
    if os.environ.get("RESAKA_SHAPE") == "server":
        sys.exit("A stand-in of Stripe has no place beside RESAKA_SHAPE=server: there the real one takes real money.")
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8420)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--webhook", default="", help="an address of this machine that is told everything")
    options.add_argument("--secret", default="", help="with what those letters are signed")
    given = options.parse_args()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", given.port))
    listener.listen()  # who reads the address may knock at once
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    print(base, flush=True)  # noqa: T201  (whoever started it reads the port)
    standin = StandIn(base, seed=given.seed)
    if given.webhook:
        register(standin.desk.world, given.webhook, given.secret)
    config = uvicorn.Config(standin, log_level="critical", lifespan="off", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
