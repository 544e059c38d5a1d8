"""What a change of price costs in the middle of a period: the unused rest of the old one back, the rest of the new one."""

from __future__ import annotations

from dataclasses import dataclass

from billing.simulators.stripe.clock import after
from billing.simulators.stripe.invoices import make_line
from billing.simulators.stripe.world import Obj, World


@dataclass(frozen=True, slots=True)
class Change:
    """A change that is not done yet: what it invoices, and the period it leads to."""

    price: Obj
    lines: list[Obj]
    start: int
    end: int
    resets: bool  # another interval begins a period of its own


def plan_change(world: World, subscription: Obj, price: Obj, *, behaviour: str, at: int) -> Change:
    """What a change to `price` at a moment would be."""
    item = subscription["items"]["data"][0]
    old, start, end = item["price"], item["current_period_start"], item["current_period_end"]
    resets = _interval(old) != _interval(price)
    lines = [] if behaviour == "none" else [_unused(world, subscription, old, at, start, end)]
    if resets:
        begin, end_of_new = at, after(at, *_interval(price))
        lines.append(make_line(world, subscription, price, price["unit_amount"], period=(begin, end_of_new), words="1 × new interval"))
        return Change(price, lines, begin, end_of_new, resets=True)
    if behaviour != "none":
        rest = share(price["unit_amount"], end - at, end - start)
        lines.append(make_line(world, subscription, price, rest, period=(at, end), words="Remaining time", is_proration=True))
    return Change(price, lines, start, end, resets=False)


def _unused(world: World, subscription: Obj, price: Obj, at: int, start: int, end: int) -> Obj:
    paid = 0 if subscription["status"] == "trialing" else price["unit_amount"]
    rest = share(paid, end - at, end - start)
    return make_line(world, subscription, price, -rest, period=(at, end), words="Unused time", is_proration=True)


def _interval(price: Obj) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]


def share(amount: int, part: int, whole: int) -> int:
    """`amount` × part / whole, half up."""
    return (2 * amount * max(0, part) + whole) // (2 * whole) if whole > 0 else 0
