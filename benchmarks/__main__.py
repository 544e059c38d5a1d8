"""What Resaka costs and how fast it is, beside its peers, in one run on one machine. See docs/performance.md."""

from __future__ import annotations

import argparse
import sys

from benchmarks import age, compare, crowds, export, images, ledger, notify, push, rights, screening, tables
from benchmarks.machine import Missing


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: object, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--json", help="write the figures to this file too")
        command.set_defaults(run=run)
        return command

    paired = [
        add("compare", compare.compare, "persist and broadcast: CPU per delivery beside Socket.IO and textbook Channels"),
        add("fanout", compare.fanout, "fan-out alone on one process: the hub beside ws, uWebSockets, Nchan, ejabberd, textbook Channels"),
        add("screened", compare.screened, "what the rules of the release add to a message: Resaka with them beside itself without"),
        add("latency", compare.latency, "send to last delivery in a room of 1 000, beside Socket.IO"),
    ]
    for command in paired:
        command.add_argument("--pairs", type=int, default=5, help="runs of each server, taken in turn (5)")
        command.add_argument("--only", default="", help="scenarios by name, separated by commas")
        command.add_argument("--servers", default="", help="peers by name, separated by commas (all)")
        command.add_argument("--short", action="store_true", help="a tenth of the messages: shows that it works, not how fast it is")
        command.add_argument("--processes", type=int, default=2, help="server processes each, where it is not fixed (2)")

    accept = add("accept", crowds.accept, "messages a second that one process accepts and persists, from 64 senders")
    accept.add_argument("--senders", type=int, default=64)
    accept.add_argument("--rooms", type=int, default=16, help="rooms among which the senders are spread (16)")
    accept.add_argument("--messages", type=int, default=100_000)
    accept.add_argument("--windows", default="1,8", help="messages on their way for each sender (1,8)")

    idle = add("idle", crowds.idle, "memory of an idle, authenticated socket on one process")
    idle.add_argument("--sockets", type=int, default=10_000)
    idle.add_argument("--peers", action="store_true", help="Socket.IO, ws and uWebSockets too")

    storm = add("storm", crowds.storm, "everybody reconnects at once after a kill: time until all have caught up, and the queries it took")
    storm.add_argument("--sockets", type=int, default=2000)
    storm.add_argument("--rooms", type=int, default=500)
    storm.add_argument("--missed", type=int, default=5, help="messages a room while they were away (5)")

    history = add("history", tables.history, "pages of a room among many rows, through the product's query and raw")
    history.add_argument("--rows", type=int, default=2_000_000)
    history.add_argument("--pages", type=int, default=2000)

    purge = add("purge", tables.purge, "destroying many expired messages while people send")
    purge.add_argument("--rows", type=int, default=1_000_000)
    purge.add_argument("--seconds", type=float, default=10, help="time of sending before and after (10)")

    audit = add("audit", tables.audit, "appending to the audit chain, and verifying the whole of it")
    audit.add_argument("--entries", type=int, default=1_000_000)

    sealing = add("sealing", tables.sealing, "microseconds for sealing and opening one message")
    sealing.add_argument("--messages", type=int, default=50_000)

    gone = add("erasure", rights.erasure, "erasing somebody who wrote a great deal, from all live stores, step by step")
    gone.add_argument("--messages", type=int, default=100_000, help="messages of the person, among as many of others (100 000)")
    gone.add_argument("--rooms", type=int, default=50)
    gone.add_argument("--notices", type=int, default=2000)

    proofs = add("age", age.age, "processor time of judging one proof of age, in each form")
    proofs.add_argument("--runs", type=int, default=2000)

    rules = add(
        "screening", screening.screening, "microseconds for screening one message, and how the rules judge HateCheck and benign lines"
    )
    rules.add_argument("--terms", type=int, default=20_000, help="made-up terms beside those of the release (20 000)")
    rules.add_argument("--rounds", type=int, default=10, help="times that the 2 000 benign lines are screened (10)")

    pictures = add("images", images.images, "processor time of the check of an image: hash, search among many hashes, nudity")
    pictures.add_argument("--runs", type=int, default=100)
    pictures.add_argument("--hashes", type=int, default=1_000_000, help="hashes in the index (1 000 000)")

    books = add("ledger", ledger.ledger, "postings a second on one account and on many, balances among many entries, the proof of all")
    books.add_argument("--postings", type=int, default=4000, help="postings of each run (4 000)")
    books.add_argument("--threads", type=int, default=16)
    books.add_argument(
        "--entries", type=int, default=1_000_000, help="entries among which a balance is read and which are proved (1 000 000)"
    )

    devices = add("push", push.push, "telling many devices of one thing: writing it, and one worker that carries it to a push service")
    devices.add_argument("--devices", type=int, default=10_000, help="people with a device each (10 000)")

    copies = add("export", export.export, "the copy of a person's data: time and memory of making it, and of reading it back")
    copies.add_argument("--messages", type=int, default=100_000)

    loud = add("notify", notify.notify, "a loud room that all its members follow: one notice each, and what that costs the sender")
    loud.add_argument("--members", type=int, default=10_000)
    loud.add_argument("--messages", type=int, default=200, help="messages of each round (200)")

    options = parser.parse_args()
    try:
        options.run(options)
    except Missing as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
