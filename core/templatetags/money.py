"""`{% load money %}{{ price|money }}`: an amount in the language of the page."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from core.money import Money, format_money

register = template.Library()


@register.filter
def money(amount: Money | None) -> str:
    """The amount as readers of the page's language write it; nothing of nothing."""
    return "" if amount is None else format_money(amount, get_language() or "fr")
