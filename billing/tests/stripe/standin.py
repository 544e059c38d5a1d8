"""The stand-in of Stripe as a test has it: a program that runs, the hands of a payer before its pages, and Stripe's own package."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import stripe

from billing.tests.stripe.document import VERSION

ROOT = Path(__file__).resolve().parents[3]
KEY = "sk_test_resaka"
OK, DECLINED, POOR, FAILS_LATER = "4242424242424242", "4000000000000002", "4000000000009995", "4000000000000341"
ASKS_ONCE, ASKS_ALWAYS, DISPUTED, SUSPECTED = "4000002500003155", "4000002760003184", "4000000000000259", "4000000000005423"
DAY, HOUR = 86_400, 3_600


@dataclass(frozen=True)
class Seen:
    """What a browser got."""

    status: int
    place: str
    text: str


class Plain(stripe.HTTPClient):
    """Stripe's package over the library's own HTTP: no proxy, no second try."""

    name = "http.client"

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, *, _usage: list[str] | None = None
    ) -> tuple[str, int, Mapping[str, str]]:
        place = urlsplit(url)
        connection = http.client.HTTPConnection(place.netloc, timeout=20)
        try:
            connection.request(method.upper(), f"{place.path}?{place.query}", post_data or None, dict(headers or {}))
            answer = connection.getresponse()
            said = {name.lower(): value for name, value in answer.getheaders()}
            return answer.read().decode(), answer.status, said
        except (OSError, http.client.HTTPException) as error:
            raise stripe.APIConnectionError(str(error)) from error  # type: ignore[no-untyped-call]
        finally:
            connection.close()

    def close(self) -> None:
        """Nothing is kept open."""


class StandIn:
    """A stand-in that runs."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sdk = stripe.StripeClient(
            KEY, stripe_version=VERSION, base_addresses={"api": url}, max_network_retries=0, http_client=Plain()
        ).v1

    # ---- Controls ------------------------------------------------------------------------------------------------------------
    def control(self, path: str, **given: Any) -> Any:
        """POST to /__fake/."""
        return self._say("POST", f"/__fake/{path}", given)

    def look(self, path: str) -> Any:
        """GET of /__fake/."""
        return self._say("GET", f"/__fake/{path}", None)

    def advance(self, seconds: int) -> int:
        """Move the clock; what was due has happened when this returns."""
        return int(self.control("clock", advance=seconds)["now"])

    def now(self) -> int:
        """Its time."""
        return int(self.look("clock")["now"])

    def letters(self) -> list[dict[str, Any]]:
        """The webhooks that are held, signed now."""
        found: list[dict[str, Any]] = self.control("webhooks/take")["letters"]
        return found

    def kinds(self) -> list[str]:
        """The kinds of all events so far, in order."""
        return [event["type"] for event in self.look("traffic")["events"]]

    def _say(self, method: str, path: str, given: Any) -> Any:
        status, _headers, body = self.raw(method, path, json.dumps(given) if given is not None else None)
        assert status == 200, body
        return json.loads(body)

    def raw(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, Any, str]:
        """Anything at all."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    # ---- The payer's hands -----------------------------------------------------------------------------------------------------
    def visit(self, link: str) -> Seen:
        """Open a page."""
        status, headers, text = self.raw("GET", self._path(link))
        return Seen(status, headers["Location"] or "", text)

    def press(self, link: str, do: str, **fields: str) -> Seen:
        """Send a form of a page."""
        body = urlencode({**fields, "do": do})
        status, headers, text = self.raw("POST", self._path(link), body, {"Content-Type": "application/x-www-form-urlencoded"})
        return Seen(status, headers["Location"] or "", text)

    def pay(self, link: str, card: str = OK) -> Seen:
        """Pay on a Checkout page or a hosted invoice, and say yes to the bank if it asks."""
        seen = self.press(link, "pay", card=card)
        return self.press(seen.place, "complete") if seen.place.startswith("/3ds/") else seen

    def _path(self, link: str) -> str:
        place = urlsplit(link)
        return place.path


def start() -> tuple[subprocess.Popen[str], StandIn]:
    """A stand-in on a port of its own."""
    command = [sys.executable, "-m", "billing.simulators.stripe", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, StandIn(process.stdout.readline().strip())


def end(process: subprocess.Popen[str]) -> None:
    """Stop it."""
    process.kill()
    process.communicate()
