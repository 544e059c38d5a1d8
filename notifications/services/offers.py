"""What a browser or an application offers as the way to a device, read strictly: whoever sends it chooses where we will knock."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass

from django.conf import settings

from core.http import NotAllowed, read_address
from notifications.enums import Transport
from notifications.transports.encryption import AUTH_BYTES, POINT_BYTES, UnfitKeys, check_keys
from notifications.transports.vapid import find_key

MOST_BYTES = 4096
_ADDRESS = 1024
_VISIBLE = re.compile(r"[\x21-\x7e]+\Z")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+\Z")
_FCM_TOKEN = re.compile(r"[A-Za-z0-9_:.-]{20,512}\Z")
_WEB_FIELDS = {"transport", "endpoint", "p256dh", "auth", "key"}
_FCM_FIELDS = {"transport", "token"}


class BadOffer(ValueError):
    """Nothing that we would knock at. `code`: `malformed`, `address` (no address of a push service), `service` (one that this house does
    not work with), `keys` (nothing can be shut for them), `old_key` (the browser was given another key of ours than any that lives)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to a device. For FCM the endpoint is the token, and there are no keys."""

    transport: Transport
    endpoint: str
    host: str
    p256dh: bytes = b""
    auth: bytes = b""
    key_id: str = ""

    @property
    def digest(self) -> str:
        """By what the same way is known again."""
        return digest_of(self.transport, self.endpoint)


def digest_of(transport: str, endpoint: str) -> str:
    """SHA-256 of a way, in hexadecimal digits; an address is long and random, so this tells nothing of it."""
    return hashlib.sha256(f"{transport}:{endpoint}".encode()).hexdigest()


def read_offer(raw: bytes) -> Offer:
    """The offer in a JSON object: `{"transport": "WEB_PUSH", "endpoint", "p256dh", "auth", "key"}` or `{"transport": "FCM", "token"}`.

    Raises:
        BadOffer.
    """
    said = _read_object(raw)
    if said.get("transport") == Transport.WEB_PUSH and said.keys() == _WEB_FIELDS:
        return _read_web(said)
    if said.get("transport") == Transport.FCM and said.keys() == _FCM_FIELDS:
        return _read_fcm(said)
    raise BadOffer("malformed")


def read_endpoint(raw: bytes) -> str:
    """The digest of the way that is named in `{"endpoint": …}` or `{"token": …}`, whether we know it or not.

    Raises:
        BadOffer.
    """
    said = _read_object(raw)
    if said.keys() == {"token"}:
        return digest_of(Transport.FCM, _check_token(said["token"]))
    if said.keys() == {"endpoint"}:
        return digest_of(Transport.WEB_PUSH, _read_address(said["endpoint"])[0])
    raise BadOffer("malformed")


def _read_object(raw: bytes) -> dict[str, str]:
    if len(raw) > MOST_BYTES:
        raise BadOffer("malformed")
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadOffer("malformed") from error
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise BadOffer("malformed")
    return said


def _read_web(said: dict[str, str]) -> Offer:
    endpoint, host = _read_address(said["endpoint"])
    p256dh, auth = _read_bytes(said["p256dh"], POINT_BYTES), _read_bytes(said["auth"], AUTH_BYTES)
    try:
        check_keys(p256dh=p256dh, auth=auth)
    except UnfitKeys as error:
        raise BadOffer("keys") from error
    key = find_key(public=said["key"])
    if key is None:
        raise BadOffer("old_key")
    return Offer(Transport.WEB_PUSH, endpoint, host, p256dh, auth, key.key_id)


def _read_address(text: str) -> tuple[str, str]:
    """An address in its normal form and its host; only its form is looked at and the list, since a name may lead elsewhere tomorrow."""
    if len(text) > _ADDRESS or not _VISIBLE.match(text) or "#" in text or "\\" in text:
        raise BadOffer("address")
    try:
        endpoint, host = read_address(text, among=settings.PUSH_HOSTS)
    except NotAllowed as error:
        raise BadOffer("service") from error
    if len(endpoint) > _ADDRESS:
        raise BadOffer("address")
    return endpoint, host


def _read_bytes(text: str, length: int) -> bytes:
    if not _BASE64URL.match(text) or len(text) != (length * 4 + 2) // 3:
        raise BadOffer("keys")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _read_fcm(said: dict[str, str]) -> Offer:
    if not settings.FCM_ACCOUNT:
        raise BadOffer("service")
    token = _check_token(said["token"])
    try:
        _address, host = read_address(settings.FCM_URL, among=settings.OUTBOUND_HOSTS)
    except NotAllowed as error:
        raise BadOffer("service") from error
    return Offer(Transport.FCM, token, host)


def _check_token(text: str) -> str:
    if not _FCM_TOKEN.match(text):
        raise BadOffer("address")
    return text
