"""Form bodies as Stripe reads them: `items[0][price]=…` is a tree."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from billing.simulators.stripe.errors import bad

_PART = re.compile(r"\[([^\]]*)\]")


class Form(dict[str, Any]):
    """Decoded parameters. Everything in it is text, a Form or a list of these."""

    def need(self, name: str) -> str:
        """A text that must be there."""
        value = self.get(name)
        if not isinstance(value, str) or value == "":
            raise bad(name, f"Missing required param: {name}.", code="parameter_missing")
        return value

    def text(self, name: str) -> str | None:
        """A text; one that is empty unsets, which here is the same as absent."""
        value = self.get(name)
        if value is not None and not isinstance(value, str):
            raise bad(name, f"Invalid string: {name}.")
        return value or None

    def whole(self, name: str) -> int | None:
        """A whole number."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,15}", value):
            raise bad(name, f"Invalid integer: {value}", code="parameter_invalid_integer")
        return int(value)

    def flag(self, name: str) -> bool:
        """true or false."""
        value = self.text(name) or "false"
        if value not in {"true", "false"}:
            raise bad(name, f"Invalid boolean: {value}")
        return value == "true"

    def among(self, name: str, words: Iterable[str], default: str) -> str:
        """One of some words."""
        value = self.text(name) or default
        if value not in words:
            raise bad(name, f"Invalid {name}: must be one of {', '.join(words)}")
        return value

    def tree(self, name: str) -> Form:
        """What lies below a name."""
        value = self.get(name)
        if isinstance(value, Form):
            return value
        return Form()

    def rows(self, name: str) -> list[Form]:
        """A list of trees."""
        value = self.get(name)
        return [row for row in value if isinstance(row, Form)] if isinstance(value, list) else []

    def words(self, name: str) -> list[str]:
        """A list of texts."""
        value = self.get(name)
        return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def decode(text: str) -> Form:
    """The tree of a form-encoded body or query."""
    root = Form()
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, _bracket, _rest = name.partition("[")
        _put(root, [head, *_PART.findall(name)], value)
    return Form({name: _with_lists(value) if isinstance(value, Form) else value for name, value in root.items()})


def _put(node: Form, path: list[str], value: str) -> None:
    for part in path[:-1]:
        below = node.setdefault(part or str(len(node)), Form())
        if not isinstance(below, Form):
            raise bad(path[0], f"Invalid object: {path[0]}")
        node = below
    node[path[-1] or str(len(node))] = value


def _with_lists(node: Form) -> Any:
    below = {name: _with_lists(value) if isinstance(value, Form) else value for name, value in node.items()}
    if below and all(name.isdigit() for name in below):
        return [below[name] for name in sorted(below, key=int)]
    return Form(below)
