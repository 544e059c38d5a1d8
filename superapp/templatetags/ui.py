"""Tags of the design system: icons, avatars, fields, words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_info

from core.clock import to_wire
from superapp import look
from superapp.i18n_client import client_words

register = template.Library()


@register.simple_tag
def icon_sprite(*names: str) -> SafeString:
    """The drawings of the page's icons, once at the top of <body>; without names all of them."""
    return mark_safe(look.sprite(names))  # noqa: S308  (our own files)


@register.simple_tag
def inline_sheet(name: str) -> SafeString:
    """A sheet with the tokens before it, for a page that leaves the house as a file of its own and has nowhere to fetch them from."""
    return mark_safe(look.sheet(name))  # noqa: S308  (our own files)


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """`{% icon "send" %}`; decoration only, the words stand beside it or in the button's aria-label."""
    if name not in look.icons():
        raise template.TemplateSyntaxError(f"icon: there is no superapp/icons/{name}.svg")
    return format_html('<svg class="icon{}" aria-hidden="true"><use href="#i-{}"></use></svg>', f" {size}" if size else "", name)


@register.simple_tag
def theme_colour(theme: str, name: str = "surface") -> str:
    """A colour for places that CSS cannot reach (<meta name="theme-color">)."""
    return look.colours(theme)[name]


@register.inclusion_tag("ui/avatar.html")
def avatar(of: Any, kind: str = "") -> dict[str, Any]:
    """`{% avatar person "s" %}`: a letter on a colour; `of` has `letter` and `av`, or is a room with `avatar`."""
    source = _get(of, "avatar") or of
    name = str(_get(of, "name") or _get(of, "pseudonym") or _get(of, "title") or "")
    return {"letter": _get(source, "letter") or name[:1] or "?", "av": _get(source, "av") or 0, "kind": kind}


def _get(of: Any, name: str) -> Any:
    return of.get(name) if isinstance(of, Mapping) else getattr(of, name, None)


_CHOICES = {"radioselect", "checkboxselectmultiple"}


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, label: str = "", hint: str = "", kind: str = "", *, either: bool = False, **attrs: str) -> dict[str, Any]:
    """One form field with label, help and error. Extra names become attributes (`inputmode="numeric"`); `kind`: code, switch;
    `either`: one of two fields is needed, so neither is called optional."""
    if label:
        bound.label = label
    if hint:
        bound.help_text = hint
    bound.field.widget.attrs.pop("placeholder", None)
    bound.field.widget.attrs.update({name.replace("_", "-"): value for name, value in attrs.items()})
    widget = bound.widget_type
    shape = "hidden" if bound.is_hidden else "check" if widget == "checkbox" else "choices" if widget in _CHOICES else "line"
    optional = not (bound.field.required or either or widget == "select")
    return {"field": bound, "shape": shape, "kind": kind, "optional": optional}


@register.simple_tag(takes_context=True)
def query(context: Mapping[str, Any], **changes: Any) -> str:
    """The query of this page with some values changed; an empty value drops the name: `?{% query page=2 %}`."""
    request: HttpRequest | None = context.get("request")
    values = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for name, value in changes.items():
        values.pop(name, None)
        if value not in ("", None):
            values[name] = str(value)
    return urlencode(list(values.items()))


@register.simple_tag(takes_context=True)
def section(context: Mapping[str, Any]) -> str:
    """Which destination of the navigation this page belongs to: rooms, me, safety, or none."""
    match = getattr(context.get("request"), "resolver_match", None)
    if match is None:
        return ""
    if match.app_name == "chat" or match.view_name == "accounts:person":  # people are met in rooms
        return "rooms"
    if match.url_name == "safety":
        return "safety"
    mine = match.app_name in {"accounts", "billing", "notifications", "privacy"} or (match.url_name or "").startswith(("account_", "mfa_"))
    return "me" if mine else ""


@register.simple_tag
def i18n_client() -> dict[str, str]:
    """The words of the script in the language of the page."""
    return client_words()


@register.filter
def wire(at: datetime) -> str:
    """A moment as frames carry it, for the `datetime` attribute."""
    return to_wire(at)


@register.filter
def lang_name(code: str) -> str:
    """A language in its own words: fr, mg, en."""
    return str(get_language_info(code)["name_local"]).capitalize() if code in {"fr", "mg", "en"} else code


@register.filter
def notice_kind(level: str) -> str:
    """Level of Django's messages to the kind of our notice."""
    return {"success": "ok", "warning": "warn", "error": "danger"}.get(level, level or "info")


@register.filter
def capped(count: int) -> str:
    """A counter that stays short: 1 to 99, then 99+."""
    return str(count) if count < 100 else "99+"
