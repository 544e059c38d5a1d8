"""Cuts Stripe's own OpenAPI document down to the calls that this house and its stand-in speak.

    python billing/tests/data/stripe/reduce.py spec3.json.gz

writes `openapi.json` beside this file (what the tests validate against) and `billing/simulators/stripe/shapes.json` (what the stand-in
fills in). `README.md` beside this file says where the document comes from, and what is changed on the way and why.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SHAPES = HERE.parents[2] / "simulators" / "stripe" / "shapes.json"
CALLS = """
get post /v1/customers
get post delete /v1/customers/{customer}
get post /v1/products
get post /v1/products/{id}
get post /v1/prices
get post /v1/prices/{price}
get post /v1/coupons
get /v1/coupons/{coupon}
get post /v1/promotion_codes
get /v1/promotion_codes/{promotion_code}
get post /v1/tax_rates
get /v1/tax_rates/{tax_rate}
get post /v1/checkout/sessions
get /v1/checkout/sessions/{session}
post /v1/checkout/sessions/{session}/expire
post /v1/billing_portal/sessions
get post /v1/subscriptions
get post delete /v1/subscriptions/{subscription_exposed_id}
get post /v1/subscription_schedules
get post /v1/subscription_schedules/{schedule}
post /v1/subscription_schedules/{schedule}/release
get /v1/invoices
get /v1/invoices/{invoice}
post /v1/invoices/create_preview
post /v1/invoices/{invoice}/finalize
post /v1/invoices/{invoice}/pay
post /v1/invoices/{invoice}/void
get /v1/payment_intents
get /v1/payment_intents/{intent}
post /v1/payment_intents/{intent}/confirm
post /v1/payment_intents/{intent}/cancel
get /v1/charges
get /v1/charges/{charge}
get post /v1/refunds
get /v1/refunds/{refund}
get /v1/disputes
get post /v1/disputes/{dispute}
post /v1/disputes/{dispute}/close
get /v1/radar/early_fraud_warnings
get /v1/radar/early_fraud_warnings/{early_fraud_warning}
get /v1/events
get /v1/events/{id}
get /v1/balance_transactions
get /v1/balance_transactions/{id}
get /v1/payouts
get /v1/payouts/{payout}
get post /v1/webhook_endpoints
get post delete /v1/webhook_endpoints/{webhook_endpoint}
get post /v1/test_helpers/test_clocks
get /v1/test_helpers/test_clocks/{test_clock}
post /v1/test_helpers/test_clocks/{test_clock}/advance
"""
# Stripe's objects that the stand-in has. Where another one could stand, expanded or embedded, nothing may stand.
_OBJECT_NAMES = """
customer deleted_customer product price coupon promotion_code tax_rate checkout.session billing_portal.session subscription
subscription_item subscription_schedule invoice line_item invoice_payment item payment_intent charge refund dispute balance_transaction
payout event webhook_endpoint deleted_webhook_endpoint test_helpers.test_clock radar.early_fraud_warning discount payment_method
"""
OBJECTS = tuple(_OBJECT_NAMES.split())
_NOISE = frozenset({"description", "title", "example"})

Node = dict[str, Any]
_CUT: Node = {"not": {}}


def main(source: Path) -> None:
    """Read the whole document, write the two files."""
    raw = source.read_bytes()
    document = json.loads(gzip.decompress(raw) if source.suffix == ".gz" else raw)
    schemas: Node = document["components"]["schemas"]
    paths = {path: {method: _call(document["paths"][path][method]) for method in methods} for methods, path in _calls()}
    kept = _reach(paths, schemas)
    reduced = {
        "info": {"title": "Stripe API, reduced", "version": document["info"]["version"], "license": {"name": "MIT"}},
        "paths": _mend(paths, schemas),
        "components": {"schemas": {name: _mend(schemas[name], schemas) for name in sorted(kept)}},
    }
    _write(HERE / "openapi.json", reduced)
    _write(SHAPES, _shapes(reduced))


def _write(path: Path, data: Node) -> None:
    path.write_text(json.dumps(data, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8")


def _calls() -> Iterator[tuple[list[str], str]]:
    for line in CALLS.split("\n"):
        if line:
            *methods, path = line.split()
            yield methods, path


def _call(call: Node) -> Node:
    """Of a call: its query, its form and its answer when it goes well."""
    parts: Node = {"query": {one["name"]: one["schema"] for one in call.get("parameters", []) if one["in"] == "query"}}
    form = call.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded")
    parts["form"] = form["schema"] if form else {"type": "object", "additionalProperties": False, "properties": {}}
    parts["answer"] = call["responses"]["200"]["content"]["application/json"]["schema"]
    return parts


def _reach(start: Node, schemas: Node) -> set[str]:
    """The names of all schemas that the calls lead to, Stripe's other objects excepted."""
    found = {"error", "api_errors", *OBJECTS}
    left = [start, *(schemas[name] for name in found)]
    while left:
        for name in _names(left.pop()):
            if name not in found and not _is_cut(name, schemas):
                found.add(name)
                left.append(schemas[name])
    return found


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        for name, value in node.items():
            if not name.startswith("x-"):
                yield from _names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names(value)


def _is_cut(name: str, schemas: Node) -> bool:
    """Whether it is one of Stripe's objects, and none of ours: the details of a hundred ways of paying are such, too."""
    foreign = "object" in schemas[name].get("properties", {}) and "id" in schemas[name].get("properties", {})
    other_way = name.startswith(("payment_method_", "payment_flows_private_")) and "card" not in name
    return name not in OBJECTS and (foreign or other_way) and name != "payment_method_details"


def _mend(node: Any, schemas: Node) -> Any:
    if isinstance(node, list):
        return [_mend(value, schemas) for value in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _CUT if _is_cut(node["$ref"].rpartition("/")[2], schemas) else {"$ref": node["$ref"]}
    mended: Node = {}
    for name, value in node.items():
        if name in {"properties", "query"}:  # below these lie names, not words of the schema
            mended[name] = {key: _mend(below, schemas) for key, below in value.items()}
        elif name not in _NOISE and not name.startswith("x-"):
            mended[name] = _mend(value, schemas)
    _allow_null(mended)
    if "properties" in mended:
        mended.setdefault("additionalProperties", False)
    return mended


def _allow_null(mended: Node) -> None:
    """OpenAPI 3.0 says `nullable`; JSON Schema says it with types. README.md says why."""
    if not mended.pop("nullable", False):
        return
    if "enum" in mended:
        mended["enum"] = [*mended["enum"], None]
    if "anyOf" in mended:
        mended["anyOf"] = [*mended["anyOf"], {"type": "null"}]
    if "type" in mended:
        mended["type"] = [mended["type"], "null"]


def _shapes(reduced: Node) -> Node:
    """The least that each object must have, and the words that each call takes."""
    calls = {
        f"{method} {path}": sorted({*call["form"].get("properties", {}), *call["query"]})
        for path, methods in reduced["paths"].items()
        for method, call in methods.items()
    }
    kept = reduced["components"]["schemas"]
    return {"version": reduced["info"]["version"], "calls": calls, "objects": {name: _blank(kept[name], kept) for name in OBJECTS}}


def _blank(schema: Node, kept: Node) -> Any:
    if "$ref" in schema:
        return _blank(kept[schema["$ref"].rpartition("/")[2]], kept)
    if _is_nullable(schema):
        return None
    if "anyOf" in schema:
        return _blank(schema["anyOf"][0], kept)
    if "enum" in schema:
        return schema["enum"][0]
    return _blank_object(schema, kept) if schema.get("type") == "object" else _EMPTY.get(schema.get("type", ""))


_EMPTY: Node = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": []}


def _blank_object(schema: Node, kept: Node) -> Node:
    needed = schema.get("required", [])
    return {
        name: _blank(below, kept)
        for name, below in schema.get("properties", {}).items()
        if below != _CUT and (name in needed or _is_nullable(below))
    }


def _is_nullable(schema: Node) -> bool:
    return {"type": "null"} in schema.get("anyOf", []) or "null" in schema.get("type", "")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
