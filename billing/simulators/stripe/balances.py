"""What Stripe holds for the house: each movement is a balance transaction, and pays out to the bank."""

from __future__ import annotations

from billing.simulators.stripe.clock import DAY
from billing.simulators.stripe.errors import bad
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.world import Obj, World

# Currencies without a smaller unit, as Stripe counts them. The ariary is among them.
ZERO_DECIMAL = frozenset(["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"])
_CATEGORIES = {"charge": "charge", "refund": "refund", "adjustment": "dispute", "payout": "payout", "refund_failure": "refund_failure"}


def read_currency(form: Form, name: str = "currency") -> str:
    """A currency in Stripe's spelling.

    Raises:
        ApiError.
    """
    currency = form.need(name).lower()
    if len(currency) != 3 or not currency.isalpha():
        raise bad(name, f"Invalid currency: {currency}")
    return currency


def fee_of(amount: int, currency: str) -> int:
    """What Stripe keeps of a charge: 1.5 % and a quarter of a euro, or 1 000 of a unit that has no cents."""
    return amount * 15 // 1000 + (1000 if currency in ZERO_DECIMAL else 25)


def book(world: World, kind: str, source: Obj, amount: int, *, fee: int = 0, customer: str | None = None) -> Obj:
    """A balance transaction about `source`; `amount` is negative for what leaves."""
    now, currency = world.now(customer), source["currency"]
    details = [{"amount": fee, "application": None, "currency": currency, "description": "Stripe fee", "type": "stripe_fee"}] if fee else []
    return world.make(
        "balance_transaction",
        amount=amount,
        available_on=now + world.behaviour["payout_delay_days"] * DAY,
        balance_type="payments",
        created=now,
        currency=currency,
        fee=fee,
        fee_details=details,
        net=amount - fee,
        reporting_category=_CATEGORIES[kind],
        source=source["id"],
        status="pending",
        type=kind,
        _payout=None,
    )


def pay_out(world: World, currency: str) -> Obj:
    """Send all that is held in a currency to the bank.

    Raises:
        ApiError: nothing is held.
    """
    rows = [one for one in world.all("balance_transaction", currency=currency, _payout=None) if one["type"] != "payout"]
    amount = sum(one["net"] for one in rows)
    if amount <= 0:
        raise bad("currency", "You have insufficient funds in your Stripe account for this payout.", code="balance_insufficient")
    now = world.clock.now()
    fields: Obj = {"type": "bank_account", "method": "standard", "source_type": "card", "statement_descriptor": "RESAKA", "automatic": True}
    made = world.make(
        "payout",
        amount=amount,
        currency=currency,
        status="paid",
        arrival_date=now,
        reconciliation_status="completed",
        metadata={},
        **fields,
    )
    made["balance_transaction"] = book(world, "payout", made, -amount)["id"]
    for one in rows:
        one["_payout"], one["status"] = made["id"], "available"
    world.emit("payout.paid", made)
    return made
