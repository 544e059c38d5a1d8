"""All that the stand-in knows: its objects, its clocks, what it has still to tell."""

from __future__ import annotations

import copy
import json
import random
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from billing.simulators.stripe.clock import Clock
from billing.simulators.stripe.errors import bad, missing
from billing.simulators.stripe.forms import Form

Obj = dict[str, Any]
SHAPES: Obj = json.loads(Path(__file__).with_name("shapes.json").read_text("utf-8"))
VERSION: str = SHAPES["version"]
_PREFIX = {
    "customer": "cus", "product": "prod", "price": "price", "coupon": "co", "promotion_code": "promo", "tax_rate": "txr",
    "checkout.session": "cs_test", "billing_portal.session": "bps", "subscription": "sub", "subscription_item": "si",
    "subscription_schedule": "sub_sched", "invoice": "in", "line_item": "il", "invoice_payment": "inpay", "item": "li",
    "payment_intent": "pi", "charge": "ch", "refund": "re", "dispute": "du", "balance_transaction": "txn", "payout": "po",
    "event": "evt", "webhook_endpoint": "we", "test_helpers.test_clock": "clock", "radar.early_fraud_warning": "issfr",
    "discount": "di", "payment_method": "pm",
}  # fmt: skip
# Fields that are only there when they are asked for (`expand`).
_ON_DEMAND = {"invoice": {"payments", "confirmation_secret"}, "checkout.session": {"line_items"}, "charge": {"refunds"}}


class World:
    """The state of one stand-in. Fields of objects that begin with `_` are its own and never leave it."""

    def __init__(self, *, seed: int, base: str) -> None:
        self.base = base
        self.random = random.Random(seed)  # noqa: S311  (to repeat a run, not to hide anything)
        self.clock = Clock()
        self.clocks: dict[str, Clock] = {}
        self.objects: dict[str, Obj] = {}
        self.tables: dict[str, list[Obj]] = {}
        self.request: Obj = {"id": None, "idempotency_key": None}
        # What happens when a payment intent is paid or fails, by the kind of what it pays for.
        self.outcomes: dict[str, Callable[[World, Obj, Obj], None]] = {}
        self.listeners: list[Callable[[Obj], None]] = []
        self.moves: list[tuple[Clock, int, Callable[[], None]]] = []
        self.behaviour: Obj = {"refunds": "succeeded", "after_retries": "cancel", "payout_delay_days": 3}

    # ---- Time ----------------------------------------------------------------------------------------------------------------
    def clock_of(self, customer: str | None) -> Clock:
        """The clock that a customer lives by."""
        test_clock = self.objects[customer]["test_clock"] if customer else None
        return self.clocks[test_clock] if test_clock else self.clock

    def now(self, customer: str | None = None) -> int:
        """The time, for a customer."""
        return self.clock_of(customer).now()

    # ---- Objects -------------------------------------------------------------------------------------------------------------
    def make(self, kind: str, *, name: str | None = None, created: int | None = None, keep: bool = True, **fields: Any) -> Obj:
        """A new object of Stripe's shape."""
        made: Obj = copy.deepcopy(SHAPES["objects"][kind])
        made |= {"id": name or f"{_PREFIX[kind]}_{secrets.token_hex(12)}", **fields}
        if "created" in made:
            made["created"] = self.clock.now() if created is None else created
        if keep:
            self.objects[made["id"]] = made
            self.tables.setdefault(kind, []).append(made)
        return made

    def get(self, kind: str, name: str, *, status: int = 404) -> Obj:
        """The object of that id.

        Raises:
            ApiError: there is none.
        """
        found = self.objects.get(name)
        if found is None or found["object"] != kind:
            raise missing(kind, name, status=status)
        return found

    def all(self, kind: str, **where: Any) -> list[Obj]:
        """The objects whose fields are as given, oldest first."""
        return [one for one in self.tables.get(kind, []) if all(one.get(name) == value for name, value in where.items())]

    def remove(self, found: Obj) -> None:
        """Forget an object."""
        del self.objects[found["id"]]
        self.tables[found["object"]].remove(found)

    def page(self, path: str, found: Iterable[Obj], query: Form) -> Obj:
        """One page of a list, the newest first."""
        rows = [one for one in reversed(list(found)) if _is_within(one, query.get("created"))]
        start = 0
        if after := query.text("starting_after"):
            start = next((place + 1 for place, one in enumerate(rows) if one["id"] == after), -1)
            if start < 0:
                raise bad("starting_after", f"No such object: '{after}'", code="resource_missing")
        limit = query.whole("limit") or 10
        if not 1 <= limit <= 100:
            raise bad("limit", "Invalid limit: must be between 1 and 100")
        shown = rows[start : start + limit]
        return {"object": "list", "url": path, "has_more": start + limit < len(rows), "data": shown}

    def emit(self, kind: str, about: Obj, previous: Obj | None = None) -> None:
        """Tell whoever listens what happened to an object."""
        customer = about.get("customer") if isinstance(about.get("customer"), str) else None
        data: Obj = {"object": self.show(about)} | ({"previous_attributes": previous} if previous else {})
        event = self.make("event", type=kind, api_version=VERSION, data=data, request=dict(self.request), created=self.now(customer))
        for listener in self.listeners:
            listener(event)

    # ---- Answers -------------------------------------------------------------------------------------------------------------
    def show(self, found: Any, expand: Iterable[str] = ()) -> Any:
        """An object as it is answered."""
        wanted = [path.split(".") for path in expand]
        return self._show(found, wanted)

    def _show(self, found: Any, wanted: list[list[str]]) -> Any:
        if isinstance(found, list):
            return [self._show(one, wanted) for one in found]
        if not isinstance(found, dict):
            return found
        heads = {path[0] for path in wanted}
        hidden = _ON_DEMAND.get(str(found.get("object")), set()) - heads
        return {
            name: self._expand(value, [path[1:] for path in wanted if path[0] == name], is_wanted=name in heads)
            for name, value in found.items()
            if not name.startswith("_") and name not in hidden
        }

    def _expand(self, value: Any, below: list[list[str]], *, is_wanted: bool) -> Any:
        if is_wanted and isinstance(value, str) and value in self.objects:
            value = self.objects[value]
        return self._show(value, [path for path in below if path])


def _is_within(one: Obj, bounds: Any) -> bool:
    if not isinstance(bounds, Form):
        return True
    moment = one["created"]
    checks = {"gte": moment.__ge__, "gt": moment.__gt__, "lte": moment.__le__, "lt": moment.__lt__}
    return all(checks[name](bounds.whole(name)) for name in bounds if name in checks)


def listed(rows: list[Obj], url: str) -> Obj:
    """A list inside of an object."""
    return {"object": "list", "data": rows, "has_more": False, "url": url}
