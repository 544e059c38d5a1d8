"""The hand of a test: `/__fake/`.

POST reset | PUT knobs {…} | PUT faults {"capture": {"reply_lost": 1}} | POST clock {"advance": seconds} | POST tokens (all end)
PUT webhooks {"url", "mode", "copies", "shuffle", "forged"} | POST release | POST order {"id", "decision": approve|cancel|void}
PUT order {"id", "lies": {…}} | GET state
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from billing.simulators.paypal.events import Outgoing
from billing.simulators.paypal.world import FAULTS, Order, World

Answer = tuple[int, dict[str, Any]]
_OUTGOING = {"url": str, "mode": str, "copies": int, "shuffle": bool, "forged": bool}


def answer(world: World, outgoing: Outgoing, deed: str, body: dict[str, Any]) -> Answer:
    """Do one deed of the hand."""
    deeds = {
        "POST reset": _reset,
        "PUT knobs": _turn,
        "PUT faults": _break,
        "POST clock": _move,
        "POST tokens": _end_tokens,
        "PUT webhooks": _aim,
        "POST release": lambda _world, out, _body: (200, {"sent": out.release()}),
        "POST order": _decide,
        "PUT order": _lie,
        "GET state": _tell,
    }
    found = deeds.get(deed)
    return found(world, outgoing, body) if found else (404, {"error": "no such hand"})


def decide(world: World, outgoing: Outgoing, order: Order, decision: str) -> bool:
    """What the payer does on the page; whether there was still something to decide."""
    if order.status != "PAYER_ACTION_REQUIRED":
        return False
    if decision == "approve":
        order.status = "APPROVED"
        outgoing.tell("CHECKOUT.ORDER.APPROVED", {"id": order.id, "status": "APPROVED", "purchase_units": [order.unit]})
    elif decision == "void":
        order.status = "VOIDED"
    return True


def _reset(world: World, outgoing: Outgoing, _body: dict[str, Any]) -> Answer:
    world.reset()
    outgoing.mode, outgoing.copies, outgoing.shuffle, outgoing.forged = "send", 1, False, False
    outgoing.held.clear()
    outgoing.log.clear()
    return 200, {}


def _turn(world: World, _outgoing: Outgoing, body: dict[str, Any]) -> Answer:
    if not body.keys() <= asdict(world.knobs).keys():
        return 400, {"error": "no such knob"}
    for name, value in body.items():
        setattr(world.knobs, name, value)
    return 200, asdict(world.knobs)


def _break(world: World, _outgoing: Outgoing, body: dict[str, Any]) -> Answer:
    for operation, wanted in body.items():
        if not isinstance(wanted, dict) or not wanted.keys() <= set(FAULTS):
            return 400, {"error": f"expected {{operation: {{{'|'.join(FAULTS)}: times}}}}"}
        for fault, times in wanted.items():
            world.faults[operation, fault] = int(times)
    return 200, {}


def _move(world: World, _outgoing: Outgoing, body: dict[str, Any]) -> Answer:
    world.ahead += float(body.get("advance", 0))
    return 200, {"now": world.stamp()}


def _end_tokens(world: World, _outgoing: Outgoing, _body: dict[str, Any]) -> Answer:
    world.tokens.clear()
    return 200, {}


def _aim(_world: World, outgoing: Outgoing, body: dict[str, Any]) -> Answer:
    for name, value in body.items():
        if not isinstance(value, _OUTGOING.get(name, ())):
            return 400, {"error": f"no such setting: {name}"}
        setattr(outgoing, name, value)
    return 200, {}


def _decide(world: World, outgoing: Outgoing, body: dict[str, Any]) -> Answer:
    order = world.orders.get(str(body.get("id")))
    if order is None:
        return 404, {"error": "no such order"}
    done = decide(world, outgoing, order, str(body.get("decision")))
    return (200 if done else 409), {"status": order.status}


def _lie(world: World, _outgoing: Outgoing, body: dict[str, Any]) -> Answer:
    order = world.orders.get(str(body.get("id")))
    if order is None:
        return 404, {"error": "no such order"}
    order.lies = dict(body.get("lies") or {})
    return 200, {}


def _tell(world: World, outgoing: Outgoing, _body: dict[str, Any]) -> Answer:
    orders = [asdict(order) for order in world.orders.values()]
    return 200, {"orders": orders, "counts": dict(world.counts), "events": outgoing.log, "held": len(outgoing.held)}
