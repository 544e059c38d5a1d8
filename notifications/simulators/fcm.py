"""A stand-in of Google's tokens and of FCM HTTP v1, for one service account whose key it makes itself.

    bin/simulate fcm --port 8480

`GET /__fake/` tells the service account (what RESAKA_FCM_ACCOUNT holds), the messages that came, and how many tokens were asked for.
`PUT /__fake/` with `mode` changes how FCM answers: `ok`, an error code of its reference (UNREGISTERED, INVALID_ARGUMENT, BAD_TOKEN,
SENDER_ID_MISMATCH, QUOTA_EXCEEDED, UNAVAILABLE, INTERNAL, THIRD_PARTY_AUTH_ERROR), `nonsense`; with `door` how the tokens are given: `ok`,
`refused` (400), `error` (500), `nonsense`.
"""

from __future__ import annotations

import argparse
import base64
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PROJECT, EMAIL = "resaka-standin", "push@resaka-standin.iam.gserviceaccount.com"
_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_RESERVED = ("from", "message_type", "collapse_key")
_STATUS = {
    "UNREGISTERED": (404, "NOT_FOUND"),
    "INVALID_ARGUMENT": (400, "INVALID_ARGUMENT"),
    "BAD_TOKEN": (400, "INVALID_ARGUMENT"),
    "SENDER_ID_MISMATCH": (403, "PERMISSION_DENIED"),
    "QUOTA_EXCEEDED": (429, "RESOURCE_EXHAUSTED"),
    "UNAVAILABLE": (503, "UNAVAILABLE"),
    "INTERNAL": (500, "INTERNAL"),
    "THIRD_PARTY_AUTH_ERROR": (401, "UNAUTHENTICATED"),
}


def _error(code: str) -> tuple[int, dict[str, Any]]:
    status, name = _STATUS[code]
    details: list[dict[str, Any]] = [
        {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "INVALID_ARGUMENT" if code == "BAD_TOKEN" else code}
    ]
    if code == "BAD_TOKEN":
        field = {"field": "message.token", "description": "Invalid registration token"}
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [field]})
    return status, {"error": {"code": status, "message": code, "status": name, "details": details}}


class Handler(BaseHTTPRequestHandler):
    mode = door = "ok"
    base = ""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    tokens: set[str] = set()
    asked = 0
    messages: list[dict[str, Any]] = []

    def do_GET(self) -> None:
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        account = {"project_id": PROJECT, "client_email": EMAIL, "private_key": pem, "token_uri": f"{self.base}/token"}
        self._say(200, {"account": account, "messages": self.messages, "asked": type(self).asked})

    def do_PUT(self) -> None:
        said, kind = json.loads(self._read() or b"{}"), type(self)
        kind.mode, kind.door = str(said.get("mode", "ok")), str(said.get("door", "ok"))
        if said.get("forget"):
            self.messages.clear()
            self.tokens.clear()
            kind.asked = 0
        self._say(200, {})

    def do_POST(self) -> None:
        body = self._read()
        if self.path == "/token":
            self._say(*self._give_token(body))
        elif self.path == f"/v1/projects/{PROJECT}/messages:send":
            self._say(*self._take(body))
        else:
            self._say(404, {})

    # ---- Google's tokens ---------------------------------------------------------------------------------------------------------
    def _give_token(self, body: bytes) -> tuple[int, dict[str, Any]]:
        type(self).asked += 1
        if self.door == "error":
            return 500, {}
        if self.door == "nonsense":
            return 200, {"access_token": 7}
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if self.door == "refused" or not self._is_ours(form.get("assertion", "")):
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def _is_ours(self, assertion: str) -> bool:
        try:
            head, claims, signature = assertion.split(".")
            self.key.public_key().verify(_bytes(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
            said = json.loads(_bytes(claims))
        except (ValueError, InvalidSignature):
            return False
        right = (said["iss"], said["scope"], said["aud"]) == (EMAIL, _SCOPE, f"{self.base}/token")
        return right and said["iat"] <= time.time() + 60 < said["exp"] <= said["iat"] + 3600

    # ---- FCM ---------------------------------------------------------------------------------------------------------------------
    def _take(self, body: bytes) -> tuple[int, dict[str, Any]]:
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}}
        if self.mode == "nonsense":
            return 400, {"error": {"details": "none"}}
        if self.mode != "ok":
            return _error(self.mode)
        message = json.loads(body)["message"]
        data = message.get("data", {})
        wrong = [name for name in data if name in _RESERVED or name.startswith(("google", "gcm"))]
        if wrong or not all(isinstance(value, str) for value in data.values()) or len(body) > 4096 or not message.get("token"):
            return _error("INVALID_ARGUMENT")
        self.messages.append(message)
        return 200, {"name": f"projects/{PROJECT}/messages/{len(self.messages)}"}

    def _read(self) -> bytes:
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 65_536))

    def _say(self, status: int, data: dict[str, Any]) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status in {429, 503}:
            self.send_header("Retry-After", "9")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def main() -> None:
    """Answer on this machine alone, until the process ends; the first line it prints is its address."""
    options = argparse.ArgumentParser(prog="fcm")
    options.add_argument("--port", type=int, default=8480, help="0: any that is free")
    server = ThreadingHTTPServer(("127.0.0.1", options.parse_args().port), Handler)
    Handler.base = f"http://127.0.0.1:{server.server_address[1]}"
    print(Handler.base, flush=True)  # noqa: T201  (whoever started it reads the port)
    server.serve_forever()


if __name__ == "__main__":
    main()
