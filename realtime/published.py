"""The protocol for others: a JSON Schema for each frame and an AsyncAPI 3 document, both written from the types of `protocol`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from realtime.protocol import COMMANDS, PUSHES, SUBPROTOCOL

FOLDER = Path(__file__).parent / "schemas"
DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "asyncapi.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON Schema of one frame."""
    return {"$schema": _DIALECT, **msgspec.json.schema(kind)}


def all_schemas() -> dict[str, dict[str, Any]]:
    """Every frame's schema by the name of its file."""
    named = {f"command.{name}": kind for name, kind in COMMANDS.items()} | {f"push.{name}": kind for name, kind in PUSHES.items()}
    return {name: schema_of(kind) for name, kind in named.items()}


def asyncapi() -> dict[str, Any]:
    """The socket as an AsyncAPI 3.0 document, seen from the server: it receives commands and sends pushes."""
    messages = {name: {"name": name.partition(".")[2], "payload": _inlined(schema)} for name, schema in all_schemas().items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Resaka: the socket",
            "version": SUBPROTOCOL.partition(".")[2],
            "description": f"JSON text frames over WebSocket at /ws/, subprotocol {SUBPROTOCOL}, session cookie. See docs/architecture.md.",
            "license": {"name": "AGPL-3.0-or-later"},
        },
        "defaultContentType": "application/json",
        "channels": {"socket": {"address": "/ws/", "messages": messages}},
        "operations": {
            "command": _operation("receive", "A client asks for something.", [name for name in messages if name.startswith("command.")]),
            "push": _operation(
                "send", "The server answers, or tells what happened.", [name for name in messages if name.startswith("push.")]
            ),
        },
    }


def _operation(action: str, summary: str, names: list[str]) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": f"#/channels/socket/messages/{name}"} for name in names],
    }


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without references into itself, so that it can stand inside another document."""
    definitions = schema.get("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return resolve(definitions[node["$ref"].rpartition("/")[2]])
            return {key: resolve(value) for key, value in node.items() if key not in ("$defs", "$schema")}
        return [resolve(item) for item in node] if isinstance(node, list) else node

    result: dict[str, Any] = resolve({key: value for key, value in schema.items() if key != "$defs"})
    return result


def all_files() -> dict[Path, str]:
    """Every file of the published protocol with its text."""
    files = {FOLDER / f"{name}.json": schema for name, schema in all_schemas().items()}
    files[DOCUMENT] = asyncapi()
    return {path: json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n" for path, data in files.items()}
