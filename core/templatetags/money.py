"""`{% load money %}{{ price|money }}`, `{{ rate_bp|rate }}`: amounts and rates in the language of the page."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from core.money import Money, format_money

register = template.Library()


@register.filter
def money(amount: Money | None) -> str:
    """The amount as readers of the page's language write it; nothing of nothing."""
    return "" if amount is None else format_money(amount, get_language() or "fr")


@register.filter
def rate(hundredths: int) -> str:
    """Hundredths of a percent as readers write them: 2000 is "20 %", 850 is "8,5 %" ("20%", "8.5%" in English)."""
    english = (get_language() or "fr").startswith("en")
    whole, part = divmod(hundredths, 100)
    decimals = f"{'.' if english else ','}{part:02}".rstrip("0") if part else ""
    return f"{whole}{decimals}{'' if english else chr(0xA0)}%"
