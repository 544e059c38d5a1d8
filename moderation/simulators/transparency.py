"""A stand-in of the Commission's Transparency Database: takes statements in batches, whole or not at all, and refuses what the schema does.

    python -m moderation.simulators.transparency 9103 [SCHEMA.json]

Like the real one it drops fields that it does not know without a word. `POST /_behave` with `mode` changes how it answers from then on:
`ok`, `error` (500), `slow` (longer than anybody waits), `limited` (429), `nonsense`, `token` (401), `blind` (422 that names nobody), `lost`
(stores and answers 500), `mute` (200, stores nothing). `GET /_stored` tells what it has.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jsonschema import Draft202012Validator

TOKEN = "test-token-of-resaka"  # noqa: S105  (what a stand-in asks for is no secret)
BATCH = 100
FILE = Path(__file__).parents[1] / "dsa" / "statement-of-reasons.schema.json"
NOT_UNIQUE = "The platform identifier(s) are not all unique within this call."


class Handler(BaseHTTPRequestHandler):
    validator: Draft202012Validator
    fields: frozenset[str]
    mode = "ok"
    calls = 0
    stored: dict[str, dict[str, Any]] = {}

    def do_GET(self) -> None:
        if self.path == "/_stored":
            self.answer(200, {"statements": list(self.stored.values()), "calls": type(self).calls})
        elif self.path.startswith("/api/v1/statement/existing-puid/"):
            self.guarded(lambda: self.find(self.path.rpartition("/")[2]))
        else:
            self.answer(404, {"message": "Not Found"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/_behave":
            self.behave(parse_qs(body.decode()))
        elif self.path == "/api/v1/statements":
            self.guarded(lambda: self.take(body))
        else:
            self.answer(404, {"message": "Not Found"})

    def behave(self, form: dict[str, list[str]]) -> None:
        """Another mode from now on; `forget` empties what was stored, `edit` gives a stored statement other facts."""
        type(self).mode, type(self).calls = form.get("mode", ["ok"])[0], 0
        if "forget" in form:
            self.stored.clear()
        if "edit" in form:
            self.stored[form["edit"][0]]["decision_facts"] = "Something else."
        self.answer(200, {})

    # ---- The interface -----------------------------------------------------------------------------------------------------------
    def guarded(self, deed: Any) -> None:
        """Answer a call of the interface, or fail as the mode says."""
        type(self).calls += 1
        if self.mode == "slow":
            time.sleep(3600)
        if self.mode == "token" or self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.answer(401, {"message": "Unauthenticated."})
        elif self.mode == "error":
            self.answer(500, {"message": "Server Error"})
        elif self.mode == "limited":
            self.answer(429, {"message": "Too Many Attempts."}, retry_after="1200")
        elif self.mode == "nonsense":
            self.answer(201, "<html>")
        elif self.mode == "mute":
            self.answer(200, {"statements": []})
        else:
            self.answer(*deed())

    def find(self, puid: str) -> tuple[int, dict[str, Any]]:
        if puid in self.stored:
            return 302, self.stored[puid]
        return 404, {"message": "statement of reason not found"}

    def take(self, body: bytes) -> tuple[int, dict[str, Any]]:
        try:
            given = json.loads(body).get("statements")
        except (ValueError, AttributeError):
            given = None
        if not isinstance(given, list) or not 1 <= len(given) <= BATCH:
            return 422, {"message": "The statements field must have between 1 and 100 items.", "errors": {"statements": ["between 1,100"]}}
        known = [{name: value for name, value in one.items() if name in self.fields} for one in given]
        faults = {f"statement_{place}": found for place, one in enumerate(known) if (found := self.faults_of(one))}
        if faults:
            return 422, {"message": "The given data was invalid."} if self.mode == "blind" else {"errors": faults}
        return self.store(known)

    def faults_of(self, statement: dict[str, Any]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for error in self.validator.iter_errors(statement):
            found.setdefault(str(error.path[0]) if error.path else "statement", []).append(error.message)
        return found

    def store(self, statements: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        puids = [one["puid"] for one in statements]
        twice = sorted({puid for puid in puids if puids.count(puid) > 1} | (self.stored.keys() & set(puids)))
        if twice:
            return 422, {"message": NOT_UNIQUE, "errors": {"puid": [NOT_UNIQUE], "existing_puids": twice}}
        made = [{**one, "uuid": str(uuid.uuid4())} for one in statements]
        self.stored.update({one["puid"]: one for one in made})
        return (500, {"message": "Server Error"}) if self.mode == "lost" else (201, {"statements": made})

    def answer(self, status: int, data: Any, *, retry_after: str = "") -> None:
        body = data.encode() if isinstance(data, str) else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


def main(port: int, schema: Path) -> None:
    """Answer on this machine alone, until the process ends; the first line it prints is its address."""
    read = json.loads(schema.read_text("utf-8"))
    Handler.validator = Draft202012Validator(read, format_checker=Draft202012Validator.FORMAT_CHECKER)
    Handler.fields = frozenset(read["properties"])
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201  (whoever started it reads the port)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9103, Path(sys.argv[2]) if len(sys.argv) > 2 else FILE)
