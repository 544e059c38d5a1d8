"""The one judge of all faults: what was acknowledged stands in the log once, and everybody heard the same in the same order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Event = dict[str, Any]


class Witness(Protocol):
    """What a client remembers."""

    @property
    def acks(self) -> Mapping[str, int]:
        """The place of each message that it sent, as it was acknowledged."""

    @property
    def events(self) -> Sequence[Event]:
        """What it heard, in that order."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the messages of one run. `disorder` names the first rule that was broken, if any."""

    sent: int
    lost: int
    doubled: int
    disorder: str = ""

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.disorder)


def examine(clients: Sequence[Witness], wanted: set[str], first: int, log: Sequence[Event] | None = None) -> Verdict:
    """Judge what the clients sent (`wanted`) and heard after event `first`; `log` is the same stretch as a page reads it."""
    acks: dict[str, set[int]] = {cid: set() for cid in wanted}
    for client in clients:
        for cid, seq in client.acks.items():
            acks[cid].add(seq)
    lost = {cid for cid, seqs in acks.items() if not seqs}
    doubled = {cid for cid, seqs in acks.items() if len(seqs) > 1}
    disorder = ""
    stories = [client.events for client in clients] + ([list(log)] if log is not None else [])
    for story in stories:
        heard = Counter(event["cid"] for event in story if event.get("cid") in wanted)
        lost |= wanted - heard.keys()
        doubled |= {cid for cid, times in heard.items() if times > 1}
        disorder = disorder or _disorder(story, stories[0], first, acks)
    return Verdict(sent=len(wanted), lost=len(lost), doubled=len(doubled), disorder=disorder)


def _disorder(story: Sequence[Event], other: Sequence[Event], first: int, acks: dict[str, set[int]]) -> str:
    numbers = [event["seq"] for event in story]
    if numbers != list(range(first + 1, first + 1 + len(numbers))):
        return "a gap in the numbers"
    if any(event["k"] == "hole" for event in story):
        return "a hole where nobody is hidden"
    if any(event["seq"] not in acks[event["cid"]] for event in story if event.get("cid") in acks and acks[event["cid"]]):
        return "an acknowledgement named another place"
    if [(event["seq"], event.get("cid")) for event in story] != [(event["seq"], event.get("cid")) for event in other]:
        return "two heard different orders"
    return ""


def judge(clients: Sequence[Witness], wanted: set[str], first: int, log: Sequence[Event] | None = None) -> Verdict:
    """`examine`, and it must be good."""
    verdict = examine(clients, wanted, first, log)
    assert verdict.good, verdict
    return verdict
