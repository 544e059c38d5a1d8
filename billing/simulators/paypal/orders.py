"""Orders, captures and refunds: (status, answer) for each call."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from billing.simulators.paypal.events import Outgoing
from billing.simulators.paypal.world import MERCHANT_ID, Order, World, new_id

Answer = tuple[int, dict[str, Any]]
_VALUE = re.compile(r"(0|[1-9][0-9]{0,6})\.[0-9]{2}")
_CURRENCIES = {"EUR", "USD"}
_FEE_SHARE, _FEE_FIXED = Decimal("0.029"), Decimal("0.35")


def refuse(status: int, name: str, issue: str = "") -> Answer:
    """An error as PayPal says it."""
    return status, {"name": name, "message": name.replace("_", " ").lower(), "details": [{"issue": issue}] if issue else []}


def create(world: World, body: dict[str, Any]) -> Answer:
    """Make an order that the payer has to approve."""
    units = body.get("purchase_units")
    if body.get("intent") != "CAPTURE" or not isinstance(units, list) or len(units) != 1 or not isinstance(units[0], dict):
        return refuse(400, "INVALID_REQUEST", "MISSING_REQUIRED_PARAMETER")
    wrong = _look_at(units[0].get("amount"))
    if wrong:
        return wrong
    if units[0].get("payee", {}).get("merchant_id", MERCHANT_ID) != MERCHANT_ID:
        return refuse(422, "UNPROCESSABLE_ENTITY", "PAYEE_ACCOUNT_INVALID")
    context = body.get("payment_source", {}).get("paypal", {}).get("experience_context", {})
    order = Order(new_id(), units[0], context)
    world.orders[order.id] = order
    return 200, show(world, order)


def capture(world: World, order: Order, outgoing: Outgoing) -> Answer:
    """Take the money of an order that was approved."""
    if order.status == "COMPLETED":
        return refuse(422, "UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED")
    if order.status != "APPROVED":
        return refuse(422, "UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED")
    if world.knobs.decline:
        return refuse(422, "UNPROCESSABLE_ENTITY", world.knobs.decline)
    invoice = order.unit.get("invoice_id")
    if invoice and any(other.captures and other.unit.get("invoice_id") == invoice for other in world.orders.values()):
        return refuse(422, "UNPROCESSABLE_ENTITY", "DUPLICATE_INVOICE_ID")
    amount = order.unit["amount"]
    fee = (Decimal(amount["value"]) * _FEE_SHARE + _FEE_FIXED).quantize(Decimal("0.01"))
    made = {
        "id": new_id(),
        "status": world.knobs.capture_status,
        "amount": dict(amount),
        "custom_id": order.unit.get("custom_id", ""),
        "invoice_id": invoice or "",
        "seller_receivable_breakdown": {"paypal_fee": {"currency_code": amount["currency_code"], "value": str(fee)}},
        "create_time": world.stamp(),
        "supplementary_data": {"related_ids": {"order_id": order.id}},
    }
    order.captures.append(made)
    order.status = "COMPLETED"
    world.counts["captured"] += made["status"] == "COMPLETED"
    outgoing.tell(f"PAYMENT.CAPTURE.{made['status']}", made)
    return 201, show(world, order)


def refund(world: World, capture_id: str, body: dict[str, Any], outgoing: Outgoing) -> Answer:
    """Send back all or part of a capture."""
    order = next((one for one in world.orders.values() if any(made["id"] == capture_id for made in one.captures)), None)
    if order is None:
        return refuse(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
    made = order.captures[0]
    amount = body.get("amount") or made["amount"]
    wrong = _look_at(amount)
    if wrong:
        return wrong
    if amount["currency_code"] != made["amount"]["currency_code"]:
        return refuse(422, "UNPROCESSABLE_ENTITY", "REFUND_CAPTURE_CURRENCY_MISMATCH")
    left = Decimal(made["amount"]["value"]) - _sum_back(order)
    if left <= 0:
        return refuse(422, "UNPROCESSABLE_ENTITY", "CAPTURE_FULLY_REFUNDED")
    if Decimal(amount["value"]) > left:
        return refuse(422, "UNPROCESSABLE_ENTITY", "REFUND_AMOUNT_EXCEEDED")
    back = {"id": new_id(), "status": world.knobs.refund_status, "amount": dict(amount), "custom_id": body.get("custom_id", "")}
    back |= {"create_time": world.stamp()}
    order.refunds.append(back)
    if back["status"] == "COMPLETED":
        made["status"] = "REFUNDED" if _sum_back(order) == Decimal(made["amount"]["value"]) else "PARTIALLY_REFUNDED"
    outgoing.tell("PAYMENT.CAPTURE.REFUNDED", back | {"supplementary_data": {"related_ids": {"order_id": order.id}}})
    return 201, back


def find_refund(world: World, refund_id: str) -> Answer:
    """A refund by its id."""
    found = next((back for order in world.orders.values() for back in order.refunds if back["id"] == refund_id), None)
    return (200, found) if found else refuse(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")


def show(world: World, order: Order) -> dict[str, Any]:
    """An order as the interface shows it, with the lies that a test wants told."""
    unit = dict(order.unit) | {"payee": {"merchant_id": order.lies.get("merchant_id", MERCHANT_ID)}}
    if order.captures:
        told = [_lie(made, order.lies) for made in order.captures]
        unit["payments"] = {"captures": told, "refunds": order.refunds}
    shown: dict[str, Any] = {"id": order.id, "status": order.status, "purchase_units": [unit], "links": []}
    if order.status in {"APPROVED", "COMPLETED"}:
        shown["payer"] = {"payer_id": "PAYER0000001", "address": {"country_code": world.knobs.payer_country}}
    if order.status == "PAYER_ACTION_REQUIRED":
        shown["links"] = [{"rel": "payer-action", "method": "GET", "href": f"{world.address}/checkoutnow?token={order.id}"}]
    return shown


def list_bookings(world: World, day: str) -> dict[str, Any]:
    """What was booked on a day, as the search of transactions shows it."""
    found = []
    for order in world.orders.values():
        for made in order.captures:
            fee = made["seller_receivable_breakdown"]["paypal_fee"]
            taken = {"currency_code": fee["currency_code"], "value": f"-{fee['value']}"}
            found.append(_booking(made, "T0006", made["amount"]["value"], order) | {"fee_amount": taken})
        found += [_booking(back, "T1107", f"-{back['amount']['value']}", order) for back in order.refunds]
    return {"transaction_details": [{"transaction_info": one} for one in found if one["transaction_initiation_date"].startswith(day)]}


def _booking(made: dict[str, Any], code: str, value: str, order: Order) -> dict[str, Any]:
    return {
        "transaction_id": made["id"],
        "transaction_event_code": code,
        "transaction_initiation_date": made["create_time"].replace("Z", "+0000"),
        "transaction_amount": {"currency_code": made["amount"]["currency_code"], "value": value},
        "transaction_status": "S",
        "invoice_id": order.unit.get("invoice_id", ""),
        "custom_field": made.get("custom_id", ""),
    }


def _lie(made: dict[str, Any], lies: dict[str, str]) -> dict[str, Any]:
    told = dict(made)
    if "amount" in lies:
        told["amount"] = told["amount"] | {"value": lies["amount"]}
    return told | ({"custom_id": lies["custom_id"]} if "custom_id" in lies else {})


def _sum_back(order: Order) -> Decimal:
    return sum((Decimal(back["amount"]["value"]) for back in order.refunds if back["status"] == "COMPLETED"), Decimal(0))


def _look_at(amount: Any) -> Answer | None:
    if not isinstance(amount, dict) or amount.get("currency_code") not in _CURRENCIES:
        return refuse(422, "UNPROCESSABLE_ENTITY", "CURRENCY_NOT_SUPPORTED")
    if not isinstance(amount.get("value"), str) or not _VALUE.fullmatch(amount["value"]) or Decimal(amount["value"]) <= 0:
        return refuse(422, "UNPROCESSABLE_ENTITY", "INVALID_PARAMETER_VALUE")
    return None
