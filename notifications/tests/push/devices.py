"""A push service on this machine, and people whose devices it tells."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import LoginSession, User
from accounts.services.sessions import record_login
from core.sessions import SessionStore
from notifications.models import PushSubscription
from notifications.services.offers import Offer, read_offer
from notifications.services.subscriptions import keep_subscription
from notifications.transports.vapid import current_key

ROOT = Path(__file__).resolve().parents[3]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
NEVER = datetime(2100, 1, 1, tzinfo=UTC)


class Program:
    """A stand-in as a process of its own, and its controls."""

    def __init__(self, name: str) -> None:
        command = [sys.executable, "-m", f"notifications.simulators.{name}", "--port", "0"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.base = self._process.stdout.readline().strip()
        assert self.base.startswith("http://127.0.0.1:")

    @property
    def entry(self) -> str:
        """How a list of hosts names it."""
        return self.base.removeprefix("http://")

    def ask(self, method: str, path: str = "", data: Any = None) -> Any:
        """A word to its controls."""
        body = json.dumps(data).encode() if data is not None else None
        request = urllib.request.Request(f"{self.base}/__fake/{path}", data=body, method=method)  # noqa: S310  (our own program)
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def behave(self, mode: str, times: int = -1, **more: object) -> None:
        """Answer like this from now on, or for some times."""
        self.ask("PUT", data={"mode": mode, "times": times, **more})

    def forget(self) -> None:
        """Begin anew."""
        self.ask("PUT", data={"forget": True})

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(5)
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass(frozen=True)
class Push:
    """What came for a device."""

    token: str
    status: int
    topic: str
    urgency: str
    ttl: int
    length: int
    said: dict[str, Any]


class PushService(Program):
    """The stand-in of a push service."""

    def __init__(self) -> None:
        super().__init__("push")

    def add(self, count: int = 1, key: str = "") -> list[dict[str, str]]:
        """New devices, as their browsers would describe them."""
        found: list[dict[str, str]] = self.ask("POST", "subscriptions", {"count": count, "key": key})["subscriptions"]
        return found

    @property
    def taken(self) -> list[Push]:
        """What was accepted, opened."""
        return [
            Push(one["token"], 201, one["topic"], one["urgency"], int(one["ttl"]), one["length"], json.loads(one["text"] or "{}"))
            for one in self.ask("GET")["received"]
            if one["status"] == 201
        ]

    @property
    def refused(self) -> list[tuple[int, str]]:
        """What was not, and why."""
        return [(one["status"], one["why"]) for one in self.ask("GET")["received"] if one["status"] != 201]

    @property
    def requests(self) -> int:
        return int(self.ask("GET")["requests"])


def sign_in(user: User, agent: str = FIREFOX) -> LoginSession:
    """A log-in of somebody, whose session does not end by itself."""
    store = SessionStore()
    store["here"] = True
    store.create()
    Session.objects.filter(session_key=store.session_key).update(expire_date=NEVER)
    record_login(user=user, session_key=store.session_key or "", user_agent=agent, now=timezone.now())
    return LoginSession.objects.get(session_key=store.session_key)


def describe(made: dict[str, str], **changes: str) -> dict[str, str]:
    """What a page sends of a subscription."""
    key = current_key()
    assert key is not None
    fields = {"transport": "WEB_PUSH", "key": key.public, **{name: made[name] for name in ("endpoint", "p256dh", "auth")}}
    return {**fields, **changes}


def offer_of(made: dict[str, str], **changes: str) -> Offer:
    return read_offer(json.dumps(describe(made, **changes)).encode())


def add_device(user: User, service: PushService, login: LoginSession | None = None) -> PushSubscription:
    """A device of somebody that is told."""
    key, login = current_key(), login or sign_in(user)
    assert key is not None
    offer = offer_of(service.add(key=key.public)[0])
    assert keep_subscription(user=user, session_key=login.session_key, offer=offer, now=timezone.now())
    return PushSubscription.objects.select_related("login", "user").get(endpoint_sha256=offer.digest)
