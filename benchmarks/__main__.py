"""`python -m benchmarks fanout`: what one delivered message costs the server, side by side with textbook Channels, in one run."""

from __future__ import annotations

import argparse

from benchmarks import fanout


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True)
    fan = commands.add_parser("fanout", help="CPU of the server per delivery: the hub, the hub on a stock server, textbook Channels")
    fan.add_argument("--sockets", type=int, default=100, help="sockets in the room (100)")
    fan.add_argument("--messages", type=int, default=2000, help="messages of a run (2000)")
    fan.add_argument("--pairs", type=int, default=5, help="runs of each server, taken in turn (5)")
    fan.set_defaults(run=lambda options: fanout.run(sockets=options.sockets, messages=options.messages, pairs=options.pairs))
    options = parser.parse_args()
    options.run(options)


main()
