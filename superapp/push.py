"""The settings of notices on devices. Without hosts nothing is pushed and nobody is asked whether to: each of them is another company
that learns when somebody's device is woken, never what is said there. See docs/push.md.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.exceptions import ImproperlyConfigured

from superapp import env

# The push services whose addresses browsers may leave here, by comma: `name`, `name:port`, `*.name` for all below one.
HOSTS = env.hosts("RESAKA_PUSH_HOSTS", patterns=True)
# Who answers for what is pushed, for the people who run push services: mailto: or an https address. Apple refuses what is neither.
SUBJECT = env.text("RESAKA_VAPID_SUBJECT")

# ---- FCM, for an application of Android alone: the file of a service account that may send messages, as Google gives it
FCM_URL = env.text("RESAKA_FCM_URL", "https://fcm.googleapis.com").rstrip("/")

# The order of the group of P-256: a private key is a number below it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SUBJECT = re.compile(r"mailto:[^@\s]+@[^@\s]+|https://[^\s]+")


def read_keys(**texts: str) -> tuple[int, ...]:
    """Private VAPID keys by the name of their variable, the current one first, empty ones left out: 32 bytes in base64url, as tools for
    Web Push print them, or in 64 hexadecimal digits."""
    return tuple(_read_key(name, text) for name, text in texts.items() if text)


def _read_key(name: str, text: str) -> int:
    try:
        raw = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise ImproperlyConfigured(f"{name}: expected 32 bytes in base64url or hexadecimal digits") from error
    number = int.from_bytes(raw, "big")
    if len(raw) != 32 or not 0 < number < _ORDER:
        raise ImproperlyConfigured(f"{name}: expected a private key of P-256, 32 bytes")
    return number


def check_subject(subject: str) -> str:
    """The subject, if a push service will take it."""
    if not _SUBJECT.fullmatch(subject) or urlsplit(subject).hostname in {"localhost", "127.0.0.1"}:
        raise ImproperlyConfigured(f"RESAKA_VAPID_SUBJECT: expected mailto:name@host or https://host/, got {subject!r}")
    return subject


def _read_account() -> dict[str, str]:
    text = env.text("RESAKA_FCM_ACCOUNT")
    if not text:
        return {}
    try:
        found = json.loads(text)
        account = {name: str(found[name]) for name in ("project_id", "client_email", "private_key", "token_uri")}
        load_pem_private_key(account["private_key"].encode(), None)
        return account
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
        raise ImproperlyConfigured("RESAKA_FCM_ACCOUNT: expected the JSON of a service account of Google") from error


# The service account; empty: FCM is off. Its two hosts have to stand in RESAKA_OUTBOUND_HOSTS.
FCM_ACCOUNT = _read_account()
