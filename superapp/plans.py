"""The settings of what Premium costs, tax included. A currency without a price is not sold in; the ariary has a price of its own, which
is no conversion. `manage.py load_plans` brings the table of prices to what stands here."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from core.money import Money, NotAnAmount
from superapp import env


def _amount(name: str, text: str, currency: str) -> int:
    """Minor units; 0 for `none`."""
    if text == "none":
        return 0
    try:
        money = Money.parse(text, currency)
    except NotAnAmount as error:
        raise ImproperlyConfigured(f"{name}: expected an amount in {currency} or none, got {text!r}") from error
    if money.amount_minor <= 0:
        raise ImproperlyConfigured(f"{name}: expected more than nothing, got {text!r}")
    return money.amount_minor


_TEXTS = (
    ("EUR", "MONTH", "RESAKA_PREMIUM_EUR_MONTH", env.text("RESAKA_PREMIUM_EUR_MONTH", "4.99")),
    ("EUR", "YEAR", "RESAKA_PREMIUM_EUR_YEAR", env.text("RESAKA_PREMIUM_EUR_YEAR", "49.90")),
    ("MGA", "MONTH", "RESAKA_PREMIUM_MGA_MONTH", env.text("RESAKA_PREMIUM_MGA_MONTH", "12000")),
    ("MGA", "YEAR", "RESAKA_PREMIUM_MGA_YEAR", env.text("RESAKA_PREMIUM_MGA_YEAR", "120000")),
)
_AMOUNTS = {(currency, interval): _amount(name, text, currency) for currency, interval, name, text in _TEXTS}
PREMIUM_PRICES = {key: amount for key, amount in _AMOUNTS.items() if amount}
