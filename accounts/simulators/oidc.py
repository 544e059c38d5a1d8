"""A stand-in of an OpenID provider: discovery, a page on which one chooses who one is, tokens and userinfo.

    python -m accounts.simulators.oidc 9102

`POST /_behave` with `mode` changes how it answers from then on: `ok`, `error` (500), `slow` (15 s), `nonsense`, and for the tokens
`nonce`, `audience`, `issuer`, `expired`, `subject`, each of which is wrong then.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from accounts.simulators.speaking import Speaker, serve

CLIENT, SECRET = "resaka", "resaka-secret"
# What the account says of its age, and whether in the token or at the userinfo endpoint.
PEOPLE: dict[str, tuple[dict[str, Any], bool]] = {
    "adult": ({"age_over_18": True}, True),
    "adult-by-birthdate": ({"birthdate": "1990-05-17"}, True),
    "adult-by-userinfo": ({"birthdate": "1990"}, False),
    "minor": ({"age_over_18": False}, True),
    "minor-by-birthdate": ({"birthdate": "2015-05-17"}, True),
    "silent": ({}, True),
    "yearless": ({"birthdate": "0000-05-17"}, True),
}


class Handler(Speaker):
    codes: dict[str, tuple[dict[str, str], str]] = {}
    tokens: dict[str, str] = {}

    @property
    def issuer(self) -> str:
        return f"http://{self.headers['Host']}"

    def get(self) -> None:
        path = urlsplit(self.path).path
        if path == "/authorize":
            self.offer("who", [*PEOPLE, "refuse"])
        else:
            self.api(self.userinfo if path == "/userinfo" else self.discover)

    def post(self) -> None:
        form, path = self.read_form(), urlsplit(self.path).path
        if path == "/_behave":
            self.behave(form["mode"])
        elif path == "/authorize":
            self.choose(self.read_query(), form.get("who", ""))
        else:
            self.api(lambda: self.token(form))

    # ---- The interface -----------------------------------------------------------------------------------------------------------
    def discover(self) -> tuple[int, dict[str, Any]]:
        places = {name: f"{self.issuer}/{path}" for name, path in (("authorization_endpoint", "authorize"), ("token_endpoint", "token"))}
        return 200, {"issuer": self.issuer, **places, "userinfo_endpoint": f"{self.issuer}/userinfo"}

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode():
            return 401, {"error": "invalid_client"}
        asked, who = self.codes.pop(form.get("code", ""), ({}, ""))
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if not asked or asked.get("redirect_uri") != form.get("redirect_uri") or asked.get("code_challenge") != proof:
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        self.tokens[access] = who
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": self.sign(asked, who)}

    def sign(self, asked: dict[str, str], who: str) -> str:
        said, in_token = PEOPLE[who]
        now, mode = int(time.time()), self.mode
        claims = {
            "iss": "https://elsewhere.example" if mode == "issuer" else self.issuer,
            "sub": f"sub-{who}",
            "aud": "another" if mode == "audience" else CLIENT,
            "iat": now - 7200 if mode == "expired" else now,
            "exp": now - 3600 if mode == "expired" else now + 300,
            "nonce": "another" if mode == "nonce" else asked.get("nonce", ""),
            **(said if in_token else {}),
        }
        parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
        return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, secrets.token_bytes(256)))

    def userinfo(self) -> tuple[int, dict[str, Any]]:
        who = self.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if who is None:
            return 401, {"error": "invalid_token"}
        return 200, {"sub": "sub-another" if self.mode == "subject" else f"sub-{who}", **PEOPLE[who][0]}

    # ---- The person's page -------------------------------------------------------------------------------------------------------
    def choose(self, asked: dict[str, str], who: str) -> None:
        good = asked.get("client_id") == CLIENT and asked.get("response_type") == "code" and asked.get("code_challenge_method") == "S256"
        if not good or "openid" not in asked.get("scope", "").split():
            self.answer(400, {"error": "invalid_request"})
            return
        back = {"state": asked.get("state", ""), "iss": self.issuer}
        if who in PEOPLE:
            code = secrets.token_urlsafe(16)
            self.codes[code] = (asked, who)
            back["code"] = code
        else:
            back["error"] = "access_denied"
        self.redirect(f"{asked['redirect_uri']}?{urlencode(back)}")


if __name__ == "__main__":
    serve(Handler, int(sys.argv[1]) if len(sys.argv) > 1 else 9102)
