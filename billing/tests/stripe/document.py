"""Holds what is said to Stripe, and what it says, against Stripe's own document (billing/tests/data/stripe)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "stripe" / "openapi.json").read_text("utf-8"))
VERSION: str = DOCUMENT["info"]["version"]
CALLS = frozenset(f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods)
_COMPONENTS = {"components": DOCUMENT["components"]}

Node = dict[str, Any]


def faults_of_call(call: Node) -> list[str]:
    """What is wrong with a call and its answer: nothing, if the list is empty. `call` is a line of the stand-in's record."""
    name = name_of(call)
    if name is None:
        return [] if call["status"] == 404 else [f"{call['method']} {call['path']} is no call of Stripe"]
    method, path = name.split()
    parts = DOCUMENT["paths"][path][method.lower()]
    wrong = [] if call["status"] == 400 else [*_faults_of_request(parts, call)]
    answer = parts["answer"] if call["status"] == 200 else {"$ref": "#/components/schemas/error"}
    return [f"{name} {call['status']}: {fault}" for fault in [*wrong, *_faults(call["answer"], answer)]]


def faults_of_event(event: Node) -> list[str]:
    """What is wrong with an event, and with the object that it brings."""
    about = event["data"]["object"]
    found = [*_faults(event, {"$ref": "#/components/schemas/event"})]
    found += _faults(about, {"$ref": f"#/components/schemas/{about['object']}"})
    return [f"{event['type']}: {fault}" for fault in found]


def name_of(call: Node) -> str | None:
    """The call in the document's words."""
    for name in CALLS:
        method, path = name.split()
        if method == call["method"] and re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", path), call["path"]):
            return name
    return None


def _faults_of_request(parts: Node, call: Node) -> Iterator[str]:
    query = {"type": "object", "additionalProperties": False, "properties": parts["query"]}
    for text, schema in ((call["query"], query), (call["form"], parts["form"])):
        yield from _faults(_typed(_decode(text), schema), schema)


def _faults(value: Any, schema: Node) -> Iterator[str]:
    for error in _validator(json.dumps(schema, sort_keys=True)).iter_errors(value):
        yield f"{'.'.join(map(str, error.absolute_path))}: {_closest(error)}"


def _closest(error: Any) -> str:
    """Of the branches of an `anyOf` the words of the one that fits best."""
    while error.context:
        error = min(error.context, key=lambda one: (-len(one.absolute_path), len(one.message)))
    return str(error.message)[:300]


@lru_cache(maxsize=400)
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema) | _COMPONENTS)


# ---- Forms -----------------------------------------------------------------------------------------------------------------------------
def _decode(text: str) -> Any:
    """`a[b][0]=c` as a tree of texts."""
    root: Node = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        path = [part for part in re.split(r"[\[\]]+", name) if part]
        node = root
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = value
    return _lists(root)


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    below = {name: _lists(value) for name, value in node.items()}
    return [below[name] for name in sorted(below, key=int)] if below and all(name.isdigit() for name in below) else below


def _typed(node: Any, schema: Node) -> Any:
    """Texts as the numbers and truths that the schema says they are."""
    if "anyOf" in schema:
        options = ((_typed(node, option), option) for option in schema["anyOf"])
        return next((value for value, option in options if not any(_faults(value, option))), node)
    if isinstance(node, dict):
        names = schema.get("properties", {})
        rest = schema.get("additionalProperties")
        return {name: _typed(value, names.get(name, rest if isinstance(rest, dict) else {})) for name, value in node.items()}
    if isinstance(node, list):
        return [_typed(value, schema.get("items", {})) for value in node]
    return _typed_text(node, str(schema.get("type")))


def _typed_text(text: str, kind: str) -> Any:
    if "boolean" in kind and text in {"true", "false"}:
        return text == "true"
    if "integer" in kind and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return float(text) if "number" in kind and re.fullmatch(r"-?[0-9.]+", text) else text
