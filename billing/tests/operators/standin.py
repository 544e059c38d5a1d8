"""The stand-in of the operators as a test uses it: a program of its own, and the hand that turns its knobs."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from core.hosts import read_host

ROOT = Path(__file__).resolve().parents[3]
MERCHANT = "0340000001"


class Operators:
    """All three of them, in a process that ends with the test."""

    def __init__(self, *, seed: int = 1, options: tuple[str, ...] = ()) -> None:
        command = [sys.executable, "-m", "billing.simulators.operators", "--port", "0", "--seed", str(seed), *options]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        self.place = urlsplit(self.url).netloc

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()

    # ---- Calls ------------------------------------------------------------------------------------------------------------------
    def call(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection(self.place, timeout=20)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.headers.items()}
        finally:
            connection.close()

    def json(self, method: str, path: str, data: object = None, **headers: str) -> tuple[int, Any]:
        status, body, _names = self.call(
            method, path, b"" if data is None else json.dumps(data), Content_Type="application/json", **headers
        )
        return status, json.loads(body) if body else None

    # ---- The hand ---------------------------------------------------------------------------------------------------------------
    def reset(self) -> None:
        assert self.json("POST", "/__sim/reset")[0] == 200

    def turn(self, operator: str, **knobs: Any) -> None:
        status, said = self.json("PUT", "/__sim/knobs", {operator: knobs})
        assert status == 200, said

    def advance(self, seconds: float) -> None:
        assert self.json("POST", "/__sim/clock", {"advance": seconds})[0] == 200

    def deals(self, operator: str) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = self.json("GET", f"/__sim/state?operator={operator}")[1][operator]["deals"]
        return told

    def counts(self, operator: str) -> dict[str, int]:
        told: dict[str, int] = self.json("GET", f"/__sim/state?operator={operator}")[1][operator]["counts"]
        return told

    def deal(self, operator: str) -> dict[str, Any]:
        (only,) = self.deals(operator)
        return only

    def press(self, operator: str, name: str, key: str, data: object = None) -> int:
        return self.json("POST", f"/__sim/{operator}/{name}/{key}", data)[0]

    def statement(self, operator: str, day: str) -> str:
        return self.call("GET", f"/__sim/{operator}/statement?{urlencode({'day': day})}")[1].decode()


def point_at(settings: Any, url: str) -> None:
    """Let the house take the stand-in for all three operators."""
    settings.OUTBOUND_HOSTS = [read_host(urlsplit(url).netloc)]
    settings.MVOLA_URL = settings.ORANGE_URL = settings.AIRTEL_URL = url
    settings.MVOLA_KEY, settings.MVOLA_SECRET = "mvola-key", "mvola-secret"
    settings.MVOLA_MSISDN, settings.MVOLA_PARTNER = MERCHANT, "Resaka"
    settings.ORANGE_BASIC, settings.ORANGE_MERCHANT_KEY = "b3JhbmdlLWNsaWVudDpvcmFuZ2Utc2VjcmV0", "orange-merchant"
    settings.ORANGE_PLACE, settings.ORANGE_SHOP = "mg", "Resaka"
    settings.AIRTEL_CLIENT, settings.AIRTEL_SECRET = "airtel-client", "airtel-secret"
    settings.AIRTEL_CALLBACK_SECRET, settings.AIRTEL_SIGNING = "", False


def wait_until(what: Callable[[], bool], *, seconds: float = 10.0, every: float = 0.01) -> None:
    """The stand-in acts in its own time; a test that waits in vain fails."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come"
        time.sleep(every)
