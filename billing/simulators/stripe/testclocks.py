"""Stripe's own test clocks: customers who live by a clock that a call moves."""

from __future__ import annotations

from functools import partial

from billing.simulators.stripe.clock import DAY, Clock
from billing.simulators.stripe.errors import ApiError, bad
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.world import Obj, World

_FURTHEST = 2 * 366 * DAY


def make_clock(world: World, form: Form) -> Obj:
    """POST /v1/test_helpers/test_clocks."""
    moment = form.whole("frozen_time")
    if moment is None:
        raise bad("frozen_time", "Missing required param: frozen_time.", code="parameter_missing")
    kept: Obj = {"name": None, "status": "ready", "status_details": {}, "deletes_after": world.clock.now() + 30 * DAY}
    made = world.make("test_helpers.test_clock", frozen_time=moment)
    made |= {**kept, "name": form.text("name")}
    world.clocks[made["id"]] = Clock(frozen=moment)
    world.emit("test_helpers.test_clock.created", made)
    return made


def advance_clock(world: World, clock: Obj, form: Form) -> Obj:
    """POST …/advance: it is `advancing`, and `ready` once all that was due has happened.

    Raises:
        ApiError: it is moving, or would go back or too far.
    """
    to = form.whole("frozen_time") or 0
    if clock["status"] != "ready":
        raise ApiError(429, "Test clock advancement is in progress.", code="testmode_changes_only")
    if not clock["frozen_time"] < to <= clock["frozen_time"] + _FURTHEST:
        raise bad("frozen_time", "Invalid frozen_time: must lie after the clock's time, and not too far ahead.")
    clock["status"] = "advancing"
    clock["status_details"] = {"advancing": {"target_frozen_time": to}}
    world.moves.append((world.clocks[clock["id"]], to, partial(_arrive, world, clock, to)))
    return clock


def _arrive(world: World, clock: Obj, to: int) -> None:
    clock |= {"frozen_time": to, "status": "ready", "status_details": {}}
    world.emit("test_helpers.test_clock.ready", clock)
