"""Telling the house: signed webhooks, again for three days when it does not listen, and every way in which that goes wrong."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.client
import json
import secrets
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from billing.simulators.stripe.clock import HOUR
from billing.simulators.stripe.errors import bad
from billing.simulators.stripe.forms import Form
from billing.simulators.stripe.world import VERSION, Obj, World

# How long after each failure the next try comes: three days in all.
RETRIES = (HOUR, 2 * HOUR, 5 * HOUR, 10 * HOUR, 12 * HOUR, 18 * HOUR, 24 * HOUR)
WRONG_VERSION = "2024-06-20"
_SECONDS = 10.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(slots=True)
class Delivery:
    """One event on its way to one endpoint."""

    event: Obj
    endpoint: Obj
    attempt: int = 0
    answers: list[int] = field(default_factory=list)  # what was answered, 0 for nothing


class Postman:
    """Carries events to the endpoints. How it behaves is set by the control pages."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.waiting: list[Delivery] = []
        self.done: list[Delivery] = []
        self.behave({})
        self._turn = asyncio.Lock()
        world.listeners.append(self.take)

    def behave(self, given: Obj) -> None:
        """Another behaviour from now on; what is not named is as it should be.

        Raises:
            ApiError: a word that is none.
        """
        known: Obj = {
            "hold": False,
            "duplicate": 1,
            "shuffle": False,
            "drop": False,
            "wrong_version": False,
            "bad_signature": False,
            "skew": 0,
        }
        for name in given:
            if name not in known:
                raise bad(name, f"Unknown behaviour of webhooks: {name}")
        self.mode = known | given

    def take(self, event: Obj) -> None:
        """An event has happened."""
        if self.mode["drop"]:
            return
        for endpoint in self.world.all("webhook_endpoint", status="enabled"):
            if {"*", event["type"]} & set(endpoint["enabled_events"]):
                self.waiting.extend(Delivery(event, endpoint) for _copy in range(int(self.mode["duplicate"])))

    def pull(self) -> list[Delivery]:
        """What waits, in the order in which it goes out."""
        batch, self.waiting = self.waiting, []
        if self.mode["shuffle"]:
            self.world.random.shuffle(batch)
        return batch

    async def flush(self, *, even_held: bool = False) -> None:
        """Carry what waits, unless it is held."""
        async with self._turn:
            while self.waiting and (even_held or not self.mode["hold"]):
                for delivery in self.pull():
                    await self._carry(delivery)

    async def _carry(self, delivery: Delivery) -> None:
        status = await asyncio.to_thread(self._post, delivery)
        delivery.answers.append(status)
        if 200 <= status < 300:
            self.done.append(delivery)
        elif delivery.attempt < len(RETRIES):
            clock = self.world.clock
            clock.plan(clock.now() + RETRIES[delivery.attempt], partial(self._again, delivery))
            delivery.attempt += 1
        else:
            self.done.append(delivery)

    def _again(self, delivery: Delivery) -> None:
        self.waiting.append(delivery)

    def _post(self, delivery: Delivery) -> int:
        letter = self.sign(delivery)
        place = urlsplit(delivery.endpoint["url"])
        connection = http.client.HTTPConnection(place.hostname or "", place.port or 80, timeout=_SECONDS)
        try:
            connection.request("POST", place.path or "/", letter["body"].encode(), letter["headers"])
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def sign(self, delivery: Delivery) -> Obj:
        """The body and headers of a delivery, signed now: the receiver lives by the wall's clock, whatever this world's says."""
        shown = self.world.show(delivery.event)
        if self.mode["wrong_version"]:
            shown["api_version"] = WRONG_VERSION
        body = json.dumps(shown, indent=2)
        moment = int(time.time()) + int(self.mode["skew"])
        secret = "whsec_of_somebody_else" if self.mode["bad_signature"] else delivery.endpoint["_secret"]
        mark = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": f"t={moment},v1={mark}"}
        return {"url": delivery.endpoint["url"], "headers": headers, "body": body, "type": delivery.event["type"]}


# ---- The calls about endpoints -------------------------------------------------------------------------------------------------------
def make_endpoint(world: World, form: Form) -> Obj:
    """POST /v1/webhook_endpoints. The answer alone holds the secret.

    Raises:
        ApiError: an address that is not on this machine, a version that this world does not speak.
    """
    url = form.need("url")
    if urlsplit(url).hostname not in _LOOPBACK:
        raise bad("url", "A stand-in speaks to its own machine alone.", code="url_invalid")
    if (form.text("api_version") or VERSION) != VERSION:
        raise bad("api_version", f"This stand-in speaks {VERSION}.")
    secret = f"whsec_{secrets.token_hex(16)}"
    made = world.make(
        "webhook_endpoint",
        api_version=form.text("api_version"),
        description=form.text("description"),
        enabled_events=form.words("enabled_events"),
        metadata=dict(form.tree("metadata")),
        status="enabled",
        url=url,
        _secret=secret,
    )
    return {**made, "secret": secret}


def update_endpoint(world: World, endpoint: Obj, form: Form) -> Obj:
    """POST /v1/webhook_endpoints/{id}."""
    del world
    if "enabled_events" in form:
        endpoint["enabled_events"] = form.words("enabled_events")
    if "disabled" in form:
        endpoint["status"] = "disabled" if form.flag("disabled") else "enabled"
    return endpoint


def settle_secret(world: World, endpoint: str, secret: str) -> None:
    """Let an endpoint have a secret that the house knows already: in the demo nobody copies it by hand."""
    found: dict[str, Any] = world.get("webhook_endpoint", endpoint)
    found["_secret"] = secret


def register(world: World, url: str, secret: str) -> None:
    """Tell everything to an address, signed with a secret that it knows."""
    made = make_endpoint(world, Form(url=url, enabled_events=["*"]))
    settle_secret(world, made["id"], secret)
