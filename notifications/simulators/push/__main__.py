"""Starts the stand-in: python -m notifications.simulators.push --port 8470"""

from __future__ import annotations

import argparse
import os
import socket
import sys

import uvicorn

from notifications.simulators.push.app import StandIn


def main() -> None:
    """Answer on this machine alone, until the process ends; the first line printed is the address."""
    if os.environ.get("RESAKA_SHAPE") == "server":
        sys.exit("A stand-in of a push service has no place beside RESAKA_SHAPE=server: there devices are real.")
    options = argparse.ArgumentParser(prog="push", description=__doc__)
    options.add_argument("--port", type=int, default=8470, help="0: any that is free")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", options.parse_args().port))
    listener.listen(512)  # who reads the address may knock at once
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    print(base, flush=True)  # noqa: T201  (whoever started it reads the port)
    config = uvicorn.Config(StandIn(base), ws="websockets-sansio", log_level="critical", lifespan="off", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
