"""How tests come in: with a password, a code, a passkey; and how they show once more that it is them."""

from __future__ import annotations

import json
import re
import time
from html import unescape
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from accounts.tests.conftest import PASSWORD
from accounts.tests.passkeys import Device

_OPTIONS = re.compile(r'<script id="passkey-options" type="application/json">(.*?)</script>')
_SECRET = re.compile(r'<code class="secret">([A-Z2-7]+)</code>')
AGENT = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"


def browser(agent: str = AGENT) -> Client:
    """A browser over https, as passkeys demand."""
    return Client(headers={"User-Agent": agent}, **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]


def enter(user: User, *, agent: str = AGENT, **fields: str) -> Client:
    """A browser in which the person typed address and password; a second proof may still be asked."""
    client = browser(agent)
    client.post("/login/", {"login": user.email, "password": PASSWORD} | fields)
    return client


def confirm(client: Client) -> Client:
    """The same browser, after the person showed by the password that it is still them."""
    client.post("/reauthenticate/", {"password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def code_of(secret: str, *, shift: int = 0) -> str:
    """What the application shows now, or `shift` half minutes later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + shift)))


def secret_on(page: str) -> str:
    """The secret that the activation page shows."""
    found = _SECRET.search(page)
    assert found, "no secret on this page"
    return found.group(1)


def options_on(page: str) -> dict[str, Any]:
    """The options that a page hands to the browser's ceremony."""
    found = _OPTIONS.search(page)
    assert found, "no ceremony on this page"
    data: dict[str, Any] = json.loads(unescape(found.group(1)))
    options: dict[str, Any] = data.get("creation_options") or data["request_options"]
    return options


def add_totp(client: Client) -> str:
    """Activate an application; the secret. The code of now is as good as unused afterwards."""
    secret = secret_on(client.get("/2fa/totp/activate/").content.decode())
    answer = client.post("/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer.status_code == 302, answer.content.decode()
    cache.clear()
    return secret


def add_passkey(client: Client, device: Device | None = None, name: str = "Téléphone") -> Device:
    """Put a key of this device on the account."""
    device = device or Device()
    options = options_on(client.get("/2fa/webauthn/add/").content.decode())
    answer = client.post("/2fa/webauthn/add/", {"name": name, "credential": device.create(options)})
    assert answer.status_code == 302, answer.content.decode()
    return device
