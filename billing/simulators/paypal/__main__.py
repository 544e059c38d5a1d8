"""Starts the stand-in; the first line it prints is its address."""

from __future__ import annotations

import argparse
import os
import sys

from billing.simulators.paypal.server import open_port


def main() -> None:
    """Answer until the process ends."""
    options = argparse.ArgumentParser(prog="paypal", description="PayPal on a port of this machine.")
    options.add_argument("--port", type=int, default=8440, help="0: any that is free")
    options.add_argument("--webhook", default="", help="where events go: http://127.0.0.1:8000/webhooks/paypal/")
    given = options.parse_args()
    if os.environ.get("RESAKA_SHAPE", "embedded") != "embedded":
        sys.exit("a stand-in has no place in this shape")
    server = open_port(given.port, given.webhook)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201  (whoever started it reads the port)
    server.serve_forever()


if __name__ == "__main__":
    main()
