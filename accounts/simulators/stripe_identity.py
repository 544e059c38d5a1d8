"""A stand-in of Stripe Identity: VerificationSessions over its interface, and a page on which one chooses what becomes of them.

    python -m accounts.simulators.stripe_identity 9101

`POST /_behave` with `mode` changes how it answers from then on: `ok`, `error` (500), `slow` (15 s), `nonsense`, `limited` (429).
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from accounts.simulators.speaking import Speaker, serve

KEY = "rk_test_resaka"
UNRESTRICTED_KEY = "sk_test_resaka"  # may not read a day of birth
SESSIONS = "/v1/identity/verification_sessions"
BIRTH = {"adult": (1990, 5, 17), "minor": (2015, 5, 17)}


class Handler(Speaker):
    sessions: dict[str, dict[str, Any]] = {}
    keys: dict[str, str] = {}

    def get(self) -> None:
        place = urlsplit(self.path)
        name = place.path.rpartition("/")[2]
        if place.path.startswith("/verify/"):
            self.offer("outcome", [*BIRTH, "failed", "processing", "canceled", "left"])
        else:
            self.api(lambda: self.authorized(lambda: self.retrieve(name, parse_qs(place.query))))

    def post(self) -> None:
        form, path = self.read_form(), urlsplit(self.path).path
        if path == "/_behave":
            self.behave(form["mode"])
        elif path.startswith("/verify/"):
            self.choose(path.rpartition("/")[2], form.get("outcome", ""))
        elif path == SESSIONS:
            self.api(lambda: self.authorized(lambda: self.create(form)))
        else:
            self.api(lambda: self.authorized(lambda: self.redact(path.split("/")[-2])))

    # ---- The interface -----------------------------------------------------------------------------------------------------------
    def authorized(self, deed: Callable[[], tuple[int, dict[str, Any]]]) -> tuple[int, dict[str, Any]]:
        if self.headers.get("Authorization") in {f"Bearer {KEY}", f"Bearer {UNRESTRICTED_KEY}"}:
            return deed()
        return 401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}

    def create(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if form.get("type") != "document" or not form.get("return_url"):
            return 400, {"error": {"type": "invalid_request_error", "param": "type"}}
        key = self.headers.get("Idempotency-Key", "")
        name = self.keys.setdefault(key, f"vs_{secrets.token_hex(12)}") if key else f"vs_{secrets.token_hex(12)}"
        host = self.headers["Host"]
        made = {"id": name, "object": "identity.verification_session", "status": "requires_input", "last_error": None, "type": "document"}
        self.sessions.setdefault(name, {**made, "url": f"http://{host}/verify/{name}", "_return": form["return_url"]})
        return 200, public(self.sessions[name])

    def retrieve(self, name: str, query: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        found = self.sessions.get(name)
        if found is None:
            return 404, {"error": {"type": "invalid_request_error", "code": "resource_missing"}}
        restricted = self.headers["Authorization"] == f"Bearer {KEY}"
        said = public(found)
        if found["status"] == "verified" and "verified_outputs.dob" in query.get("expand[]", []) and restricted and "_birth" in found:
            year, month, day = found["_birth"]
            said["verified_outputs"] = {"dob": {"year": year, "month": month, "day": day}, "first_name": "Ny", "last_name": "Olona"}
        return 200, said

    def redact(self, name: str) -> tuple[int, dict[str, Any]]:
        found = self.sessions.get(name)
        if found is None or found["status"] == "processing":
            return 400, {"error": {"type": "invalid_request_error"}}
        found.pop("_birth", None)
        found["redaction"] = {"status": "processing"}
        return 200, public(found)

    # ---- The person's page -------------------------------------------------------------------------------------------------------
    def choose(self, name: str, outcome: str) -> None:
        found = self.sessions.get(name)
        if found is None:
            self.answer(404, {})
            return
        if outcome in BIRTH:
            found |= {"status": "verified", "_birth": BIRTH[outcome]}
        elif outcome == "failed":
            found |= {"status": "requires_input", "last_error": {"code": "document_unverified_other"}}
        elif outcome in {"processing", "canceled"}:
            found["status"] = outcome
        self.redirect(found["_return"])


def public(session: dict[str, Any]) -> dict[str, Any]:
    """What the interface shows of a session."""
    return {name: value for name, value in session.items() if not name.startswith("_")}


if __name__ == "__main__":
    serve(Handler, int(sys.argv[1]) if len(sys.argv) > 1 else 9101)
