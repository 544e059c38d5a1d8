"""The hand of a test: `/__sim/`."""

from __future__ import annotations

import re
from typing import Any

from billing.simulators.operators.deals import Book, Deal, Fate, State
from billing.simulators.operators.knobs import BadKnob
from billing.simulators.operators.speech import Call, Reply
from billing.simulators.operators.statements import write_statement
from billing.simulators.operators.world import World

_PRESS = re.compile(r"/__sim/(mvola|orange|airtel)/([^/]+)/(approve|refuse|confirm|cancel|change)")
_STATEMENT = re.compile(r"/__sim/(mvola|orange|airtel)/statement")


def answer(world: World, call: Call) -> Reply | None:
    """The reply to a call of the hand; None for what is none."""
    if not call.path.startswith("/__sim/"):
        return None
    deeds = {
        ("POST", "/__sim/reset"): _reset,
        ("PUT", "/__sim/knobs"): _turn,
        ("GET", "/__sim/state"): _tell,
        ("POST", "/__sim/clock"): _move_clock,
    }
    deed = deeds.get((call.method, call.path))
    if deed is not None:
        return deed(world, call)
    pressed, file = _PRESS.fullmatch(call.path), _STATEMENT.fullmatch(call.path)
    if pressed and call.method == "POST":
        return _press(world, call, *pressed.groups())
    if file and call.method == "GET":
        with world.lock:
            return Reply(200, text=write_statement(world.books[file[1]], call.query.get("day", world.clock.today())))
    return Reply(404, {"error": "no such hand"})


def _reset(world: World, _call: Call) -> Reply:
    world.reset()
    return Reply(200, {})


def _turn(world: World, call: Call) -> Reply:
    """`{"mvola": {"refuse": 0.2}}`; other knobs stay as they are."""
    said = call.read_json()
    if not isinstance(said, dict) or not said.keys() <= world.books.keys() or not all(isinstance(one, dict) for one in said.values()):
        return Reply(400, {"error": "expected {operator: {knob: value}}"})
    try:
        with world.lock:
            for name, values in said.items():
                world.books[name].knobs.turn(values)
    except BadKnob as error:
        return Reply(400, {"error": str(error)})
    return Reply(200, {})


def _tell(world: World, call: Call) -> Reply:
    """All three operators, or `?operator=`; `underway`: messages to merchants that are on their way."""
    wanted = call.query.get("operator")
    with world.lock:
        told: dict[str, Any] = {name: book.tell() for name, book in world.books.items() if wanted in {None, name}}
        return Reply(200, {"now": world.clock.now(), "underway": world.underway, **told})


def _move_clock(world: World, call: Call) -> Reply:
    """`{"advance": seconds}`; a negative number turns it back."""
    said = call.read_json()
    seconds = said.get("advance") if isinstance(said, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return Reply(400, {"error": "expected {advance: seconds}"})
    world.clock.add(seconds)
    world.schedule.nudge()
    return Reply(200, {"now": world.clock.now()})


def _press(world: World, call: Call, operator: str, name: str, key: str) -> Reply:
    book = world.books[operator]
    deal = book.deals.get(name)
    if deal is None:
        return Reply(404, {"error": "no such payment"})
    done = _change(deal, call) if key == "change" else press(world, book, deal, approve=key in {"approve", "confirm"})
    return Reply(200 if done else 409, {"state": deal.state})


def press(world: World, book: Book, deal: Deal, *, approve: bool) -> bool:
    """What the payer's finger does; whether there was still something to press."""
    if book.name == "orange" and approve:
        if book.knobs.settle_ms is None:
            deal.fate = Fate.APPROVE
        return world.confirm(book, deal)
    return world.end(book, deal, State.COMPLETED if approve else State.FAILED)


def _change(deal: Deal, call: Call) -> bool:
    """Let the operator say something else of a payment than what was agreed: `amount`, `payer`, `payee`."""
    said = call.read_json()
    if not isinstance(said, dict) or not said.keys() <= {"amount", "payer", "payee"}:
        return False
    for name, value in said.items():
        setattr(deal, name, value)
    return True
