"""The controls under /__fake/: time, webhooks, faults, what a bank or a payer does. JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from billing.simulators.stripe import balances, disputes, refunds
from billing.simulators.stripe.desk import Desk
from billing.simulators.stripe.errors import bad
from billing.simulators.stripe.webhooks import settle_secret

Given = dict[str, Any]
Control = Callable[[Desk, Given], Awaitable[Given]]


async def show_clock(desk: Desk, _given: Given) -> Given:
    """GET clock."""
    return {"now": desk.world.clock.now()}


async def move_clock(desk: Desk, given: Given) -> Given:
    """POST clock: `advance` by seconds or `to` a moment. Answers when all that was due has happened and was told.

    Raises:
        ApiError: time does not go back.
    """
    clock = desk.world.clock
    to = int(given["to"]) if "to" in given else clock.now() + int(given["advance"])
    if to < clock.now():
        raise bad("to", "Time does not go back.")
    desk.world.moves.append((clock, to, lambda: None))
    await desk.settle()
    return {"now": clock.now()}


async def show_webhooks(desk: Desk, _given: Given) -> Given:
    """GET webhooks: what waits, what was carried, and how it was answered."""
    rows = [{"id": one.event["id"], "type": one.event["type"], "answers": one.answers} for one in desk.postman.done]
    waiting = [{"id": one.event["id"], "type": one.event["type"], "answers": one.answers} for one in desk.postman.waiting]
    return {"mode": desk.postman.mode, "waiting": waiting, "done": rows}


async def set_webhooks(desk: Desk, given: Given) -> Given:
    """POST webhooks: how they behave: hold, duplicate (n), shuffle, drop, wrong_version, bad_signature, skew (seconds)."""
    desk.postman.behave(given)
    return {"mode": desk.postman.mode}


async def release_webhooks(desk: Desk, _given: Given) -> Given:
    """POST webhooks/release: carry what is held."""
    await desk.postman.flush(even_held=True)
    return await show_webhooks(desk, {})


async def take_webhooks(desk: Desk, _given: Given) -> Given:
    """POST webhooks/take: hand over what is held, signed, instead of carrying it."""
    return {"letters": [desk.postman.sign(one) for one in desk.postman.pull()]}


async def set_secret(desk: Desk, given: Given) -> Given:
    """POST webhooks/secret: let `endpoint` sign with `secret`."""
    settle_secret(desk.world, given["endpoint"], str(given["secret"]))
    return {}


async def set_faults(desk: Desk, given: Given) -> Given:
    """POST faults: see `replies.Faults`."""
    desk.faults.turn(given)
    return {}


async def behave(desk: Desk, given: Given) -> Given:
    """POST behave: `refunds` succeeded, pending or failed; `after_retries` cancel or unpaid; `payout_delay_days`."""
    for name in given:
        if name not in desk.world.behaviour:
            raise bad(name, f"Unknown behaviour: {name}")
    desk.world.behaviour |= given
    return desk.world.behaviour


async def show_state(desk: Desk, _given: Given) -> Given:
    """GET state: all objects, as they are answered."""
    world = desk.world
    return {kind: [world.show(one) for one in rows] for kind, rows in world.tables.items() if kind != "event"}


async def show_traffic(desk: Desk, _given: Given) -> Given:
    """GET traffic: every call and its answer, and every event."""
    return {"calls": desk.traffic, "events": [desk.world.show(one) for one in desk.world.all("event")]}


async def reset(desk: Desk, given: Given) -> Given:
    """POST reset: a world without a past."""
    desk.reset(seed=int(given.get("seed", 1)))
    return {}


async def open_dispute(desk: Desk, given: Given) -> Given:
    """POST disputes: the bank asks the money of `charge` back."""
    charge = desk.world.get("charge", given["charge"])
    return _shown(desk, disputes.open_dispute(desk.world, charge, given.get("reason", "fraudulent")))


async def close_dispute(desk: Desk, given: Given) -> Given:
    """POST disputes/close: the bank decides about `dispute`: `won` true or false."""
    dispute = desk.world.get("dispute", given["dispute"])
    return _shown(desk, disputes.close_dispute(desk.world, dispute, is_won=bool(given["won"])))


async def warn(desk: Desk, given: Given) -> Given:
    """POST warnings: the card's bank warns of `charge`."""
    return _shown(desk, disputes.warn_of_fraud(desk.world, desk.world.get("charge", given["charge"])))


async def end_refund(desk: Desk, given: Given) -> Given:
    """POST refunds: a pending `refund` arrives (`sent` true) or comes back."""
    refund = desk.world.get("refund", given["refund"])
    return _shown(desk, refunds.end_refund(desk.world, refund, is_sent=bool(given["sent"])))


async def pay_out(desk: Desk, given: Given) -> Given:
    """POST payouts: send what is held in `currency` to the bank."""
    return _shown(desk, balances.pay_out(desk.world, given["currency"]))


def _shown(desk: Desk, made: Given) -> Given:
    """An object as it is answered."""
    shown: Given = desk.world.show(made)
    return shown


CONTROLS: dict[tuple[str, str], Control] = {
    ("GET", "clock"): show_clock,
    ("POST", "clock"): move_clock,
    ("GET", "webhooks"): show_webhooks,
    ("POST", "webhooks"): set_webhooks,
    ("POST", "webhooks/release"): release_webhooks,
    ("POST", "webhooks/take"): take_webhooks,
    ("POST", "webhooks/secret"): set_secret,
    ("POST", "faults"): set_faults,
    ("POST", "behave"): behave,
    ("GET", "state"): show_state,
    ("GET", "traffic"): show_traffic,
    ("POST", "reset"): reset,
    ("POST", "disputes"): open_dispute,
    ("POST", "disputes/close"): close_dispute,
    ("POST", "warnings"): warn,
    ("POST", "refunds"): end_refund,
    ("POST", "payouts"): pay_out,
}
