"""The stand-ins of outside services that the embedded demo starts beside itself: programs of their own on this machine, which end with
it. `bin/run` names them by the addresses of the providers and the hosts of push services (bin/standins); none is used in the server shape.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import subprocess
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from core import http

logger = logging.getLogger("resaka.standins")

# The settings that hold the address of a provider, and the stand-in that may be there.
_PLACES = (
    ("STRIPE_URL", "stripe"),
    ("PAYPAL_URL", "paypal"),
    ("MVOLA_URL", "operators"),
    ("ORANGE_URL", "operators"),
    ("AIRTEL_URL", "operators"),
    ("VIES_URL", "vies"),
)
_END_SECONDS = 5


@dataclass(frozen=True, slots=True)
class StandIn:
    """One program and the port on which it answers."""

    name: str
    port: int
    owner: str = "billing"

    @property
    def address(self) -> str:
        """Where people and we find it."""
        return f"http://127.0.0.1:{self.port}"


def list_wanted() -> list[StandIn]:
    """The stand-ins that the settings name: providers whose address is a port of this machine, and a push service on one."""
    places = [(name, urlsplit(getattr(settings, setting))) for setting, name in _PLACES]
    found = [StandIn(name, place.port) for name, place in places if place.hostname == "127.0.0.1" and place.port]
    found += [StandIn("push", host.port, "notifications") for host in settings.PUSH_HOSTS if host.name == "127.0.0.1" and host.has_port]
    return list(dict.fromkeys(found))


class StandIns:
    """Those of this process: `with StandIns(): serve`."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[str]] = []

    def __enter__(self) -> StandIns:
        wanted = list_wanted() if settings.STANDINS else []
        for one in wanted:
            if _is_taken(one.port):
                logger.warning("port is taken, so it is used as it is", extra={"fields": {"standin": one.name, "port": one.port}})
            else:
                self._start(one)
        if wanted:
            sys.stdout.write(_banner(wanted))
            sys.stdout.flush()
        return self

    def __exit__(self, *_error: object) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_SECONDS)
            if process.poll() is None:
                process.kill()
            if process.stdout is not None:
                process.stdout.close()

    def _start(self, one: StandIn) -> None:
        process = subprocess.Popen(  # noqa: S603  (our own programs)
            [sys.executable, "-m", f"{one.owner}.simulators.{one.name}", "--port", str(one.port), *_arguments(one)],
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self._running.append(process)
        assert process.stdout is not None
        if not process.stdout.readline().startswith("http"):  # it prints its address when it answers
            logger.error("a stand-in did not start", extra={"fields": {"standin": one.name, "port": one.port}})
        elif one.name == "stripe":
            _tell_stripe_where_to_knock(one)


def _arguments(one: StandIn) -> list[str]:
    if one.name == "operators":
        return ["--by-hand", "--knobs", json.dumps({"airtel": {"callback_url": f"{settings.ORIGIN}/webhooks/airtel/"}})]
    return ["--webhook", f"{settings.ORIGIN}/webhooks/paypal/"] if one.name == "paypal" else []


def _tell_stripe_where_to_knock(one: StandIn) -> None:
    """Its memory begins anew with each start, so the endpoint is made anew, with the secret that we have."""
    headers = {"Authorization": f"Bearer {settings.STRIPE_KEY}"}
    form = {"url": f"{settings.ORIGIN}/webhooks/stripe/", "enabled_events[0]": "*"}
    try:
        made = http.call("POST", f"{one.address}/v1/webhook_endpoints", headers=headers, form=form).read_object()
        told = {"endpoint": made.get("id"), "secret": settings.STRIPE_WEBHOOK_SECRET}
        http.call("POST", f"{one.address}/__fake/webhooks/secret", data=told)
    except http.OutboundError as error:
        logger.error("the stand-in of Stripe does not know where to knock", extra={"fields": {"why": str(error)}})


def _is_taken(port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(0.5)
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _banner(wanted: list[StandIn]) -> str:
    lines = [f"  {one.name:10} {one.address}/" for one in wanted]
    phone = next((one.address for one in wanted if one.name == "operators"), "")
    lines += [f"  the telephone of a payer of MVola or Airtel: {phone}/phone/"] if phone else []
    return "\n".join(["", "PAYMENTS ARE PLAYED: no money moves, no real provider is asked (RESAKA_DEMO=no ends that).", *lines, "", ""])
