"""A stand-in of VIES, the register of VAT numbers: knows the numbers below, and answers as it is told.

    bin/simulate vies --port 8460

`PUT /__fake/` with `mode` changes how it answers: `ok`, `unavailable` (the member state does not answer, with status 200 as the real one),
`busy` (too many at once), `error` (500), `slow` (12 s), `other` (an answer about another number), `nonsense`. `GET /__fake/` tells what was
asked.
"""

from __future__ import annotations

import argparse
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Numbers whose own digits agree: of companies that exist on paper alone.
KNOWN = {"DE136695976", "FR40303265045", "BE0428759497", "EL094259216", "IT00743110157"}
_ERRORS = {"unavailable": "MS_UNAVAILABLE", "busy": "MS_MAX_CONCURRENT_REQ"}


class Handler(BaseHTTPRequestHandler):
    mode = "ok"
    asked: list[dict[str, Any]] = []

    def do_GET(self) -> None:
        self._say(200, {"asked": self.asked, "mode": self.mode})

    def do_PUT(self) -> None:
        type(self).mode = str(self._read().get("mode", "ok"))
        self.asked.clear()
        self._say(200, {})

    def do_POST(self) -> None:
        body = self._read()
        self.asked.append(body)
        if self.mode == "slow":
            time.sleep(12)
        if self.mode == "error":
            self._say(500, {})
        elif self.mode == "nonsense":
            self._say(200, {"hello": "world"})
        elif self.mode in _ERRORS:
            self._say(200, {"actionSucceed": False, "errorWrappers": [{"error": _ERRORS[self.mode]}]})
        else:
            self._answer(body)

    def _answer(self, body: dict[str, Any]) -> None:
        country, number = str(body.get("countryCode", "")), str(body.get("vatNumber", ""))
        if not country or not number.isalnum():
            self._say(400, {"actionSucceed": False, "errorWrappers": [{"error": "INVALID_INPUT"}]})
            return
        valid = f"{country}{number}" in KNOWN
        named = valid and "requesterMemberStateCode" in body
        self._say(
            200,
            {
                "countryCode": country,
                "vatNumber": "000" if self.mode == "other" else number,
                "requestDate": "2026-11-26T12:00:00.000Z",
                "valid": valid,
                "requestIdentifier": f"WAPIAAA{len(self.asked):04}" if named else "",
                "name": "---",
                "address": "---",
            },
        )

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 65_536)))
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _say(self, status: int, data: dict[str, Any]) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


def main() -> None:
    """Answer on this machine alone, until the process ends; the first line it prints is its address."""
    options = argparse.ArgumentParser(prog="vies")
    options.add_argument("--port", type=int, default=8460, help="0: any that is free")
    server = ThreadingHTTPServer(("127.0.0.1", options.parse_args().port), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201  (whoever started it reads the port)
    server.serve_forever()


if __name__ == "__main__":
    main()
