"""What is sold: products, prices, coupons, promotion codes, tax rates."""

from __future__ import annotations

import secrets
from typing import Any

from billing.simulators.stripe.balances import read_currency
from billing.simulators.stripe.errors import ApiError, bad, missing
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.world import Obj, World

_INTERVALS = ("day", "week", "month", "year")


def make_product(world: World, form: Form) -> Obj:
    """POST /v1/products."""
    fields = {"name": form.need("name"), "active": form.text("active") != "false", "description": form.text("description")}
    made = world.make("product", name=form.text("id"), metadata=dict(form.tree("metadata")), updated=world.clock.now())
    made |= fields
    world.emit("product.created", made)
    return made


def update_product(world: World, product: Obj, form: Form) -> Obj:
    """POST /v1/products/{id}."""
    product |= {name: form.need(name) for name in ("name", "description") if name in form}
    product |= {"active": form.flag("active")} if "active" in form else {}
    product["metadata"] |= form.tree("metadata")
    product["updated"] = world.clock.now()
    world.emit("product.updated", product)
    return product


def make_price(world: World, form: Form) -> Obj:
    """POST /v1/prices, and inline prices of other calls.

    Raises:
        ApiError: a lookup key that another price has, no such product, no amount.
    """
    product = form.text("product") or make_product(world, form.tree("product_data"))["id"]
    world.get("product", product, status=400)
    amount = form.whole("unit_amount")
    if amount is None or amount < 0:
        raise bad("unit_amount", "Invalid non-negative integer", code="parameter_invalid_integer")
    made = world.make(
        "price",
        active=True,
        billing_scheme="per_unit",
        currency=read_currency(form),
        lookup_key=_claim_lookup_key(world, form),
        metadata=dict(form.tree("metadata")),
        nickname=form.text("nickname"),
        product=product,
        recurring=_read_recurring(form),
        tax_behavior=form.among("tax_behavior", ("exclusive", "inclusive", "unspecified"), "unspecified"),
        type="recurring" if "recurring" in form else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )
    world.emit("price.created", made)
    return made


def update_price(world: World, price: Obj, form: Form) -> Obj:
    """POST /v1/prices/{id}."""
    price |= {"active": form.flag("active")} if "active" in form else {}
    price |= {"nickname": form.text("nickname")} if "nickname" in form else {}
    if "lookup_key" in form:
        price["lookup_key"] = _claim_lookup_key(world, form)
    price["metadata"] |= form.tree("metadata")
    world.emit("price.updated", price)
    return price


def _claim_lookup_key(world: World, form: Form) -> str | None:
    key = form.text("lookup_key")
    holders = world.all("price", lookup_key=key) if key else []
    if holders and not form.flag("transfer_lookup_key"):
        raise bad("lookup_key", f"A price (`{holders[0]['id']}`) already uses that lookup key.", code="resource_already_exists")
    for holder in holders:
        holder["lookup_key"] = None
    return key


def _read_recurring(form: Form) -> Obj | None:
    if "recurring" not in form:
        return None
    recurring = form.tree("recurring")
    count = recurring.whole("interval_count") or 1
    if not 1 <= count <= 36:
        raise bad("recurring[interval_count]", "Invalid interval_count")
    return {"interval": recurring.among("interval", _INTERVALS, ""), "interval_count": count, "meter": None, "usage_type": "licensed"}


def list_prices(world: World, query: Form) -> list[Obj]:
    """The prices of GET /v1/prices."""
    keys = set(query.words("lookup_keys"))
    where = {name: query.text(name) for name in ("product", "currency", "type") if name in query}
    found = world.all("price", **where, **({"active": query.flag("active")} if "active" in query else {}))
    return [one for one in found if not keys or one["lookup_key"] in keys]


def make_coupon(world: World, form: Form) -> Obj:
    """POST /v1/coupons.

    Raises:
        ApiError: neither or both of percent and amount, a duration without its months.
    """
    percent, amount = form.text("percent_off"), form.whole("amount_off")
    if (percent is None) == (amount is None):
        raise bad("percent_off", "You must pass either percent_off or amount_off")
    if percent is not None and not 0 < float(percent) <= 100:
        raise bad("percent_off", "Invalid decimal: must be greater than 0 and at most 100")
    duration = form.among("duration", ("forever", "once", "repeating"), "once")
    if (duration == "repeating") != ("duration_in_months" in form):
        raise bad("duration_in_months", "duration_in_months goes with a duration of repeating")
    name = form.text("id") or secrets.token_hex(4).upper()
    if name in world.objects:
        raise bad("id", "Coupon already exists.", code="resource_already_exists")
    made = world.make(
        "coupon",
        name=name,
        amount_off=amount,
        percent_off=float(percent) if percent else None,
        currency=read_currency(form) if amount is not None else None,
        duration=duration,
        duration_in_months=form.whole("duration_in_months"),
        max_redemptions=form.whole("max_redemptions"),
        metadata=dict(form.tree("metadata")),
        redeem_by=form.whole("redeem_by"),
        valid=True,
    )
    made["name"] = form.text("name")
    return made


def make_promotion_code(world: World, form: Form) -> Obj:
    """POST /v1/promotion_codes."""
    promotion = form.tree("promotion")
    promotion.among("type", ("coupon",), "")
    coupon = world.get("coupon", promotion.need("coupon"), status=400)
    code = form.text("code") or secrets.token_hex(4).upper()
    if any(one["code"].lower() == code.lower() for one in world.all("promotion_code", active=True)):
        raise bad("code", "An active promotion code with this code already exists.", code="resource_already_exists")
    limits: dict[str, Any] = {"expires_at": form.whole("expires_at"), "max_redemptions": form.whole("max_redemptions")}
    kept: Obj = {"metadata": dict(form.tree("metadata")), "promotion": {"type": "coupon", "coupon": coupon["id"]}}
    return world.make("promotion_code", active=True, code=code, **kept, **limits)


def make_tax_rate(world: World, form: Form) -> Obj:
    """POST /v1/tax_rates."""
    share = float(form.need("percentage"))
    shares: Obj = {"percentage": share, "effective_percentage": share, "rate_type": "percentage"}
    country, name = form.text("country"), form.need("display_name")
    kept: Obj = {"display_name": name, "inclusive": form.flag("inclusive"), "metadata": dict(form.tree("metadata"))}
    return world.make("tax_rate", active=True, country=country, **shares, **kept)


# ---- Discounts ---------------------------------------------------------------------------------------------------------------------
def read_discounts(world: World, rows: list[Form], **about: Any) -> list[Obj]:
    """The discounts of coupons and promotion codes that a call names. They count as used when they are (`use`).

    Raises:
        ApiError: no such thing, or it is over.
    """
    return [_read_discount(world, row, about) for row in rows]


def _read_discount(world: World, row: Form, about: dict[str, Any]) -> Obj:
    code = row.text("promotion_code")
    promotion = world.get("promotion_code", code, status=400) if code else None
    coupon = world.get("coupon", promotion["promotion"]["coupon"] if promotion else row.need("coupon"), status=400)
    now = world.clock.now()
    ends = [(coupon, coupon["redeem_by"]), *([(promotion, promotion["expires_at"])] if promotion else [])]
    for one, end in ends:
        if (one["max_redemptions"] is not None and one["times_redeemed"] >= one["max_redemptions"]) or (end is not None and now > end):
            raise ApiError(400, f"Coupon {coupon['id']} is expired and cannot be applied.", code="coupon_expired")
    source = {"type": "coupon", "coupon": coupon["id"]}
    return world.make("discount", start=now, source=source, promotion_code=promotion["id"] if promotion else None, **about)


def use(world: World, discount: Obj) -> None:
    """A discount is used."""
    for name in (discount["source"]["coupon"], discount["promotion_code"]):
        if name:
            world.objects[name]["times_redeemed"] += 1


def discount_of(world: World, discount: Obj, amount: int, currency: str) -> int:
    """How much a discount takes off `amount`."""
    coupon = world.objects[discount["source"]["coupon"]]
    if coupon["percent_off"] is not None:
        return int(amount * coupon["percent_off"] / 100 + 0.5)
    if coupon["currency"] != currency:
        raise ApiError(400, "The coupon is in another currency.", code="coupon_currency_mismatch")
    return min(amount, int(coupon["amount_off"]))


def find_promotion(world: World, code: str) -> Obj:
    """The promotion code that somebody typed.

    Raises:
        ApiError.
    """
    found = next((one for one in world.all("promotion_code", active=True) if one["code"].lower() == code.strip().lower()), None)
    if found is None:
        raise missing("promotion_code", code, status=400)
    return found
