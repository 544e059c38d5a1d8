"""The examples of docs/headless.md, run in their order by an application that knows nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.tests.doors import code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("texts", "places")]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "headless.md"
_PAIR = re.compile(r"```http\n(GET|POST|DELETE) (\S+)\n(?:\n(.*?)\n)?```\n.*?```json\n(.*?)\n```", re.DOTALL)
_HOLE = re.compile(r"^\{\{(.*)\}\}$")


class Application:
    """Keeps the token it was given last, and what an answer named."""

    def __init__(self) -> None:
        self.client = Client()
        self.known: dict[str, str] = {}

    def send(self, method: str, path: str, body: str) -> dict[str, Any]:
        headers = {"X-Session-Token": self.known["session_token"]} if self.known.get("session_token") else {}
        body = re.sub(r"\{\{(.*?)\}\}", lambda hole: self.read(hole.group(1)), body)
        answer = self.client.generic(method, path, body, content_type="application/json", headers=headers)
        said: dict[str, Any] = answer.json()
        if method == "DELETE" and path.endswith("/session"):
            del self.known["session_token"]  # it is over
        assert said["status"] == answer.status_code
        self.known["session_token"] = said.get("meta", {}).get("session_token", self.known.get("session_token", ""))
        return said

    def read(self, hole: str) -> str:
        """What the person reads in their mail or on their phone."""
        if hole == "code of the mail":
            found = re.search(r"^[A-Z0-9]{3}-[A-Z0-9]{3}$", str(mail.outbox[-1].body), re.MULTILINE)
            assert found, mail.outbox[-1].body
            return found.group()
        assert hole == "code of the application"
        return code_of(self.known["secret"])

    def holds(self, expected: Any, said: Any) -> bool:
        """Whether the answer says at least this; a hole takes what stands there."""
        if isinstance(expected, dict):
            return isinstance(said, dict) and all(key in said and self.holds(value, said[key]) for key, value in expected.items())
        if isinstance(expected, list):
            return all(any(self.holds(one, other) for other in said) for one in expected)
        hole = _HOLE.match(expected) if isinstance(expected, str) else None
        if hole:
            self.known[hole.group(1)] = said
            return bool(said)
        return bool(expected == said)


def test_the_examples_are_true() -> None:
    examples = _PAIR.findall(PAGE.read_text("utf-8"))
    assert len(examples) == PAGE.read_text("utf-8").count("```http") == 13
    application = Application()
    for method, path, body, expected in examples:
        said = application.send(method, path, body)
        assert application.holds(json.loads(expected), said), (method, path, said)
