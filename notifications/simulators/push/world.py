"""What the stand-in remembers: subscriptions, what came for them, and how it was told to answer."""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from notifications.simulators.push.reading import Device, to_base64url


@dataclass
class Target:
    """One subscription: of a device of our own, or of a browser at a socket (`channel`, `agent`)."""

    token: str
    key: str = ""
    device: Device | None = None
    channel: str = ""
    agent: str = ""
    gone: bool = False


@dataclass
class Message:
    """One push that was taken, waiting for a browser that is away; `topic` replaces an earlier one."""

    target: Target
    topic: str
    frame: dict[str, Any]


@dataclass
class World:
    """One push service from start to end. `mode` says how it answers the next `times` requests (-1: all); `lazy` opens no message, for
    measurements; `elsewhere` counts who followed a redirect."""

    base: str
    targets: dict[str, Target] = field(default_factory=dict)
    received: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[Message] = field(default_factory=list)
    sockets: dict[str, asyncio.Queue[dict[str, Any]]] = field(default_factory=dict)
    mode: str = "201"
    times: int = -1
    lazy: bool = False
    requests: int = 0
    elsewhere: int = 0

    def take_mode(self) -> str:
        """How this request is answered."""
        if self.times == 0:
            return "201"
        if self.times > 0:
            self.times -= 1
        return self.mode

    def add_device(self, key: str) -> dict[str, str]:
        """A device of our own, and what a browser would give the house of it."""
        device = Device(ec.generate_private_key(ec.SECP256R1()), os.urandom(16))
        target = self.add(Target(secrets.token_urlsafe(24), key=key, device=device))
        keys = {"p256dh": to_base64url(device.point), "auth": to_base64url(device.auth)}
        return {"endpoint": self.address_of(target), "token": target.token, **keys}

    def add(self, target: Target) -> Target:
        """Know a subscription from now on."""
        self.targets[target.token] = target
        return target

    def address_of(self, target: Target) -> str:
        """Where the house knocks."""
        return f"{self.base}/wpush/v2/{target.token}"

    def pass_on(self, target: Target, topic: str, frame: dict[str, Any]) -> None:
        """To the browser, or kept for it; of one topic the last alone."""
        queue = self.sockets.get(target.agent)
        if queue is not None:
            queue.put_nowait(frame)
            return
        if topic:
            self.waiting = [one for one in self.waiting if (one.target, one.topic) != (target, topic)]
        self.waiting.append(Message(target, topic, frame))

    def collect(self, agent: str) -> list[dict[str, Any]]:
        """What waited for a browser."""
        mine = [one for one in self.waiting if one.target.agent == agent]
        self.waiting = [one for one in self.waiting if one.target.agent != agent]
        return [one.frame for one in mine]
